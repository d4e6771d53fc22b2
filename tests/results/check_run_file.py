#!/usr/bin/python3
"""Checks with h5py alone that a file keeps to docs/file-format.md, run file version 1.

    check_run_file.py PATH      exit 0: it does; 1: it does not, one line a problem

Structure, types, equal lengths, shapes, indices, units, the enum of the outcomes, that every row
that did not complete has its reason, and that every axis is labelled.
"""

import json
import re
import sys

import h5py
import numpy as np

OUTCOMES = {
    "completed": 0,
    "wrong_answer": 1,
    "failed": 2,
    "timed_out": 3,
    "lost": 4,
    "skipped": 5,
    "excluded": 6,
}
ROOT_TEXTS = ["run_id", "started", "finished", "tool_version", "plan_name", "launcher"]
METRIC_TEXTS = ["scope", "unit", "better", "suite", "parameters", "definition"]
# Units that an import did not know are kept as they are, but a prefix never is.
SCALED_UNIT = re.compile(r"([kKMGTPE]i?|m|u|µ|n)(B/s|FLOP/s|FLOPS|B|s|Hz|W|J|V|A)")
SCOPES = {"device", "node", "device_pair", "node_pair", "group"}
INT, FLOAT, TEXT = np.dtype("int32"), np.dtype("float64"), "text"
TABLES = {
    "nodes": dict.fromkeys(
        ["name", "rack", "row", "slot", "sku", "vendor", "labels", "state"], TEXT
    ),
    "devices": {
        "node": INT,
        "index": INT,
        **dict.fromkeys(["kind", "model", "uuid", "serial", "pci", "vbios", "driver"], TEXT),
    },
    "variants": dict.fromkeys(["parameters", "algorithm", "library", "transport"], TEXT),
    "reasons": {"metric": TEXT, "target": INT, "text": TEXT},
    "events": {
        "time": FLOAT,
        "node": INT,
        "device": INT,
        "severity": TEXT,
        "code": TEXT,
        "text": TEXT,
    },
}
RANKS = {
    "cell": INT,
    "rank": INT,
    "repetition": INT,
    "entry": FLOAT,
    "exit": FLOAT,
    "clock_error": FLOAT,
}


def is_fixed_utf8(dtype):
    info = h5py.check_string_dtype(dtype)
    return info is not None and info.encoding == "utf-8" and info.length is not None


class RunFileCheck:
    """Collects what is wrong with one open file in `problems`."""

    def __init__(self, file):
        self.file = file
        self.problems = []
        self.rows = {}

    def require(self, holds, place, problem):
        if not holds:
            self.problems.append(f"{place}: {problem}")
        return bool(holds)

    def text_attribute(self, thing, name):
        """The attribute as str, or "" and a problem."""
        place = f"{thing.name} attribute {name}"
        if not self.require(name in thing.attrs, place, "is missing"):
            return ""
        fixed = is_fixed_utf8(thing.attrs.get_id(name).dtype)
        if not self.require(fixed, place, "is not fixed-length UTF-8"):
            return ""
        return bytes(thing.attrs[name]).decode("utf-8")

    def dataset(self, group, name, dtype, shape):
        """The dataset if it is of this dtype and shape (None: any length), else None."""
        place = f"{group.name}/{name}"
        if not self.require(isinstance(group.get(name), h5py.Dataset), place, "is no dataset"):
            return None
        found = group[name]
        right = is_fixed_utf8(found.dtype) if dtype == TEXT else found.dtype == dtype
        self.require(right, place, f"is {found.dtype}, expected {dtype}")
        fits = len(found.shape) == len(shape) and all(
            wanted is None or wanted == length for wanted, length in zip(shape, found.shape)
        )
        self.require(fits, place, f"has shape {found.shape}, expected {shape}")
        if not (right and fits):
            return None
        self.labelled(found, place)
        if dtype == TEXT:
            for row in np.atleast_1d(found[()]):
                row.decode("utf-8")
        return found

    def labelled(self, dataset, place):
        """Each axis must have one dimension scale of its length, unless it is one itself."""
        if dataset.shape == () or h5py.h5ds.is_scale(dataset.id):
            return
        for axis, dimension in enumerate(dataset.dims):
            one = self.require(len(dimension) == 1, place, f"axis {axis} has no dimension scale")
            if one:
                length = dimension[0].shape[0]
                self.require(
                    length == dataset.shape[axis], place, f"the scale of axis {axis} is {length}"
                )

    def within(self, dataset, lowest, end):
        if dataset is None or dataset.size == 0:
            return
        low, high = int(dataset[:].min()), int(dataset[:].max())
        self.require(
            low >= lowest and high < end, dataset.name, f"{low}..{high} not in {lowest}..{end - 1}"
        )

    def table(self, group, columns):
        """The columns by name, all of the first one's length."""
        first = group.get(next(iter(columns)))
        if not self.require(isinstance(first, h5py.Dataset), group.name, "lacks its columns"):
            return {}
        length = first.shape[0] if first.shape else None
        return {name: self.dataset(group, name, kind, (length,)) for name, kind in columns.items()}

    def json_objects(self, dataset):
        for row in [] if dataset is None else dataset[:]:
            self.json_object(row.decode("utf-8"), dataset.name)

    def json_object(self, text, place):
        try:
            self.require(isinstance(json.loads(text), dict), place, f"{text!r} is no JSON object")
        except ValueError:
            self.require(False, place, f"{text!r} is no JSON")

    def base_unit(self, unit, place):
        scaled = not unit or SCALED_UNIT.fullmatch(unit)
        self.require(not scaled, place, f"unit is {unit!r}, expected a base unit")

    def root(self):
        root = self.file["/"]
        self.require(self.text_attribute(root, "format") == "rackproof-run", "/", "is no run file")
        self.require(root.attrs.get("format_version") == 1, "/", "is not of format version 1")
        self.require(root.attrs.get("complete") in (0, 1), "/", "attribute complete is not 0 or 1")
        for name in ROOT_TEXTS:
            self.text_attribute(root, name)
        for name in ("plan", "fleet"):
            self.dataset(root, name, TEXT, ())
        for name in root["environment"].attrs:
            self.text_attribute(root["environment"], name)

    def tables(self):
        tables = {name: self.table(self.file[name], TABLES[name]) for name in TABLES}
        self.rows = {name: self.file[name][next(iter(TABLES[name]))].shape[0] for name in TABLES}
        for name in ("node", "device"):
            scale = self.dataset(self.file, name, INT, (self.rows[name + "s"],))
            if scale is not None:
                self.require(np.array_equal(scale[:], np.arange(scale.size)), name, "is no index")
        self.within(tables["devices"].get("node"), 0, self.rows["nodes"])
        self.within(tables["events"].get("node"), -1, self.rows["nodes"])
        self.within(tables["events"].get("device"), -1, self.rows["devices"])
        self.json_objects(tables["nodes"].get("labels"))
        self.json_objects(tables["variants"].get("parameters"))

    def groups(self):
        group = self.file["groups"]
        columns = self.table(group, {"offset": INT, "size": INT})
        members = self.dataset(group, "members", INT, (None,))
        if members is None or None in columns.values():
            return
        self.within(members, 0, self.rows["nodes"])
        size = columns["size"][:]
        starts = np.concatenate([[0], np.cumsum(size)])
        self.require(np.array_equal(starts[:-1], columns["offset"][:]), "/groups", "has gaps")
        self.require(starts[-1] == members.size, "/groups/members", "is not as long as its groups")
        self.rows["groups"] = size.size

    def metric(self, group, reasons):
        texts = {name: self.text_attribute(group, name) for name in METRIC_TEXTS}
        scope = texts["scope"]
        if not self.require(scope in SCOPES, group.name, f"scope is {scope!r}"):
            return
        self.base_unit(texts["unit"], group.name)
        self.require(texts["better"] in ("higher", "lower", "none"), group.name, "no direction")
        self.json_object(texts["parameters"], group.name)
        pair = scope.endswith("_pair")
        target = self.dataset(group, "target", INT, (None, 2) if pair else (None,))
        if target is None:
            return
        self.within(target, 0, self.rows[scope.removesuffix("_pair") + "s"])
        rows = target.shape[0]
        values = self.dataset(group, "values", FLOAT, (rows, None))
        if "time" in group and values is not None:
            self.dataset(group, "time", FLOAT, values.shape)
        self.within(self.dataset(group, "variant", INT, (rows,)), -1, self.rows["variants"])
        self.within(self.dataset(group, "attempt", INT, (rows,)), 0, 2**31)
        outcome = self.dataset(group, "outcome", np.dtype("uint8"), (rows,))
        if outcome is not None and values is not None:
            self.outcomes(group.name, outcome, values, reasons)

    def outcomes(self, place, outcome, values, reasons):
        named = h5py.check_enum_dtype(outcome.dtype)
        self.require(named == OUTCOMES, place, f"the enum of its outcomes is {named}")
        numbers = outcome[:]
        self.require(np.isin(numbers, list(OUTCOMES.values())).all(), place, "unknown outcome")
        completed = numbers == OUTCOMES["completed"]
        has_number = np.isfinite(values[:]).any(axis=1) if values.size else np.zeros(len(numbers))
        for row in np.flatnonzero(completed & ~has_number.astype(bool)):
            self.require(False, place, f"row {row} completed without a number")
        expected = set(np.flatnonzero(~completed).tolist())
        given = reasons.get(place.split("/")[-1], [])
        self.require(len(given) == len(set(given)), place, "a row has two reasons")
        for row in sorted(expected.symmetric_difference(given)):
            lacks = "has no reason" if row in expected else "has a reason, but completed"
            self.require(False, place, f"row {row} {lacks}")

    def metrics(self):
        reasons = {}
        table = self.file["reasons"]
        for metric, row in zip(table["metric"][:], table["target"][:]):
            reasons.setdefault(metric.decode("utf-8"), []).append(int(row))
        for name in reasons:
            self.require(name in self.file["metrics"], "/reasons", f"there is no metric {name!r}")
        for group in self.file["metrics"].values():
            self.metric(group, reasons)

    def ranks(self):
        for name, group in self.file["ranks"].items():
            if not self.require(name in self.file["metrics"], group.name, "is of no metric"):
                continue
            columns = self.table(group, RANKS)
            rows, repetitions = self.file["metrics"][name]["values"].shape
            self.within(columns.get("cell"), 0, rows)
            self.within(columns.get("repetition"), 0, repetitions)
            self.within(columns.get("rank"), 0, 2**31)

    def per_target(self, group, name, dtype, leading):
        scope = self.text_attribute(group[name], "scope")
        if self.require(scope in ("device", "node"), group[name].name, f"scope is {scope!r}"):
            self.dataset(group, name, dtype, (*leading, self.rows[scope + "s"]))

    def inventory_and_telemetry(self):
        inventory, telemetry = self.file["inventory"], self.file["telemetry"]
        for key in inventory:
            self.text_attribute(inventory[key], "source")
            self.per_target(inventory, key, TEXT, ())
        time = self.dataset(telemetry, "time", FLOAT, (None,))
        if time is None:
            return
        self.require(np.all(np.diff(time[:]) >= 0), time.name, "is not ascending")
        for name in telemetry:
            if name == "time":
                continue
            self.base_unit(self.text_attribute(telemetry[name], "unit"), telemetry[name].name)
            resolution = telemetry[name].attrs.get("resolution", -1)
            self.require(resolution >= 0, telemetry[name].name, "attribute resolution")
            self.per_target(telemetry, name, np.dtype("float32"), time.shape)


def problems_of(path):
    """What is wrong with the run file at `path`, a sentence each."""
    with h5py.File(path, "r") as file:
        check = RunFileCheck(file)
        try:
            check.root()
            check.tables()
            check.groups()
            check.metrics()
            check.ranks()
            check.inventory_and_telemetry()
        except (KeyError, TypeError, ValueError) as error:
            check.problems.append(f"{path}: cannot go on: {error!r}")
        return check.problems


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        problems = problems_of(arguments[1])
    except OSError as error:
        problems = [str(error)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
