"""The power swing: consent, phase, the guard that stops it, and a meter that tells what it did."""

import json
import os
import signal
import statistics
import subprocess
import threading
import time
import unittest

import h5py

import harness
import own_hwmon
from harness import BINARY, HarnessTest

CONSENT = "--i-have-site-consent"
PLAN = """name = "swing"
[run]
deadline_s = 200
retests = 2
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "swing"
[[stage.suite]]
suite = "power_swing"
ceiling_w = 200
from_hz = {from_hz}
to_hz = 5
wave_s = {wave_s}
hold_s = {hold_s}
rest_s = 0.2
stages = 2
"""
WITHOUT_SENSORS = PLAN + "device_w = 50\n"


class Swing(HarnessTest):
    def plan(self, text=WITHOUT_SENSORS, from_hz=2, wave_s=1, hold_s=0.5):
        return self.write("plan.toml", text.format(from_hz=from_hz, wave_s=wave_s, hold_s=hold_s))

    def times(self, out="out"):
        """{wave: {period: [(entry, exit) of each rank]}}"""
        found = {}
        with h5py.File(self.run_file(out), "r") as run:
            for name, ranks in run["ranks"].items():
                for period, entry, leave in zip(*(ranks[key][...] for key in ("repetition", "entry", "exit"))):
                    found.setdefault(name, {}).setdefault(int(period), []).append((float(entry), float(leave)))
        return found

    def samples(self, wave, out="out"):
        with h5py.File(self.run_file(out), "r") as run:
            return [float(value) for value in run["metrics"][wave]["values"][0]]

    def reasons(self, out="out"):
        with h5py.File(self.run_file(out), "r") as run:
            reasons = run["reasons"]
            return {metric.decode(): text.decode()
                    for metric, text in zip(reasons["metric"][...], reasons["text"][...])}

    def test_without_consent_or_a_ceiling_nothing_begins(self):
        done = self.rackproof("run", self.plan(), "--out", "out", status=2)
        self.assertIn("expected --i-have-site-consent", done.stderr)
        self.assertFalse((self.folder / "out").exists())
        done = self.rackproof("run", self.plan(WITHOUT_SENSORS.replace("ceiling_w = 200\n", "")), CONSENT, status=2)
        self.assertRegex(done.stderr, r"plan.toml:10:\d+: suite 'power_swing' needs 'ceiling_w'")
        beside = WITHOUT_SENSORS + '[[stage.suite]]\nsuite = "collectives"\n'
        done = self.rackproof("run", self.plan(beside), CONSENT, status=2)
        self.assertIn("put it into a stage of its own", done.stderr)
        done = self.rackproof("submit", self.plan(), "--partition", "p", status=2)
        self.assertIn("expected 'rackproof run' inside of one allocation", done.stderr)

    def test_phase_errors_are_what_the_ranks_say(self):
        self.rackproof("run", self.plan(), CONSENT, "--out", "out", status=0)
        times = self.times()
        self.assertEqual(sorted(times), sorted(
            f"power_swing.phase.{wave}.{level}pct" for level in (50, 100)
            for wave in ("step", "ramp", "square_2Hz", "square_5Hz")))
        for wave, periods in times.items():
            errors = []
            for ranks in periods.values():
                self.assertEqual(len(ranks), 2)
                (on, off), (other_on, other_off) = ranks
                errors.append(max(abs(on - other_on), abs(off - other_off)))
            for error, sample in zip(errors, self.samples(wave), strict=True):
                self.assertAlmostEqual(error, sample, delta=1e-6)
        done = self.rackproof("swing", "out/run.h5", "--json", "-", status=0)
        for wave in json.loads(done.stdout)["waves"]:
            self.assertAlmostEqual(wave["phase"]["median_s"], statistics.median(self.samples(wave["metric"])), delta=1e-6)
            self.assertIn("no sensor reads the power", wave["power"]["why_not"])

    def meter(self, name, step_s, ahead_s=0.0, most_w=3000):
        """What a meter would have read of a host that draws 1 kW, and so much more while all work."""
        with h5py.File(self.run_file(), "r") as run:
            zero = float(next(value for value in run["inventory"]["swing.utc_at_zero"][...] if value))
        times = self.times()
        loads = []
        for wave, periods in times.items():
            level = float(wave.rsplit(".", 1)[1].removesuffix("pct")) / 100
            loads += [(min(on for on, _ in ranks), max(off for _, off in ranks), level, "ramp" in wave)
                      for ranks in periods.values()]
        rows = ["time,power_kW"]
        first, last = min(load[0] for load in loads) - 8, max(load[1] for load in loads) + 8
        loads.sort()
        for step in range(int((last - first) / step_s)):
            now = first + step * step_s
            power = 1000.0
            while loads and loads[0][1] < now:
                loads.pop(0)
            if loads and loads[0][0] <= now:
                on, off, level, is_ramp = loads[0]
                power += most_w * level * (1 - abs(2 * (now - on) / (off - on) - 1) if is_ramp else 1)
            rows.append(f"{zero + now + ahead_s:.6f},{power / 1000:.6f}")
        return self.write(name, "\n".join(rows) + "\n")

    def limits(self, range_kw):
        return self.write("utility.toml", f'source = "annex 4"\n[range]\nmax = {range_kw}\nunit = "kW"\n'
                          '[[band]]\nfrom_hz = 1\nto_hz = 10\nmax = 4\nunit = "kW"\n')

    def test_a_meter_says_whether_limits_were_kept(self):
        self.rackproof("run", self.plan(), CONSENT, "--out", "out", status=0)
        fine = self.meter("fine.csv", 0.01, ahead_s=0.8)
        done = self.rackproof("swing", "out/run.h5", "--meter", fine, "--limits", self.limits(3.5), status=0)
        self.assertRegex(done.stdout, r"The meter's clock is 8\d\d ms\s+ahead of|The meter's clock is [78]\d\d ms ahead of")
        self.assertRegex(done.stdout, r"kept: range of at most 3.50 kW; the most is 3.00 kW")
        done = self.rackproof("swing", "out/run.h5", "--meter", fine, "--limits", self.limits(2.5), status=1)
        self.assertIn("EXCEEDED: range of at most 2.50 kW", done.stdout)
        slow = self.meter("slow.csv", 0.25)
        done = self.rackproof("swing", "out/run.h5", "--meter", slow, "--limits", self.limits(3.5), status=3)
        self.assertIn("NOT KNOWN: lines of at most 4.00 kW from 1 to 10 Hz", done.stdout)
        done = self.rackproof("swing", "out/run.h5", "--limits", self.limits(3.5), status=3)
        self.assertIn("NOT KNOWN: range", done.stdout)

    def test_what_is_no_swing_or_no_meter_is_refused(self):
        self.rackproof("run", self.plan(), CONSENT, "--out", "out", status=0)
        done = self.rackproof("swing", "out/run.h5", "--meter", self.write("m.csv", "time,power_W\n1,x\n"), status=2)
        self.assertIn("m.csv:2:3", done.stderr)
        self.rackproof("simulate", "four-by-four", "-o", "other.h5", status=0)
        done = self.rackproof("swing", "other.h5", status=2)
        self.assertIn("holds no power swing", done.stderr)

    def stopped(self, done, words, out="out"):
        """Nothing of it went again, and what had not begun says why. Returns the lead's reason."""
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        outcomes = self.outcomes(out)
        for metric, cells in outcomes.items():
            self.assertEqual([attempt for _, attempt in cells], [0], metric)
        ended = {metric: next(iter(cells.values())) for metric, cells in outcomes.items()}
        reasons = self.reasons(out)
        self.assertNotIn(ended["power_swing.phase"], ("completed", "skipped"))
        self.assertIn(words, reasons["power_swing.phase"])
        return ended, reasons

    def test_a_rank_that_dies_stops_it_for_good(self):
        child = self.start("run", self.plan(wave_s=20, hold_s=5), CONSENT, "--out", "out")
        journal = self.folder / "out" / "journal"
        until = time.monotonic() + harness.MOST_SECONDS
        while not (journal.exists() and b"step.50pct: 1 periods" in journal.read_bytes()):
            self.assertIsNone(child.poll())
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        workers = [pid for pid in harness.descendants(child.pid) if b"worker" in harness.command_of(pid)
                   and harness.command_of(pid)[0].endswith(b"rackproof")]
        os.kill(workers[-1], signal.SIGKILL)
        out, err = child.communicate(timeout=harness.MOST_SECONDS)
        done = subprocess.CompletedProcess([], child.returncode, out, err)
        ended, reasons = self.stopped(done, "its process ")
        self.assertNotIn("completed", ended.values())
        self.assertRegex(reasons["power_swing.phase"], r"rank [01] \(device [01] of ", "it is named")

    @unittest.skipUnless(own_hwmon.can_be_made(), "mounting needs root")
    def test_above_the_ceiling_all_stop_at_once(self):
        meter = own_hwmon.Chip(self.folder, "power_meter", "power1_input", 150_000_000)
        ended = threading.Event()

        def wait():
            journal = self.folder / "out" / "journal"
            while not ended.wait(0.01):
                if journal.exists() and b"square_2Hz.50pct: " in journal.read_bytes():
                    meter.show(250_000_000)
                    return
        waiting = threading.Thread(target=wait)
        waiting.start()
        try:
            command = [BINARY, "run", self.plan(PLAN, wave_s=30), CONSENT, "--out", "out"]
            done = subprocess.run(meter.command(command), cwd=self.folder, capture_output=True, text=True,
                                  timeout=harness.MOST_SECONDS, check=False)
        finally:
            ended.set()
            waiting.join()
        how, reasons = self.stopped(done, "stopped: 250 W, above the ceiling of 200 W")
        self.assertEqual(how["power_swing.phase.step.50pct"], "completed")
        self.assertEqual(how["power_swing.phase.square_2Hz.50pct"], "failed")
        self.assertEqual(how["power_swing.phase.step.100pct"], "skipped")
        self.assertIn("not begun: swing the load: stopped: 250 W", reasons["power_swing.phase.step.100pct"])
        done = self.rackproof("swing", "out/run.h5", status=3)
        self.assertIn("Power is from swing.power of 1 node", done.stdout)


if __name__ == "__main__":
    harness.main()
