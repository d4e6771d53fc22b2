"""A rank that comes late into a collective is named, and nobody is where nobody is late.

Real MPI on this machine. RACKPROOF_TRIALS: how often each is tried; once with 16 MiB, more often
with what the suite takes, which is four times that.
"""

import os

import harness
from harness import HarnessTest, SOURCE

TRIALS = int(os.environ.get("RACKPROOF_TRIALS", "1"))
BYTES = "16 MiB" if TRIALS == 1 else "64 MiB"


def plan_text(ranks, late_rank, late_s):
    return f"""
name = "late"
[run]
deadline_s = 240
[cpu]
devices_per_node = {ranks}
share_cores = true
[[stage]]
name = "late"
[[stage.suite]]
suite = "late_arrival"
bytes = "{BYTES}"
late_rank = {late_rank}
late_s = {late_s}
"""


class Skew(HarnessTest):
    def late(self, out):
        return [f["device"] for f in self.findings(out) if f["rule"] == "skew"]

    def try_often(self, ranks, late_s):
        """Each trial has another late rank; what was found, trial by trial, against who it was."""
        found = []
        for trial in range(TRIALS):
            late_rank = (trial + 1) % ranks
            plan = self.write("late.toml", plan_text(ranks, late_rank, late_s))
            self.rackproof("run", plan, "--out", f"out-{trial}", status=0)
            found.append((self.late(f"out-{trial}"), [str(late_rank)] if late_s > 0 else []))
        wrong = [(trial, pair) for trial, pair in enumerate(found) if pair[0] != pair[1]]
        self.assertEqual(wrong, [], f"{len(wrong)} of {TRIALS}")

    def test_of_two_ranks_the_one_5_ms_late_is_named(self):
        self.try_often(2, 0.005)

    def test_of_four_ranks_the_one_20_ms_late_is_named(self):
        self.try_often(4, 0.02)

    def test_nobody_of_two_is_named_where_nobody_is_late(self):
        self.try_often(2, 0)

    def test_nobody_of_four_is_named_where_nobody_is_late(self):
        self.try_often(4, 0)

    def test_the_shipped_plan_names_its_late_rank(self):
        done = self.rackproof("run", SOURCE / "plans" / "selftest-skew.toml", "--out", "out",
                              status=0)
        self.assertEqual(self.late("out"), ["1"])
        self.assertIn("after the others, which wait for it", " ".join(done.stdout.split()))


if __name__ == "__main__":
    harness.main()
