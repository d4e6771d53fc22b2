"""A run file from its text: a run that was stored once, and that is read for good.

The text (stored/version-1.json) says of each group, dataset and attribute what docs/file-format.md
says of version 1; h5py writes it, not rackproof, so that a rackproof whose own writer has moved on
still has to read a file as it was. A binary file would do that as well, but nobody could review it.

    stored_run.py TEXT.json RUN.h5
"""

import json
import pathlib
import sys

import h5py
import numpy

STORED = pathlib.Path(__file__).parent / "stored"
NUMBERS = {"int32": "<i4", "float64": "<f8", "float32": "<f4"}


def text_type(values):
    longest = max((len(value.encode()) for value in values), default=0)
    return h5py.string_dtype("utf-8", max(longest, 1))


def put_attributes(thing, attributes):
    for name, value in attributes.items():
        if isinstance(value, str):
            kind = text_type([value])
            thing.attrs.create(name, numpy.array(value.encode(), dtype=kind), dtype=kind)
        else:
            thing.attrs.create(name, value, dtype="<i4" if isinstance(value, int) else "<f8")


def array_of(entry, outcomes):
    """The values with the type that the file is to have; null is NaN."""
    kind, values = entry["type"], entry["values"]
    if kind == "text":
        if isinstance(values, str):
            return numpy.array(values.encode(), dtype=text_type([values]))
        return numpy.array([value.encode() for value in values], dtype=text_type(values))
    if kind == "outcome":
        numbers = [outcomes[value] for value in values]
        return numpy.array(numbers, dtype=h5py.enum_dtype(outcomes, basetype="u1"))
    if kind == "int32":
        return numpy.array(values, dtype=NUMBERS[kind]).reshape(entry.get("shape", [len(values)]))
    return numpy.array(values, dtype=float).astype(NUMBERS[kind])


def build(text, path):
    """Writes the run that `text` (a file's path) describes to `path`."""
    described = json.loads(pathlib.Path(text).read_text(encoding="utf-8"))
    with h5py.File(path, "w", track_order=True) as file:
        put_attributes(file, described["attributes"])
        for name, attributes in described["groups"].items():
            put_attributes(file.create_group(name, track_order=True), attributes)
        for name, entry in described["datasets"].items():
            dataset = file.create_dataset(name, data=array_of(entry, described["outcomes"]),
                                          track_times=False)
            put_attributes(dataset, entry.get("attributes", {}))
            if "scale" in entry:
                dataset.make_scale(entry["scale"])
        for name, entry in described["datasets"].items():
            for axis, scale in enumerate(entry.get("axes", [])):
                file[name].dims[axis].attach_scale(file[scale])


if __name__ == "__main__":
    build(*sys.argv[1:])
