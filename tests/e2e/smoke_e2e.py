"""The main job as the README says it: plan, MPI jobs, measurement, journal, HDF5, verdicts."""

import collections
import csv
import hashlib
import io
import json
import re
import subprocess
import sys

import h5py
import numpy

import harness
from harness import HarnessTest, SOURCE


class Smoke(HarnessTest):
    def test_the_smoke_plan(self):
        done = self.rackproof("run", "smoke", "--out", "out", status=0)
        self.every_cell_is_accounted_for(done)
        self.the_file_conforms_to_its_format()
        self.values_are_numbers_in_their_units()
        self.collectives_have_their_ranks_times()
        self.judging_again_gives_the_same_bytes()
        self.csv_holds_every_sample()
        self.report_prints_every_metric()

    def every_cell_is_accounted_for(self, done):
        verdicts = self.verdicts()
        self.assertTrue(verdicts["run_complete"])
        summary = verdicts["summary"]
        self.assertEqual(summary["nodes"], 1)
        self.assertEqual(sum(summary[v] for v in ("pass", "watch", "fail", "no_data")), summary["nodes"])
        outcomes = self.outcomes()
        self.assertEqual({row["metric"] for row in verdicts["coverage"]}, set(outcomes))
        for row in verdicts["coverage"]:
            first = [o for (_, attempt), o in outcomes[row["metric"]].items() if attempt == 0]
            self.assertEqual(sum(row["outcomes"].values()), len(first), row)
            for outcome in set(first):
                self.assertEqual(row["outcomes"][outcome], first.count(outcome), row)
        self.the_printed_counts_are_the_files(done.stdout, outcomes)
        self.assertIn(str(self.run_file().name), done.stdout)
        for line in done.stdout.splitlines():
            self.assertTrue(len(line) <= 80 or "out/" in line, line)

    def the_printed_counts_are_the_files(self, printed, outcomes):
        """The summary's last line, word by word: '97 cells: 91 completed, 6 skipped; 10 judged'."""
        words = " ".join(printed.split("Coverage")[1].split("results:")[0].split())
        found = re.search(r"(\d+) cells: ([^;]+); (\d+) judged$", words)
        self.assertIsNotNone(found, words)
        first = [o for of_metric in outcomes.values() for (_, attempt), o in of_metric.items() if attempt == 0]
        counts = {name: int(count) for count, name in (part.split() for part in found[2].split(", "))}
        self.assertEqual(int(found[1]), len(first))
        self.assertEqual(counts, dict(collections.Counter(first)))
        self.assertEqual(int(found[3]), sum(row["judged"] for row in self.verdicts()["coverage"]))
        self.assertIn("1 node: 0 fail, 0 no data, 0 watch, 1 pass", words)

    def the_file_conforms_to_its_format(self):
        subprocess.run([sys.executable, SOURCE / "tests/results/check_run_file.py", self.run_file()],
                       check=True, timeout=120)

    def values_are_numbers_in_their_units(self):
        units = {"gemm": "FLOP/s", "membw": "B/s", "collectives": "B/s"}
        with h5py.File(self.run_file(), "r") as run:
            devices = len(run["devices/node"])
            for name, metric in run["metrics"].items():
                values = metric["values"][...]
                suite = metric.attrs["suite"]
                suite = suite if isinstance(suite, str) else suite.decode()
                unit = metric.attrs["unit"]
                unit = unit if isinstance(unit, str) else unit.decode()
                if suite in units and name != "membw.latency":
                    self.assertEqual(unit, units[suite], name)
                completed = metric["outcome"][...] == 0
                if completed.any():
                    self.assertTrue((numpy.nanmin(values[completed], axis=1) > 0).all(), name)
                if suite in ("gemm", "membw"):
                    self.assertEqual(values.shape[0], devices, name)
            fraction = run["environment"].attrs["timed_fraction"]
            self.assertTrue(0 < float(fraction) < 1, fraction)

    def collectives_have_their_ranks_times(self):
        with h5py.File(self.run_file(), "r") as run:
            names = [name for name in run["metrics"] if name.startswith("collectives.")]
            completed = [name for name in names if (run["metrics"][name]["outcome"][...] == 0).all()]
            self.assertEqual(names, completed)
            for name in completed:
                ranks = run["ranks"][name]
                self.assertTrue((ranks["exit"][...] > ranks["entry"][...]).all(), name)
                self.assertTrue((ranks["clock_error"][...] >= 0).all(), name)
                self.assertEqual(len(set(ranks["rank"][...])), len(run["devices/node"]), name)

    def judging_again_gives_the_same_bytes(self):
        before = hashlib.sha256(self.run_file().read_bytes()).hexdigest()
        again = self.rackproof("judge", self.run_file(), "--json", "-", status=0).stdout
        self.assertEqual(again, (self.folder / "out" / "verdicts.json").read_text())
        self.assertEqual(self.rackproof("report", self.run_file(), "--json", status=0).stdout, again)
        self.assertEqual(hashlib.sha256(self.run_file().read_bytes()).hexdigest(), before)
        json.loads(again)

    def csv_holds_every_sample(self):
        text = self.rackproof("report", self.run_file(), "--csv", status=0).stdout
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        with h5py.File(self.run_file(), "r") as run:
            samples = {name: int(numpy.isfinite(metric["values"][...]).sum())
                       for name, metric in run["metrics"].items()}
        for name, count in samples.items():
            held = [row for row in rows if row["metric"] == name and row["value"]]
            self.assertEqual(len(held), count, name)

    def report_prints_every_metric(self):
        text = self.rackproof("report", self.run_file(), status=0).stdout
        for name in self.outcomes():
            self.assertIn(name, text)


if __name__ == "__main__":
    harness.main()
