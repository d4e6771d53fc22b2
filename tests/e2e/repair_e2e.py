"""After a repair: amended runs, waivers, returns to the vendor."""

import csv
import io
import json

import h5py
from harness import HarnessTest, main

PLAN = """name = "repair"
description = "a right answer and a wrong one"
[cpu]
devices_per_node = 1
[[stage]]
name = "alone"
"""
SUITE = """[[stage.suite]]
suite = "selftest"
endings = ["{0}"]
"""


class Repair(HarnessTest):
    def run_once(self, endings, status):
        self.write("plan.toml", PLAN + "".join(map(SUITE.format, endings)))
        self.rackproof("run", "plan.toml", "--out", "out", status=status)
        with h5py.File(self.run_file()) as run:
            return run["nodes/name"][0].decode()

    def attempts(self):
        return {name: sorted(rows) for name, rows in self.outcomes().items()}

    def test_new_attempts_stand_beside_the_old_ones(self):
        node = self.run_once(["pass"], 0)
        before = self.outcomes()
        self.rackproof("run", "--only", node, "--amend", "out/run.h5", "--out", "again", status=0)
        after = self.outcomes()
        for name, rows in before.items():
            for (target, attempt), outcome in rows.items():
                self.assertEqual(after[name][(target, attempt)], outcome)
                self.assertEqual(after[name][(target, 1000)], outcome)
        self.assertTrue(self.run_file("again").exists())
        done = self.rackproof("judge", "out/run.h5", status=0)
        self.assertIn(f"{node}: ", done.stdout)
        self.assertIn("measured again from", " ".join(done.stdout.split()))
        table = self.rackproof("report", "out/run.h5", "--csv", status=0).stdout
        found = {row["attempt"] for row in csv.DictReader(io.StringIO(table))}
        self.assertEqual(found, {"0", "1000"})
        done = self.rackproof("run", "--resume", "out", status=2)
        self.assertIn("was not amended for --resume", done.stderr)

    def test_what_is_still_broken_still_fails(self):
        node = self.run_once(["pass", "wrong_answer"], 1)
        self.rackproof("run", "--only", node, "--amend", "out/run.h5", "--out", "again", status=1)
        self.assertEqual(self.verdicts()["nodes"][0]["verdict"], "fail")

    def test_other_nodes_and_other_runs_are_refused(self):
        self.run_once(["pass"], 0)
        before = self.run_file().read_bytes()
        done = self.rackproof("run", "--only", "n999", "--amend", "out/run.h5", status=2)
        self.assertIn("has no node 'n999'", done.stderr)
        self.write("in.csv", "node,metric,value\nn1,a.b,1\n")
        self.rackproof("import", "csv", "in.csv", "-o", "in.h5", status=0)
        done = self.rackproof("run", "--only", "n1", "--amend", "in.h5", status=2)
        self.assertIn("was not made by 'rackproof run'", done.stderr)
        self.rackproof("run", "--amend", "out/run.h5", status=2)
        self.assertEqual(self.run_file().read_bytes(), before)

    def test_a_waived_failure_is_shown_and_an_expired_one_fails(self):
        node = self.run_once(["pass", "wrong_answer"], 1)
        waiver = f'[[waiver]]\nnode = "{node}"\nmetric = "selftest.*"\nreason = "known"\n' \
                 'until = "{0}"\nby = "ann"\n'
        self.write("w.toml", waiver.format("2999-12-31"))
        done = self.rackproof("judge", "out/run.h5", "--waivers", "w.toml", status=0)
        self.assertIn("WAIVED until 2999-12-31 by ann: known", done.stdout)
        self.assertIn("1 watch", done.stdout)
        found = json.loads(self.rackproof("judge", "out/run.h5", "--waivers", "w.toml", "--json",
                                          "-", status=0).stdout)
        self.assertEqual(found["nodes"][0]["verdict"], "watch")
        self.assertEqual(found["findings"][0]["verdict"], "fail")
        self.assertEqual(found["findings"][0]["waived"], "until 2999-12-31 by ann: known")
        self.every_report_shows_it(node)
        self.write("w.toml", waiver.format("2020-01-01"))
        done = self.rackproof("judge", "out/run.h5", "--waivers", "w.toml", status=1)
        self.assertIn("expired on 2020-01-01", done.stdout)
        self.write("w.toml", "[[waiver]]\nnode = 3\n")
        done = self.rackproof("judge", "out/run.h5", "--waivers", "w.toml", status=2)
        self.assertIn("w.toml:2", done.stderr)

    def every_report_shows_it(self, node):
        def report(flag):
            return self.rackproof("report", "out/run.h5", "--waivers", "w.toml", *flag, status=0).stdout

        borne = "until 2999-12-31 by ann: known"
        slurm = report(["--slurm"])
        self.assertNotIn("scontrol", slurm)
        self.assertTrue(slurm.startswith(f"# not drained: {node}: waived {borne}: {node}"), slurm)
        rows = list(csv.DictReader(io.StringIO(report(["--csv"]))))
        self.assertEqual({row["metric"] for row in rows if row["waived"] == borne},
                         {"selftest.wrong_answer"})
        self.assertEqual({row["waived"] for row in rows}, {"", borne})
        self.assertIn(f"WAIVED {borne}", report(["--junit"]))
        self.assertNotIn("<failure", report(["--junit"]))
        self.assertIn(f"WAIVED {borne}", " ".join(report(["--markdown"]).split()))
        self.assertIn("1 of them waived", report(["--markdown"]))
        self.assertRegex(report(["--prometheus"]), 'rackproof_findings{verdict="fail",.*,waived="yes"} 1')
        self.assertIn(f"WAIVED {borne}", report([]))
        past = self.rackproof("history", "out", node, "--waivers", "w.toml", status=0).stdout
        self.assertIn(f"WAIVED {borne}", past)
        self.assertIn("! WATCH", past)
        self.assertIn("x FAIL", self.rackproof("history", "out", node, status=0).stdout)

    def test_the_vendor_gets_the_part_and_the_evidence(self):
        node = self.run_once(["pass", "wrong_answer"], 1)
        done = self.rackproof("rma", "out/run.h5", status=1)
        self.assertIn(f"{node}", done.stdout)
        self.assertIn("computed a wrong answer", done.stdout)
        self.assertIn("1 part of run", done.stdout)
        rows = list(csv.DictReader(io.StringIO(
            self.rackproof("rma", "out/run.h5", "--csv", status=1).stdout)))
        self.assertEqual(rows[0]["node"], node)
        self.assertEqual(rows[0]["kind"], "wrong_answer")


if __name__ == "__main__":
    main()
