"""rackproof watch: over a run that is under way, finished, crashed, stopped or hostile; on a terminal
and without one."""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

import harness
import journal_reader
from harness import BINARY, HarnessTest

PLAN = """name = "watched"
[run]
deadline_s = 200
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "one"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
repetitions = 4
wait_s = 0.01
"""
LONG_PLAN = PLAN.replace("repetitions = 4\nwait_s = 0.01", "repetitions = 600\nwait_s = 0.2\ndeadline_s = 190")


class Watch(HarnessTest):
    def begin(self):
        """A run of two minutes, once its cells have begun."""
        child = self.start("run", self.write("plan.toml", LONG_PLAN), "--out", "out")
        until = time.monotonic() + harness.MOST_SECONDS
        while journal_reader.count(self.journal(), journal_reader.CELL_BEGUN) < 2:
            self.assertIsNone(child.poll(), "the run ended before it")
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        return child

    def journal(self):
        path = self.folder / "out" / "journal"
        return path.read_bytes() if path.exists() else b""

    def end(self, child, sign):
        """Ends the controller by this signal, and all that it started."""
        below = harness.descendants(child.pid)
        child.send_signal(sign)
        child.communicate(timeout=harness.MOST_SECONDS)
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def test_running_then_crashed_then_finished(self):
        child = self.begin()
        done = self.rackproof("watch", "out", "--once", status=0)
        self.assertRegex(done.stdout, r"^running; last written \d+ s ago\n")
        self.assertIn("watched: 0 of 2 cells ended; stage 1 of 1, one", done.stdout)
        self.assertRegex(done.stdout, r"NODE +DEVICE +CELLS +RATE +PEERS +TEMP +POWER +NOW\n")
        self.assertRegex(done.stdout, r" cpu0 +0/1 ")
        self.end(child, signal.SIGKILL)
        done = self.rackproof("watch", "out", "--once", status=3)
        self.assertRegex(done.stdout, r"^CRASHED: no controller writes it")
        self.rackproof("run", self.write("short.toml", PLAN), "--out", "short", status=0)
        done = self.rackproof("watch", "short", "--once", status=0)
        self.assertRegex(done.stdout, r"^finished \d{4}-\S+Z, complete\nwatched: 2 of 2 cells ended; run time")
        self.assertRegex(done.stdout, r" cpu1 +1/1 +[0-9.]+ k?1/s .* last: selftest.pass")

    def test_a_copy_of_a_running_run_is_not_alive(self):
        self.begin()
        shutil.copytree(self.folder / "out", self.folder / "copy")
        self.rackproof("watch", "out", "--once", status=0)
        done = self.rackproof("watch", "copy", "--once", status=3)
        self.assertIn("CRASHED", done.stdout)

    def test_a_stopped_controller_is_silent_and_not_running(self):
        child = self.begin()
        child.send_signal(signal.SIGSTOP)
        try:
            done = self.rackproof("watch", "out", "--once")
            until = time.monotonic() + harness.MOST_SECONDS
            while done.returncode == 0 and time.monotonic() < until:  # it has just written
                time.sleep(1)
                done = self.rackproof("watch", "out", "--once")
            self.assertEqual(done.returncode, 3, done.stdout)
            self.assertRegex(done.stdout, r"^SILENT: its controller holds the journal and writes nothing")
        finally:
            child.send_signal(signal.SIGCONT)

    def test_a_run_that_was_interrupted_is_finished_and_incomplete(self):
        child = self.begin()
        self.end(child, signal.SIGTERM)
        done = self.rackproof("watch", "out", "--once", status=3)
        self.assertRegex(done.stdout, r"^finished \S+, INCOMPLETE: stopped before its end")

    def test_whoever_looks_keeps_nobody_from_going_on(self):
        child = self.begin()
        self.end(child, signal.SIGTERM)
        looks = self.folder / "out" / "journal"
        with open(looks, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            resumed = self.start("run", "--resume", "out")
            time.sleep(0.02)
            fcntl.flock(file, fcntl.LOCK_UN)
        resumed.send_signal(signal.SIGTERM)
        _, errors = resumed.communicate(timeout=harness.MOST_SECONDS)
        self.assertNotIn("another rackproof is writing", errors)

    def test_what_is_no_run_is_refused(self):
        self.assertIn("has no journal", self.rackproof("watch", "nowhere", "--once", status=2).stderr)
        (self.folder / "out").mkdir()
        (self.folder / "out" / "journal").write_bytes(b"hello")
        self.assertIn("is no rackproof journal", self.rackproof("watch", "out", status=2).stderr)

    def on_terminal(self, folder="out"):
        """(process, our end of its terminal, how the terminal was set)."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 90, 0, 0))
        before = termios.tcgetattr(its)
        child = subprocess.Popen([BINARY, "watch", folder], stdin=its, stdout=its, stderr=its, cwd=self.folder,
                                 env={**os.environ, "TERM": "xterm"}, start_new_session=True)
        self.addCleanup(self._end, child)
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, its)
        self.its = its
        return child, ours, before

    def read_until(self, ours, what, shown=b""):
        until = time.monotonic() + harness.MOST_SECONDS
        while what not in shown:
            self.assertLess(time.monotonic(), until, shown)
            if select.select([ours], [], [], 1)[0]:
                shown += os.read(ours, 65536)
        return shown

    def test_on_a_terminal_it_refreshes_and_ends_on_q_and_signals(self):
        self.begin()
        for how in ("q", signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            child, ours, before = self.on_terminal()
            shown = self.read_until(ours, b"\x1b[?1049h")
            for _ in range(2):  # drawn twice
                shown = self.read_until(ours, b"\x1b[J", shown.split(b"\x1b[J", 1)[-1])
            if how == "q":
                os.write(ours, b"x")
                os.write(ours, b"q")
            else:
                child.send_signal(how)
            shown = self.read_until(ours, b"\x1b[?25h\x1b[?1049l", shown)
            self.assertEqual(child.wait(timeout=harness.MOST_SECONDS), 0)
            self.assertEqual(termios.tcgetattr(self.its), before, how)

    def test_on_a_terminal_it_ends_with_the_run(self):
        child = self.begin()
        watching, ours, before = self.on_terminal()
        self.read_until(ours, b"running")
        self.end(child, signal.SIGKILL)
        shown = self.read_until(ours, b"\x1b[?1049l")
        shown = self.read_until(ours, b"CRASHED", shown.split(b"\x1b[?1049l", 1)[1])
        self.assertEqual(watching.wait(timeout=harness.MOST_SECONDS), 3)
        self.assertEqual(termios.tcgetattr(self.its), before)


if __name__ == "__main__":
    harness.main()
