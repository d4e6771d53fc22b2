"""A run that nothing can break: killed at any moment, stopped, out of disk, and gone on with.

The oracle of a kill is the journal at that moment, read by a reader of its own: what had ended then
stands in the final file with the same numbers, once; and the final file has the cells, outcomes and
attempts of a run that nobody disturbed.
"""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy

import harness
import journal_reader
from harness import HarnessTest, SOURCE

KILLS = int(os.environ.get("RACKPROOF_KILLS", "3"))
SELFTEST = SOURCE / "plans" / "selftest.toml"

PLAN = """name = "calm"
[run]
deadline_s = 120
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "one"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
repetitions = 20
wait_s = 0.05
[[stage]]
name = "two"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
label = "again"
repetitions = 20
wait_s = 0.05
"""
LONG_PLAN = PLAN.replace("wait_s = 0.05", "wait_s = 0.2")
PAGE = 4096


class Resume(HarnessTest):
    def journal(self, out="out"):
        path = self.folder / out / "journal"
        return path.read_bytes() if path.exists() else b""

    def wait_until(self, what, holds):
        until = time.monotonic() + harness.MOST_SECONDS
        with harness.before_all_others():
            while not holds():
                self.assertLess(time.monotonic(), until, f"never came: {what}")
                time.sleep(0.02)

    def wait_for_record(self, child, kind, times=1):
        def there():
            self.assertIsNone(child.poll(), "the run ended before it")
            return journal_reader.count(self.journal(), kind) >= times
        self.wait_until(f"record {kind}", there)

    def rows(self, out="out"):
        """[(metric, target, attempt, outcome, values)] in the order of cells and attempts."""
        found = []
        with h5py.File(self.run_file(out), "r") as run:
            names = []
            metrics = run["metrics"]
            metrics.id.links.iterate(lambda name: names.append(name.decode()),
                                     idx_type=h5py.h5.INDEX_CRT_ORDER)
            for name in names:
                metric = metrics[name]
                words = {n: w for w, n in h5py.check_enum_dtype(metric["outcome"].dtype).items()}
                for target, attempt, outcome, values in zip(
                        metric["target"][...], metric["attempt"][...], metric["outcome"][...],
                        metric["values"][...]):
                    found.append((name, int(target), int(attempt), words[int(outcome)],
                                  tuple(values[~numpy.isnan(values)])))
        return found

    def by_cell(self, out="out"):
        """{(cell, attempt): (outcome, values)}: cells are numbered in the order of the rows."""
        found, numbers = {}, {}
        for name, target, attempt, outcome, values in self.rows(out):
            cell = numbers.setdefault((name, target), len(numbers))
            self.assertNotIn((cell, attempt), found, "a row stands twice")
            found[(cell, attempt)] = (outcome, values)
        return found

    def attribute(self, name, out="out"):
        with h5py.File(self.run_file(out), "r") as run:
            return run.attrs[name]

    def check_kept(self, at_kill):
        """What the journal held at a kill stands in the final file, with its numbers."""
        final = self.by_cell()
        arrived = journal_reader.samples(at_kill)
        for key, outcome in journal_reader.ended_cells(at_kill).items():
            self.assertIn(key, final)
            self.assertEqual(final[key][0], outcome, key)
            self.assertEqual(final[key][1], arrived.get(key, ()), key)

    def test_a_run_killed_at_random_moments_ends_as_one_that_nobody_disturbed(self):
        rng = random.Random(harness.seed())
        began = time.monotonic()
        self.rackproof("run", SELFTEST, "--out", "calm", status=1)
        calm_s = time.monotonic() - began
        expected = [row[:4] for row in self.rows("calm")]
        kills, runs = 0, 0
        while kills < KILLS:
            kills += self.disturbed_run(rng, calm_s, KILLS - kills)
            runs += 1  # of which one may have ended before its kill came
            self.assertEqual([row[:4] for row in self.rows()], expected)
            self.assertEqual(self.attribute("complete"), 1)
            os.rename(self.folder / "out", self.folder / f"done{runs}")
        print(f"{kills} kills in {runs} runs, every final file equal to the undisturbed one")

    def disturbed_run(self, rng, calm_s, most_kills):
        """One run, killed again and again. Returns how often."""
        kept, kills = [], 0
        while True:
            begun = (self.folder / "out" / "journal").exists()
            arguments = ["--resume", "out"] if begun else [SELFTEST, "--out", "out"]
            child = self.start("run", *arguments)
            if kills < most_kills:
                try:
                    child.wait(timeout=rng.uniform(0, calm_s))
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
            _, errors = child.communicate(timeout=harness.MOST_SECONDS)
            if child.returncode == 1:
                break
            self.assertEqual(child.returncode, -signal.SIGKILL, errors)
            kills += 1
            kept.append(self.journal())
        for at_kill in kept:
            self.assertTrue(self.journal().startswith(at_kill[: journal_reader.whole_bytes(at_kill)]))
            self.check_kept(at_kill)
        journal_reader.ended_cells(self.journal())
        return kills

    def killed_run(self):
        """A run of two stages, killed in its first cells."""
        plan = self.write("calm.toml", PLAN)
        child = self.start("run", plan, "--out", "out")
        self.wait_for_record(child, journal_reader.CELL_BEGUN)
        child.kill()
        child.communicate()
        return plan

    def test_another_plan_is_refused_with_the_difference(self):
        plan = self.killed_run()
        before = self.journal()
        plan.write_text(PLAN.replace("repetitions = 20", "repetitions = 21", 1))
        done = self.rackproof("run", plan, "--resume", "out", status=2)
        self.assertIn("- 12: repetitions = 20", done.stderr)
        self.assertIn("+ 12: repetitions = 21", done.stderr)
        self.assertEqual(self.journal(), before, "a refused resume touched the journal")
        plan.write_text(PLAN)
        self.rackproof("run", plan, "--resume", "out", status=0)
        self.assertEqual(self.attribute("complete"), 1)

    def test_a_finished_run_gets_its_files_again_and_nothing_else(self):
        self.killed_run()
        self.rackproof("run", "--resume", "out", status=0)
        before = self.journal()
        verdicts = (self.folder / "out" / "verdicts.json").read_text()
        self.run_file().unlink()
        (self.folder / "out" / "verdicts.json").unlink()
        self.rackproof("run", "--resume", "out", status=0)
        self.assertEqual(self.journal(), before)
        self.assertEqual((self.folder / "out" / "verdicts.json").read_text(), verdicts)

    def test_a_second_controller_is_refused(self):
        child = self.start("run", self.write("calm.toml", LONG_PLAN), "--out", "out")
        self.wait_for_record(child, journal_reader.CELL_BEGUN)
        done = self.rackproof("run", "--resume", "out", status=2)
        self.assertIn("another rackproof is writing this run", done.stderr)
        child.communicate(timeout=harness.MOST_SECONDS)
        self.assertEqual(child.returncode, 0)

    def test_what_cannot_be_resumed_is_refused(self):
        self.assertIn("no journal", self.rackproof("run", "--resume", "nowhere", status=2).stderr)
        (self.folder / "out").mkdir()
        (self.folder / "out" / "journal").write_bytes(b"RPJRNL\r\n\x01\0\0\0")
        done = self.rackproof("run", "--resume", "out", status=2)
        self.assertIn("version 1; this rackproof reads version 4", done.stderr)
        self.rackproof("run", "smoke", "--resume", "out", "--out", "other", status=2)

    def test_a_torn_end_is_put_aside_and_said(self):
        self.killed_run()
        path = self.folder / "out" / "journal"
        path.write_bytes(self.journal()[:-3])
        done = self.rackproof("run", "--resume", "out", status=0)
        self.assertIn("torn", done.stderr)
        self.assertTrue((self.folder / "out" / "journal.torn").exists())
        self.assertEqual(self.attribute("complete"), 1)

    def test_interrupted_once_it_finishes_what_is_in_flight(self):
        child = self.start("run", self.write("calm.toml", LONG_PLAN), "--out", "out")
        self.wait_for_record(child, journal_reader.CELL_BEGUN, 2)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=harness.MOST_SECONDS)
        self.assertEqual(child.returncode, 3)
        self.assertEqual(self.attribute("complete"), 0)
        outcomes = self.outcomes()
        self.assertEqual(set(outcomes["selftest.pass"].values()), {"completed"})
        self.assertEqual(set(outcomes["selftest.pass.again"].values()), {"lost"})
        self.rackproof("run", "--resume", "out", status=0)
        self.assertEqual(set(self.outcomes()["selftest.pass.again"].values()), {"completed"})

    def in_a_small_filesystem(self, size, script):
        """Runs a shell script in a mount namespace of its own where ./disk has `size`; what it
        leaves in ./disk/out is kept as ./out. Returns what it printed and its status."""
        (self.folder / "disk").mkdir(exist_ok=True)
        plan = self.write("calm.toml", PLAN)
        whole = f"""mount -t tmpfs -o size={size} none disk && {script}
            status=$?; cp -r disk/out out; exit $status"""
        done = subprocess.run(["unshare", "-m", "bash", "-c", whole, harness.BINARY, plan],
                              cwd=self.folder, capture_output=True, text=True,
                              timeout=harness.MOST_SECONDS)
        return done

    def size_of_all_but_the_run_file(self):
        """In bytes, as a tmpfs counts them, of what a run writes before run.h5."""
        plan = self.write("calm.toml", PLAN)
        self.rackproof("run", plan, "--out", "undisturbed", status=0)
        files = [self.folder / "undisturbed" / "journal",
                 *(self.folder / "undisturbed" / "logs").iterdir()]
        return sum(-(-file.stat().st_size // PAGE) * PAGE for file in files)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_a_full_disk_keeps_what_arrived(self):
        """Full under the journal, and full under the run file behind it."""
        enough = self.size_of_all_but_the_run_file() + 3 * PAGE
        for size, path in ((2 * PAGE, "disk/out/journal"), (enough, "disk/out/run.h5")):
            done = self.in_a_small_filesystem(size, '"$0" run "$1" --out disk/out')
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(path, done.stderr)
            self.assertTrue(done.stderr.endswith("No space left on device\n"), done.stderr)
            arrived = journal_reader.ended_cells(self.journal())
            self.rackproof("run", "--resume", "out", status=0)
            self.assertEqual(self.attribute("complete"), 1)
            for key, outcome in arrived.items():
                self.assertEqual(self.by_cell()[key][0], outcome)
            os.rename(self.folder / "out", self.folder / f"of {size}")

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_a_read_only_folder_is_an_error_that_names_it(self):
        done = self.in_a_small_filesystem(
            "1m", 'mount -o remount,ro disk && "$0" run "$1" --out disk/out')
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("disk/out", done.stderr)
        self.assertIn("Read-only file system", done.stderr)

    def test_a_vanished_folder_is_an_error_and_what_arrived_is_put_back(self):
        child = self.start("run", self.write("calm.toml", LONG_PLAN), "--out", "out")
        self.wait_for_record(child, journal_reader.CELL_BEGUN, 2)
        shutil.rmtree(self.folder / "out")
        _, errors = child.communicate(timeout=harness.MOST_SECONDS)
        self.assertEqual(child.returncode, 3)
        self.assertIn("out/journal", errors)
        self.assertIn("was removed", errors)
        self.rackproof("run", "--resume", "out", status=0)
        self.assertEqual(self.attribute("complete"), 1)

    def test_interrupted_twice_it_stops_now(self):
        text = PLAN.replace("wait_s = 0.05", "wait_s = 2\ndeadline_s = 100")
        child = self.start("run", self.write("long.toml", text), "--out", "out")
        self.wait_for_record(child, journal_reader.CELL_BEGUN, 2)
        child.send_signal(signal.SIGINT)
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=harness.MOST_SECONDS)
        self.assertEqual(child.returncode, 3)
        self.assertEqual(journal_reader.ended_cells(self.journal()), {})
        self.assertEqual(journal_reader.count(self.journal(), journal_reader.RUN_FINISHED), 1)


if __name__ == "__main__":
    harness.main()
