"""Silent corruption, planted into the real program from outside: one bit of one element of a real
product, or of a real copy on one core, and only while a scripted sensor is hot.

The program runs in a mount namespace of its own, where /sys/class/hwmon is a folder of the test and
OpenBLAS a library that hands on to the real one. With RACKPROOF_SECONDS a burn-in soaks so long.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import threading
import unittest

import h5py

import harness
import own_hwmon
from harness import BINARY, HarnessTest

OPENBLAS = pathlib.Path(os.environ.get("RACKPROOF_OPENBLAS") or subprocess.run(
    ["pkg-config", "--variable=libdir", "openblas"], capture_output=True, text=True,
    check=True).stdout.strip() + "/libopenblas.so.0").resolve()
PLANTED = pathlib.Path(os.environ.get("RACKPROOF_PLANTED") or BINARY.parent.parent / "tests/support/planted")
SECONDS = float(os.environ.get("RACKPROOF_SECONDS", "1"))
COPY_BYTES = 4 << 20  # devices/cpu/core_kernels.cpp
PLANT = 'if [ -n "${RACKPROOF_PLANT_REAL-}" ]; then mount --bind "$PLANTED_OPENBLAS" "$OPENBLAS"; fi'
PLAN = """name = "corruption"
[run]
deadline_s = 3000
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "soak"
[[stage.suite]]
"""
BURNIN = PLAN + """suite = "burnin"
size = 64
duration_s = {duration}
slice_s = 0.1
sensor_interval_s = 0.02
cool_down_s = {cool_down}
[policy]
optional = ["*.power", "*.throttle"]
"""
CORES = PLAN + """suite = "cores"
works = ["copy"]
repetitions = {repetitions}
"""


@unittest.skipUnless(own_hwmon.can_be_made(), "mounting needs root")
class Corruption(HarnessTest):
    def setUp(self):
        super().setUp()
        self.chip = own_hwmon.Chip(self.folder, "k10temp", "temp1_input", 90_000)
        self.log = self.folder / "planted.log"
        self.real = self.folder / "openblas.so"

    def heat(self, celsius):
        self.chip.show(celsius * 1000)

    @contextlib.contextmanager
    def once_it_says(self, words, times, celsius):
        """Meanwhile: as soon as the journal has these words so often, the sensor shows so much."""
        ended = threading.Event()

        def wait():
            journal = self.folder / "out" / "journal"
            while not ended.wait(0.01):
                if journal.exists() and journal.read_bytes().count(words) >= times:
                    self.heat(celsius)
                    return
        waiting = threading.Thread(target=wait)
        waiting.start()
        try:
            yield
        finally:
            ended.set()
            waiting.join()

    def heated(self):
        """Once both ranks are at their second sample."""
        return self.once_it_says(b"sample 2 of", 2, 90)

    def plants(self):
        """[(what, at which operation)] that the plant did."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(line.split()[0], int(line.split()[1])) for line in lines]

    def run_in_namespace(self, plan, environment):
        whole = {**os.environ, "TERM": "dumb", "PLANTED_OPENBLAS": str(PLANTED / "librackproof_planted_openblas.so"),
                 "OPENBLAS": str(OPENBLAS), **{key: str(value) for key, value in environment.items()}}
        command = [BINARY, "run", self.write("plan.toml", plan), "--out", "out"]
        return subprocess.run(self.chip.command(command, PLANT),
                              cwd=self.folder, capture_output=True, text=True, env=whole,
                              timeout=harness.MOST_SECONDS + 4 * SECONDS, check=False)

    def burn(self, every, duration=SECONDS, cool_down=0):
        """A burn-in in which each so manieth product of rank 1 has one wrong bit above 80 degC."""
        self.real.write_bytes(OPENBLAS.read_bytes())
        return self.run_in_namespace(
            BURNIN.format(duration=duration, cool_down=cool_down),
            {"RACKPROOF_PLANT_REAL": self.real, "RACKPROOF_PLANT_SENSOR": self.chip.sensor,
             "RACKPROOF_PLANT_ABOVE": 80000, "RACKPROOF_PLANT_EVERY": every, "RACKPROOF_PLANT_RANK": 1,
             "RACKPROOF_PLANT_LOG": self.log})

    def checked(self):
        """Outputs checked of each burn-in, by device."""
        found = {}
        with h5py.File(self.run_file(), "r") as run:
            parameters = run["variants/parameters"][...]
            metric = run["metrics/burnin.fp64"]
            for target, variant in zip(metric["target"][...], metric["variant"][...]):
                found[int(target)] = json.loads(parameters[variant])["checked"]
        return found

    def named(self):
        """The one finding of a wrong answer."""
        wrong = [finding for finding in self.findings() if finding["kind"] == "wrong_answer"]
        self.assertEqual(len(wrong), 1, self.findings())
        self.assertEqual((wrong[0]["verdict"], wrong[0]["level"]), ("fail", "device"))
        return wrong[0]

    def test_one_bit_in_a_thousand_products_is_found_and_does_not_replay(self):
        self.heat(60)
        with self.heated():
            done = self.burn(every=1000, duration=2)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(self.plants()), 1, "it ends the soak")
        finding = self.named()
        self.assertEqual(finding["device"], "1")
        self.assertRegex(finding["sentence"], "the digest of C is [0-9a-f]{16}, the first right one|row [0-9]+ of C is off")
        # What was read last: the sensor may have risen since.
        self.assertRegex(finding["sentence"], "at (60|90) degC; replayed hot, at once: wrong in 0 of 3")
        (_, operation), = self.plants()
        self.assertEqual(operation % 1000, 0)
        self.assertEqual(self.checked()[1], operation - 1, "each one before it was checked, and right")

    def test_what_replays_hot_and_not_cold_says_so(self):
        self.heat(70)
        with self.heated(), self.once_it_says(b"cool down for", 1, 40):
            ended = self.burn(every=1, duration=2, cool_down=1)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        sentence = self.named()["sentence"]
        self.assertIn("replayed hot, at once: wrong in 3 of 3", sentence)
        self.assertIn("replayed cold, after the cool-down: wrong in 0 of 3", sentence)

    def test_below_its_temperature_nothing_happens_in_ten_thousand_products(self):
        """The same library and the same sensors: no false alarm."""
        self.heat(60)
        done = self.burn(every=1000, duration=max(SECONDS, 4))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.plants(), [])
        self.assertEqual(self.findings(), [])
        checked = self.checked()
        print(f"checked: {checked}")
        self.assertGreaterEqual(sum(checked.values()), 10_000)

    def copy_on_core(self, core, times, repetitions=8):
        return self.run_in_namespace(
            CORES.format(repetitions=repetitions), {"LD_PRELOAD": PLANTED / "librackproof_planted_memcpy.so", "RACKPROOF_PLANT_BYTES": COPY_BYTES,
                    "RACKPROOF_PLANT_CORE": core, "RACKPROOF_PLANT_TIMES": times,
                    "RACKPROOF_PLANT_SENSOR": self.chip.sensor, "RACKPROOF_PLANT_ABOVE": 80000,
                    "RACKPROOF_PLANT_RANK": 1, "RACKPROOF_PLANT_LOG": self.log})

    def test_a_core_that_copies_wrongly_is_named(self):
        """Once; always, once it is hot; and from the first on, where its reference is all there is."""
        core = max(os.sched_getaffinity(0))
        for times, first, words in ((1, 60, "alone: wrong in 0 of 3: does not replay"),
                                    (10**6, 60, "alone: wrong in 3 of 3"),
                                    (10**6, 90, "its reference")):
            self.heat(first)
            with self.heated():
                done = self.copy_on_core(core, times)
            self.assertEqual(done.returncode, 1, done.stderr)
            finding = self.named()
            self.assertEqual(finding["device"], "1")
            self.assertIn(f"core {core} has ", finding["sentence"])
            self.assertIn(words, finding["sentence"])
            self.assertIn("at 90 degC", finding["sentence"])
            (self.folder / "out").rename(self.folder / f"{times} from {first}")

    def test_a_cool_core_copies_rightly(self):
        self.heat(60)
        done = self.copy_on_core(max(os.sched_getaffinity(0)), 1, repetitions=3)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.findings(), [])


if __name__ == "__main__":
    harness.main()
