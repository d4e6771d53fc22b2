"""A burn-in whose controller dies, and which goes on; by hand over hosts of which one is throttled.

By hand (`-L long`): twenty minutes over four hosts under a real mpirun, the controller killed and the
run resumed in between, one host throttled half-way. RACKPROOF_SECONDS: the soak.
"""

import os
import re
import signal
import time
import unittest

import h5py

import harness
import hosts
from harness import BINARY, SOURCE, HarnessTest

SECONDS = float(os.environ.get("RACKPROOF_SECONDS", "1200"))
PLAN = """name = "hours"
[run]
deadline_s = 7200
retests = 0
max_nodes_starting_per_s = 100
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "soak"
[[stage.suite]]
suite = "burnin"
size = {size}
duration_s = {duration}
slice_s = {slice}
keep_every_s = {keep}
ramp_s = {ramp}
[policy]
optional = ["*.temperature", "*.power", "*.throttle", "*.warm_up", "*.thermal_resistance", "*.time_at_temperature"]
"""
RETENTION = """[[policy.limit]]
case = "burnin.*.rate_retention"
min = 0.8
unit = "1"
source = "four hosts on two cores take turns; less than this is no turn"
"""


class Burnin(HarnessTest):
    def rates(self):
        """[(samples, times)] of each device."""
        with h5py.File(self.run_file(), "r") as run:
            metric = run["metrics/burnin.fp64"]
            return [([float(v) for v in values if v == v], [float(t) for t in times if t == t])
                    for values, times in zip(metric["values"][...], metric["time"][...])]

    @staticmethod
    def end_all(child):
        """The controller, and all that it started on this machine."""
        below = harness.descendants(child.pid)
        child.kill()
        child.wait()
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def test_a_burnin_goes_on_behind_what_it_had(self):
        plan = self.write("plan.toml", PLAN.format(size=64, duration=12, slice=0.5, keep=1, ramp=0))
        child = self.start("run", plan, "--out", "out")
        journal = self.folder / "out" / "journal"
        until = time.monotonic() + harness.MOST_SECONDS
        while not (journal.exists() and b"sample 8 of" in journal.read_bytes()):
            self.assertIsNone(child.poll())
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        self.end_all(child)
        done = self.rackproof("run", "--resume", "out", status=0)
        self.assertIn("PASS", done.stdout)
        (samples, times), = self.rates()
        # Slices that take longer than they should, on a busy machine, are fewer.
        self.assertLessEqual(len(samples), 24)
        self.assertEqual(times, sorted(times))
        gaps = [after - before for before, after in zip(times, times[1:])]
        self.assertGreater(max(gaps), 2 * 0.5, "no controller was there")
        with h5py.File(self.run_file(), "r") as run:
            texts = [text.decode() for text in run["events/text"][...]]
        stood = [int(found[1]) for text in texts if (found := re.search(r"goes on behind its (\d+) samples", text))]
        # Seven slices had ended. What they found is kept every second: at the worst the last three, of half
        # a second each, had not been.
        self.assertTrue(stood and 4 <= max(stood) < len(samples), texts)


@unittest.skipIf(hosts.why_not() or hosts.why_no_cpu_share(), hosts.why_not() or hosts.why_no_cpu_share())
class OverHosts(Burnin):
    test_a_burnin_goes_on_behind_what_it_had = None

    def begin(self, made, *arguments):
        log = (self.folder / "log").open("a", encoding="utf-8")
        self.addCleanup(log.close)
        return made.popen([BINARY, "run", *arguments], folder=self.folder, stdout=log, stderr=log)

    def test_the_throttled_host_is_named_with_the_minute(self):
        plan = self.write("plan.toml", PLAN.format(size=256, duration=SECONDS, slice=1, keep=20, ramp=10) + RETENTION)
        with hosts.Hosts(4, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE]) as made:
            run = self.begin(made, plan, "--hosts", ",".join(made.names), "--out", self.folder / "out")
            began = time.monotonic()
            time.sleep(SECONDS * 0.3)
            self.assertIsNone(run.poll(), (self.folder / "log").read_text(encoding="utf-8"))
            for pid in made.processes(hosts.HEAD):  # the controller alone: its ranks leave by themselves
                if harness.command_of(pid)[1:2] == [b"run"]:
                    os.kill(pid, signal.SIGKILL)
            run.wait()
            until = time.monotonic() + 60
            while any(made.ranks(name) for name in made.names):
                self.assertLess(time.monotonic(), until, "ranks leave when their controller is gone")
                time.sleep(0.1)
            run = self.begin(made, "--resume", self.folder / "out")
            time.sleep(max(0.0, began + SECONDS * 0.55 - time.monotonic()))
            throttled_s = time.monotonic() - began
            made.cpu_share_now("h003", 0.1)
            self.assertEqual(run.wait(timeout=2 * SECONDS + harness.MOST_SECONDS), 1,
                             (self.folder / "log").read_text(encoding="utf-8"))
        failed = {finding["node"] for finding in self.findings() if finding["verdict"] == "fail"}
        for finding in self.findings():
            print(finding["verdict"], finding["node"], finding["sentence"])
        self.assertEqual(failed, {"h003"})
        said = [found for finding in self.findings() if finding["node"] == "h003"
                and (found := re.search(r"since minute ([0-9.]+) of the soak \((\d+) s into the run\)", finding["sentence"]))]
        self.assertTrue(said, self.findings())
        print(f"throttled {throttled_s:.0f} s after its beginning; said: {said[0][0]}")
        self.assertLess(abs(float(said[0][2]) - throttled_s), 60)
        for samples, times in self.rates():
            self.assertGreater(len(samples), 0.8 * SECONDS)
            self.assertEqual(times, sorted(times))


if __name__ == "__main__":
    harness.main()
