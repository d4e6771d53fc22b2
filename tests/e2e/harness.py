"""What the end-to-end tests share: the real binary, a folder of its own, the files it wrote.

A test ends only processes that it started, and removes what it made, also when it fails.
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import h5py

BINARY = pathlib.Path(os.environ["RACKPROOF_BINARY"])
SOURCE = pathlib.Path(os.environ["RACKPROOF_SOURCE"])
MOST_SECONDS = 300
os.environ.pop("OPENBLAS_CORETYPE", None)  # a run that has it is watched, and rightly
# Of a plan: self-tests are held against a limit, for nodes that share two cores are no peers.
SELFTESTS_BY_LIMIT = """[policy]
min_cohort = 1000
[[policy.limit]]
case = "selftest.*"
min = 1
unit = "1/s"
source = "a tenth of what a passing self-test reaches"
"""


def seed():
    """The seed of this process: RACKPROOF_SEED, or a fresh one; printed, so that a failure can
    be had again."""
    value = int(os.environ.get("RACKPROOF_SEED", random.SystemRandom().randrange(2**31)))
    print(f"RACKPROOF_SEED={value}", file=sys.stderr)
    return value


def checked_by_promtool(text):
    """What Prometheus' own tool says of metrics: (exit status, its words)."""
    found = shutil.which("promtool", path=f"{os.environ.get('PATH', '')}:{SOURCE}/build/tools")
    if found is None:
        raise unittest.SkipTest("there is no promtool (scripts/setup browser fetches it)")
    done = subprocess.run([found, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def before_all_others():
    """This process runs whenever it wants to, where it may (not so what it starts): what is to
    happen in the middle of something short must not come when a busy machine finds time for it."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class HarnessTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rackproof-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def rackproof(self, *arguments, status=None, environment=None, **options):
        """Runs the binary to its end. `status`: what it must exit with."""
        done = subprocess.run(
            [BINARY, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            cwd=self.folder,
            env={**os.environ, "TERM": "dumb", **(environment or {})},
            **options,
        )
        if status is not None:
            self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def start(self, *arguments):
        """Starts the binary in a session of its own, ended with the test."""
        child = subprocess.Popen(
            [BINARY, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**os.environ, "TERM": "dumb"},
            start_new_session=True,
        )
        self.addCleanup(self._end, child)
        return child

    @staticmethod
    def _end(child):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def verdicts(self, out="out"):
        return json.loads((self.folder / out / "verdicts.json").read_text())

    def run_file(self, out="out"):
        return self.folder / out / "run.h5"

    def outcomes(self, out="out"):
        """{metric: {(target, attempt): outcome}} of a run file."""
        found = {}
        with h5py.File(self.run_file(out), "r") as run:
            for name, metric in run["metrics"].items():
                names = {number: text for text, number in h5py.check_enum_dtype(metric["outcome"].dtype).items()}
                rows = zip(metric["target"][...], metric["attempt"][...], metric["outcome"][...])
                found[name] = {(int(t), int(a)): names[int(o)] for t, a, o in rows}
        return found

    def findings(self, out="out"):
        return self.verdicts(out)["findings"]


def descendants(pid):
    """The pids below `pid`, whichever thread started them."""
    below = []
    for listing in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            below.append(int(child))
            below.extend(descendants(int(child)))
    return below


def command_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def main():
    unittest.main(verbosity=2)
