#!/usr/bin/python3
"""h5py reads what rackproof wrote: h5py_reads_it.py WRITE_SAMPLE_RUN FILE_FORMAT_MD

Runs the program to get two run files, holds them against the numbers that it put in, shows that
check_run_file.py finds planted faults, and runs the example of docs/file-format.md.
"""

import contextlib
import io
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

sys.dont_write_bytecode = True
import check_run_file  # noqa: E402  (leaves no folder behind)

WRITER = pathlib.Path(sys.argv[1])
DOCUMENT = pathlib.Path(sys.argv[2])


class RunFile(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rackproof-")
        self.addCleanup(self.folder.cleanup)
        self.path = self.written("sample")

    def written(self, kind):
        path = pathlib.Path(self.folder.name) / f"{kind}.h5"
        subprocess.run([WRITER, kind, path], check=True)
        return path

    def test_both_files_conform(self):
        self.assertEqual(check_run_file.problems_of(self.path), [])
        self.assertEqual(check_run_file.problems_of(self.written("empty")), [])

    def test_names_and_shapes(self):
        with h5py.File(self.path) as file:
            self.assertEqual(
                list(file["metrics"])[:2], ["gemm.fp64", "collectives.all_reduce.1MiB"]
            )
            self.assertEqual(file["metrics/gemm.fp64/values"].shape, (7, 3))
            self.assertEqual(file["metrics/nvlink.device_pair/target"].shape, (2, 2))
            self.assertEqual(file["metrics/no.repetitions/values"].shape, (1, 0))
            self.assertEqual(file["telemetry/hwmon.k10temp.Tctl"].shape, (3, 3))
            self.assertEqual(file["ranks/collectives.all_reduce.1MiB/entry"].shape, (4,))

    def test_values_units_and_nan(self):
        with h5py.File(self.path) as file:
            gemm = file["metrics/gemm.fp64"]
            self.assertEqual(gemm.attrs["unit"], b"FLOP/s")
            np.testing.assert_allclose(gemm["values"][0], 3.1e12 * np.array([1, 1.001, 1.002]))
            self.assertEqual(np.isnan(gemm["values"][:]).sum(axis=1).tolist(), [0, 1] + [3] * 5)
            self.assertEqual(gemm["outcome"][:].tolist(), [0, 1, 2, 3, 4, 5, 6])
            self.assertEqual(gemm["target"][:].tolist(), [0, 1, 2, 3, 2, 1, 3])
            self.assertEqual(gemm["attempt"][:].tolist(), [0, 0, 0, 0, 1, 1, 1])
            heat = file["telemetry/hwmon.k10temp.Tctl"]
            self.assertEqual((heat.attrs["unit"], heat.attrs["resolution"]), (b"degC", 0.125))
            np.testing.assert_array_equal(heat[0], np.float32([61.5, np.nan, 40]))

    def test_utf8_texts(self):
        with h5py.File(self.path) as file:
            names = [name.decode() for name in file["nodes/name"]]
            self.assertEqual(names, ["r012n03", "節点-二", "n3"])
            self.assertEqual(file["nodes/vendor"][0].decode(), "Größe & Söhne")
            self.assertEqual(file["nodes/name"].dtype, np.dtype("S10"))
            self.assertEqual(file["inventory/cpu.model"][1], b"")

    def test_axes_are_labelled(self):
        with h5py.File(self.path) as file:
            gemm = file["metrics/gemm.fp64"]
            labels = [axis[0].name for axis in gemm["values"].dims]
            self.assertEqual(labels, [gemm["target"].name, gemm["repetition"].name])
            self.assertTrue(h5py.h5ds.is_attached(gemm["values"].id, gemm["target"].id, 0))
            self.assertFalse(h5py.h5ds.is_attached(gemm["values"].id, gemm["target"].id, 1))
            users = {file[use[0]].name for use in file["device"].attrs["REFERENCE_LIST"]}
            self.assertIn("/devices/model", users)
            self.assertIn("/telemetry/power", users)

    def test_the_check_finds_planted_faults(self):
        for name, (plant, complaint) in FAULTS.items():
            with self.subTest(name):
                path = self.path.with_name("fault.h5")
                shutil.copy(self.path, path)
                with h5py.File(path, "r+") as file:
                    plant(file)
                self.assertIn(complaint, "\n".join(check_run_file.problems_of(path)))

    def test_the_documents_example_runs(self):
        example = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL).group(1)
        shown = io.StringIO()
        with contextlib.chdir(self.folder.name), contextlib.redirect_stdout(shown):
            self.path.rename("run.h5")
            exec(compile(example, str(DOCUMENT), "exec"), {})  # of our own repository
        self.assertIn("gemm.fp64", shown.getvalue())
        self.assertIn("r012n03", shown.getvalue())


def replace(file, name, **dataset):
    attributes = dict(file[name].attrs)
    del file[name]
    file.create_dataset(name, **dataset).attrs.update(
        {key: attributes[key] for key in ("unit", "scope") if key in attributes}
    )


def set_row(name, row, value):
    def plant(file):
        file[name][row] = value

    return plant


# What is broken, and what the check must say.
GEMM = "metrics/gemm.fp64"
FAULTS = {
    "missing attribute": (lambda file: file[GEMM].attrs.__delitem__("unit"), "unit: is missing"),
    "unit with a prefix": (
        lambda file: file[GEMM].attrs.create("unit", b"GFLOP/s", dtype=h5py.string_dtype(length=7)),
        "expected a base unit",
    ),
    "missing group": (lambda file: file.__delitem__("inventory"), "cannot go on"),
    "missing column": (lambda file: file["nodes"].__delitem__("sku"), "/nodes/sku: is no dataset"),
    "short column": (
        lambda file: replace(file, "nodes/rack", data=np.array([b"r"])),
        "/nodes/rack: has shape (1,)",
    ),
    "float32 values": (
        lambda file: replace(file, GEMM + "/values", data=np.zeros((7, 3), "float32")),
        "is float32, expected float64",
    ),
    "no dimension scale": (
        lambda file: replace(file, GEMM + "/values", data=np.zeros((7, 3))),
        "axis 1 has no dimension scale",
    ),
    "outcome without its enum": (
        lambda file: replace(file, GEMM + "/outcome", data=np.zeros(7, "uint8")),
        "the enum of its outcomes is None",
    ),
    "target out of range": (set_row(GEMM + "/target", 0, 99), "1..99 not in 0..3"),
    "variant out of range": (set_row(GEMM + "/variant", 0, 3), "not in -1..2"),
    "row without a reason": (set_row("reasons/target", 0, 0), "row 1 has no reason"),
    "completed with a reason": (set_row("reasons/target", 0, 0), "row 0 has a reason, but"),
    "completed without a number": (
        set_row("metrics/net.latency/values", 0, np.nan),
        "row 0 completed without a number",
    ),
    "a device of no node": (set_row("devices/node", 0, 3), "/devices/node: 0..3 not in 0..2"),
    "labels that are no JSON": (set_row("nodes/labels", 1, b"{"), "is no JSON"),
    "groups that overlap": (set_row("groups/offset", 2, 1), "/groups: has gaps"),
    "time that runs back": (set_row("telemetry/time", 2, 0.5), "is not ascending"),
    "newer version": (lambda file: file.attrs.modify("format_version", 2), "format version 1"),
}

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
