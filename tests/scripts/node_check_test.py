"""scripts/slurm/node-check with a rackproof and a scontrol that do as the test says."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "slurm" / "node-check"
RACKPROOF = """#!/bin/sh
echo "rackproof $*" >>"$TOLD"
if [ "$1" = run ]; then exit "$RUN_ENDS"; fi
"""
SCONTROL = """#!/bin/sh
echo "scontrol $*" >>"$TOLD"
"""


class NodeCheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.runs = self.folder / "runs"
        for name, text in (("rackproof", RACKPROOF), ("scontrol", SCONTROL)):
            (self.folder / name).write_text(text, encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def check(self, run_ends, **environment):
        """The script's exit status, and the lines that it had the programs told."""
        told = self.folder / "told"
        told.write_text("")
        done = subprocess.run(
            [SCRIPT], capture_output=True, text=True, check=False,
            env={"PATH": f"{self.folder}:{os.environ['PATH']}", "TOLD": str(told),
                 "RUN_ENDS": str(run_ends), "RACKPROOF_RUNS": str(self.runs), **environment})
        self.words = done.stderr
        return done.returncode, told.read_text().splitlines()

    def test_a_good_node_leaves_nothing_behind(self):
        status, told = self.check(0, RACKPROOF_PLAN="nightly")
        self.assertEqual(status, 0)
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], rf"^rackproof run nightly --out {self.runs}/check-")
        self.assertEqual(list(self.runs.iterdir()), [])

    def test_it_looks_without_load_unless_told_otherwise(self):
        _, told = self.check(0)
        self.assertRegex(told[0], r"^rackproof run hwcheck --out ")

    def test_a_bad_node_is_drained_by_its_findings(self):
        status, told = self.check(1)
        self.assertEqual(status, 1)
        self.assertRegex(told[1], rf"^rackproof report {self.runs}/check-.*/run.h5 --slurm --apply$")
        self.assertEqual(len(list(self.runs.iterdir())), 1)

    def test_a_prolog_leaves_the_draining_to_slurm(self):
        status, told = self.check(1, SLURM_JOB_ID="7")
        self.assertEqual(status, 1)
        self.assertEqual(len(told), 1)

    def test_a_check_that_cannot_be_made_drains_nothing(self):
        for run_ends in (2, 3, 77):
            status, told = self.check(run_ends)
            self.assertEqual((status, len(told)), (0, 1))
            self.assertIn("neither proven nor drained", self.words)
        status, _ = self.check(0, RACKPROOF="no-such-program")
        self.assertEqual(status, 0)
        self.assertIn("there is no program 'no-such-program'", self.words)

    def test_unless_the_site_is_strict(self):
        status, told = self.check(3, RACKPROOF_STRICT="1", SLURMD_NODENAME="n7")
        self.assertEqual(status, 1)
        self.assertEqual(told[1], "scontrol update NodeName=n7 State=DRAIN "
                                  "Reason=rackproof: the check could not be made")
        status, told = self.check(3, RACKPROOF_STRICT="1", SLURM_JOB_ID="7")
        self.assertEqual((status, len(told)), (1, 1))

    def test_old_runs_go(self):
        self.runs.mkdir()
        for number in range(5):
            (self.runs / f"check-2026010{number}").mkdir()
        (self.runs / "another").mkdir()
        self.check(1, RACKPROOF_KEEP="3")
        names = sorted(folder.name for folder in self.runs.iterdir())
        self.assertEqual(names[0], "another")
        self.assertEqual(names[1:3], ["check-20260103", "check-20260104"])
        self.assertEqual(len(names), 4)


if __name__ == "__main__":
    unittest.main()
