"""A node that fails, is repaired, and is measured again: two hosts under a real mpirun."""

import csv
import io
import time

import h5py

import harness
import hosts
import journal
import namespaces
from harness import BINARY, SOURCE, HarnessTest

BAD, GOOD = "h002", "h001"
PLAN = """name = "repaired"
[run]
deadline_s = 120
retests = 1
max_nodes_starting_per_s = 100
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "alone"
[[stage.suite]]
suite = "selftest"
repetitions = 20
wait_s = 0.1
deadline_s = 30
""" + harness.SELFTESTS_BY_LIMIT


class RepairOverHosts(HarnessTest):
    def command(self, made, *arguments, status):
        done = made.run([BINARY, *arguments], check=False, timeout=harness.MOST_SECONDS)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def run_while_its_rank_dies(self, made):
        """On the bad host the rank is killed as soon as it is at work, in each of both attempts."""
        plan = self.write("plan.toml", PLAN)
        log = (self.folder / "log").open("w", encoding="utf-8")
        self.addCleanup(log.close)
        run = made.popen([BINARY, "run", plan, "--hosts", f"{GOOD},{BAD}", "--out", self.folder / "out"],
                         folder=self.folder, stdout=log, stderr=log)
        killed = 0
        while run.poll() is None:
            begun = [cell for cell, _ in journal.begun_attempts(self.folder / "out/journal")]
            if begun.count(1) > killed:
                made.kill_rank(BAD)
                killed += 1
            time.sleep(0.02)
        self.assertEqual((run.returncode, killed), (1, 2), (self.folder / "log").read_text(encoding="utf-8"))

    def rows(self):
        """{(host, attempt): outcome}"""
        with h5py.File(self.run_file(), "r") as run:
            names = [name.decode() for name in run["nodes/name"][...]]
            node_of = run["devices/node"][...]
        return {(names[node_of[target]], attempt): outcome
                for (target, attempt), outcome in self.outcomes()["selftest.pass"].items()}

    def parts(self, made, status):
        text = self.command(made, "rma", self.run_file(), "--csv", status=status)
        return {row["node"]: row for row in csv.DictReader(io.StringIO(text))}

    def test_a_bad_node_is_repaired_and_passes_and_what_was_stays(self):
        with hosts.Hosts(2, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE]) as made:
            self.run_while_its_rank_dies(made)
            before = self.rows()
            self.assertEqual(before, {(GOOD, 0): "completed", (BAD, 0): "lost", (BAD, 1): "lost"})
            verdicts = {node["node"]: node["verdict"] for node in self.verdicts()["nodes"]}
            self.assertEqual(verdicts, {GOOD: "pass", BAD: "fail"})
            parts = self.parts(made, 1)
            self.assertEqual(set(parts), {BAD})
            self.assertIn("selftest.pass", parts[BAD]["evidence"])
            self.command(made, "run", "--only", BAD, "--amend", self.run_file(), "--out",
                         self.folder / "again", status=0)
            self.assertEqual(self.rows(), before | {(BAD, 1000): "completed"})
            table = self.command(made, "judge", self.run_file(), status=0)
            self.assertIn("2 nodes: 0 fail, 0 no data", " ".join(table.split()))
            self.assertIn("\nRepairs\n", table)
            self.assertEqual(self.parts(made, 0), {})
            self.assertIn("no device, node or link fails", self.command(made, "rma", self.run_file(), status=0))


if __name__ == "__main__":
    namespaces.test_main(hosts.why_not())
