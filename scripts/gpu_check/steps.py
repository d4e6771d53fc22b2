"""Runs programs of the bundle one after the other: each with a deadline of its own and what is left
of the whole, its output in a log, its process group ended with it."""

import glob
import os
import pathlib
import signal
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """How a step ended: `problem` is empty if its program exited with a status that was expected."""
    status: int | None
    output: str
    elapsed_s: float
    problem: str


class Runner:
    def __init__(self, logs, environment, whole_s):
        self.logs = logs
        self.environment = environment
        self.end = time.monotonic() + whole_s
        self.problems = []
        logs.mkdir(parents=True, exist_ok=True)

    def left_s(self):
        return self.end - time.monotonic()

    def run(self, name, command, limit_s, expected=(0,), stderr_apart=False, **environment):
        """Runs `command` to its end. Its output is returned and kept in LOGS/name.log."""
        limit_s = min(limit_s, self.left_s())
        if limit_s <= 1:
            return self._ended(name, None, "", 0.0, "not started: no time was left")
        log = self.logs / f"{name}.log"
        begin = time.monotonic()
        try:
            with log.open("wb") as out, (self.logs / f"{name}.err").open("wb") as err:
                child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                         stdout=out, stderr=err if stderr_apart else out,
                                         env={**self.environment, **environment},
                                         start_new_session=True)
                status, problem = self._wait(child, limit_s, expected)
        except OSError as error:
            status, problem = None, f"cannot be started: {error}"
        if not stderr_apart:
            (self.logs / f"{name}.err").unlink(missing_ok=True)
        output = log.read_text(errors="replace") if log.exists() else ""
        return self._ended(name, status, output, time.monotonic() - begin, problem)

    @staticmethod
    def _wait(child, limit_s, expected):
        try:
            status = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            end_group(child, signal.SIGTERM, 3)
            end_group(child, signal.SIGKILL, 5)
            return None, f"not done after {limit_s:.0f} s"
        end_group(child, signal.SIGKILL, 0)  # what it left behind
        if status in expected:
            return status, ""
        if status < 0:
            return status, f"killed by {signal.Signals(-status).name}"
        return status, f"exit status {status}"

    def _ended(self, name, status, output, elapsed_s, problem):
        if problem:
            self.problems.append(f"{name}: {problem}")
        say(f"{name}: {elapsed_s:.1f} s{', ' + problem if problem else ''}")
        return Ended(status, output, elapsed_s, problem)


def end_group(child, signal_number, patience_s):
    try:
        os.killpg(child.pid, signal_number)
        child.wait(patience_s)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass


def say(text):
    print(f"gpu-check: {text}", file=sys.stderr, flush=True)


def folders_with(name):
    """Folders of this machine that hold CUDA's library `name`, the likeliest first."""
    places = ["/usr/local/cuda/lib64", "/usr/local/cuda*/lib64",
              "/usr/local/cuda*/targets/*/lib", "/usr/lib/*-linux-gnu"]
    python = subprocess.run(["python3", "-c", "import nvidia; print(*nvidia.__path__, sep='\\n')"],
                            capture_output=True, text=True, check=False)
    for place in python.stdout.split("\n") if python.returncode == 0 else []:
        if place:
            places += [f"{place}/cu*/lib", f"{place}/cublas/lib"]
    return [str(pathlib.Path(found).parent) for place in places
            for found in sorted(glob.glob(f"{place}/{name}"))]


def bundle_environment(bundle, cublaslt):
    """What the bundle's programs run in: its own MPI, its own libraries, this machine's CUDA."""
    libraries = [str(bundle / "lib")] + folders_with(cublaslt)[:1]
    if os.environ.get("LD_LIBRARY_PATH"):
        libraries.append(os.environ["LD_LIBRARY_PATH"])
    lib, share = bundle / "lib", bundle / "share"
    return {
        **os.environ,
        "PATH": f"{bundle / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "LD_LIBRARY_PATH": ":".join(libraries),
        "OPAL_PREFIX": str(bundle), "OPAL_BINDIR": str(bundle / "bin"), "OPAL_LIBDIR": str(lib),
        "OPAL_PKGLIBDIR": str(lib / "openmpi"), "OPAL_PKGDATADIR": str(share / "openmpi"),
        "OPAL_SYSCONFDIR": str(share / "openmpi"),
        "PMIX_PREFIX": str(bundle), "PMIX_LIBDIR": str(lib), "PMIX_PKGLIBDIR": str(lib / "pmix"),
        "PMIX_PKGDATADIR": str(share / "pmix"), "PMIX_SYSCONFDIR": str(share / "pmix"),
        "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_plm": "isolated",  # this machine alone, and it may have no ssh
        "TERM": "dumb",
    }
