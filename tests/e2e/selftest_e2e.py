"""The harness is tested with harm: every way a test can end, planted, and found again.

The oracle stands here: what each ending must become is written down before anything runs.
"""

import os
import random
import signal
import time

import harness
from harness import HarnessTest, SOURCE

OUTCOME_OF = {
    "pass": "completed",
    "slow": "completed",
    "wrong_answer": "wrong_answer",
    "nan": "failed",
    "throw": "failed",
    "silent": "failed",
    "crash": "lost",
    "hang": "timed_out",
    "skip": "skipped",
    "babble": "completed",
}
# Ended without a number, and so run again alone; the same ending comes again.
RETESTED = {"nan", "throw", "silent", "crash", "hang"}
GUILTY = RETESTED | {"slow", "wrong_answer"}


def plan_text(sequences, devices, deadline_s=4, repetitions=5):
    """A plan with one self-test case a sequence; sequence[i] is device i's ending."""
    lines = [
        'name = "random"',
        "[run]",
        "retests = 1",
        "deadline_s = 240",
        "[cpu]",
        f"devices_per_node = {devices}",
        "share_cores = true",
        "[[stage]]",
        'name = "selftest"',
    ]
    for index, sequence in enumerate(sequences):
        lines += [
            "[[stage.suite]]",
            'suite = "selftest"',
            f'label = "s{index:02}"',
            f"endings = {sequence!r}",
            f"deadline_s = {deadline_s}",
            f"repetitions = {repetitions}",
        ]
    lines += [
        "[policy]",
        "[[policy.limit]]",
        'case = "selftest.*"',
        "min = 20",
        'unit = "1/s"',
        'source = "under half of what a passing self-test reaches"',
    ]
    return "\n".join(lines).replace("'", '"') + "\n"


class Selftest(HarnessTest):
    def check(self, sequences, devices, out="out"):
        """Every cell's outcome against the oracle, then every verdict."""
        found = self.outcomes(out)
        self.assertEqual(len(found), len(sequences))
        for name, rows in found.items():
            sequence = sequences[int(name.rsplit(".s", 1)[1])]
            for device in range(devices):
                ending = sequence[device % len(sequence)]
                where = f"{name} on device {device}, planted: {ending}"
                self.assertEqual(rows.get((device, 0)), OUTCOME_OF[ending], where)
                retest = rows.get((device, 1))
                self.assertEqual(retest, OUTCOME_OF[ending] if ending in RETESTED else None, where)
                self.check_finding(name, device, ending, where, out)
        self.assertEqual([node["verdict"] for node in self.verdicts(out)["nodes"]], ["fail"])

    def check_finding(self, metric, device, ending, where, out):
        """A guilty device is named, with a failing verdict; an innocent one never is."""
        about = [
            finding["verdict"]
            for finding in self.findings(out)
            if finding["metric"] == metric and finding["device"] in (str(device), None)
        ]
        if ending in GUILTY:
            self.assertIn("fail", about, where)
        elif ending == "skip":
            self.assertEqual(about, ["no_data"], where)
        else:
            self.assertEqual(about, [], where)

    def test_the_shipped_plan_finds_every_planted_ending(self):
        done = self.rackproof("run", SOURCE / "plans" / "selftest.toml", "--out", "out", status=1)
        found = self.outcomes()
        for ending, outcome in OUTCOME_OF.items():
            rows = found[f"selftest.{ending}"]
            self.assertEqual({o for (_, a), o in rows.items() if a == 0}, {outcome}, ending)
        self.assertIn("FAIL", done.stdout)

    def test_random_sequences(self):
        rng = random.Random(harness.seed())
        devices = rng.randint(2, 4)
        cases = -(-30 // devices) + rng.randint(0, 4)
        endings = list(OUTCOME_OF)
        sequences = [[rng.choice(endings) for _ in range(devices)] for _ in range(cases)]
        sequences[rng.randrange(cases)][rng.randrange(devices)] = rng.choice(sorted(GUILTY))
        plan = self.write("random.toml", plan_text(sequences, devices))
        self.rackproof("run", plan, "--out", "out", status=1)
        self.check(sequences, devices)

    def test_a_clean_sequence_passes(self):
        plan = self.write("clean.toml", plan_text([["pass"]] * 4, 3))
        self.rackproof("run", plan, "--out", "out", status=0)
        self.assertEqual([node["verdict"] for node in self.verdicts()["nodes"]], ["pass"])

    def test_a_killed_rank_costs_its_open_cells_and_nothing_else(self):
        # The plan asks for long cells, so that the kill falls into one of them.
        text = plan_text([["pass"]] * 6, 3, deadline_s=20, repetitions=40)
        child = self.start("run", self.write("kill.toml", text), "--out", "out")
        victim = self.wait_for_worker(child, rank=1)
        time.sleep(0.7)
        os.kill(victim, signal.SIGKILL)
        child.communicate(timeout=harness.MOST_SECONDS)
        self.assertEqual(child.returncode, 3)
        lost = [
            (name, key)
            for name, rows in self.outcomes().items()
            for key, outcome in rows.items()
            if outcome != "completed"
        ]
        self.assertEqual(len(lost), 1, lost)
        self.assertEqual(lost[0][1], (1, 0))
        retested = self.outcomes()[lost[0][0]]
        self.assertEqual(retested[(1, 1)], "completed")
        self.assertEqual([node["verdict"] for node in self.verdicts()["nodes"]], ["no_data"])

    def wait_for_worker(self, child, rank):
        until = time.monotonic() + 60
        while time.monotonic() < until and child.poll() is None:
            for pid in harness.descendants(child.pid):
                if harness.command_of(pid)[1:2] == [b"worker"] and self.rank_of(pid) == rank:
                    return pid
            time.sleep(0.05)
        self.fail("no worker of that rank came up")

    @staticmethod
    def rank_of(pid):
        with open(f"/proc/{pid}/environ", "rb") as environment:
            variables = dict(v.split(b"=", 1) for v in environment.read().split(b"\0") if b"=" in v)
        return int(variables.get(b"OMPI_COMM_WORLD_RANK", b"-1"))


if __name__ == "__main__":
    harness.main()
