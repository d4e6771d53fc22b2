"""The bundle of scripts/gpu-check on a machine that has a C library and a shell, and nothing else: no
MPI, no HDF5, no network but itself, another folder than the one it was packed in."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import harness
import namespaces
from harness import SOURCE, HarnessTest

sys.path.insert(0, str(SOURCE / "scripts"))
sys.dont_write_bytecode = True

from gpu_check import pack, steps  # noqa: E402

BUILD = harness.BINARY.parents[1]
PLAN = """
name = "elsewhere"
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "self"
[[stage.suite]]
suite = "selftest"
[[stage]]
name = "mpi"
[[stage.suite]]
suite = "collectives"
operations = ["all_reduce"]
max_bytes = 1024
repetitions = 2
[policy]
optional = ["*"]
"""
# In namespaces of its own: `sh -c BARE ROOT COMMAND...` sees ROOT, the kernel's folders and nothing
# else. The mounts end with it.
BARE = """
set -eu
root=$1
shift
ip link set lo up
for folder in proc sys dev; do mkdir -p "$root/$folder"; mount --rbind "/$folder" "$root/$folder"; done
exec chroot "$root" "$@"
"""


def c_library():
    """Paths of the loader and of the C library's parts that any machine has."""
    listed = subprocess.run(["ldd", harness.BINARY], capture_output=True, text=True, check=True).stdout
    paths = [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", listed)]
    parts = {path for path in paths if pack.GLIBC.fullmatch(path.name)}
    folder = next(path.parent for path in parts if path.name.startswith("libc."))
    named = (folder / name for name in ("libdl.so.2", "libpthread.so.0", "librt.so.1",
                                        "libresolv.so.2", "libutil.so.1"))
    return parts | {path for path in named if path.exists()}


class GpuCheck(HarnessTest):
    def bare_machine(self):
        root = self.folder / "machine"
        for folder in ("tmp", "bin", "etc"):
            (root / folder).mkdir(parents=True)
        shell = pathlib.Path(shutil.which("dash") or "/bin/sh")
        for path in [*c_library(), shell]:
            target = root / str(path).lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        (root / "bin/sh").unlink(missing_ok=True)
        shutil.copy(shell, root / "bin/sh")
        return root

    def test_the_bundle_runs_where_there_is_nothing(self):
        packed = subprocess.run([SOURCE / "scripts/gpu-check", "--pack", self.folder / "bundle",
                                 "--build", BUILD], capture_output=True, text=True, timeout=300)
        self.assertEqual(packed.returncode, 0, packed.stderr)
        facts = json.loads((self.folder / "bundle/bundle.json").read_text())
        size = sum(path.stat().st_size for path in (self.folder / "bundle").rglob("*"))
        self.assertLess(size, 64 << 20)
        self.assertTrue((self.folder / "bundle/lib/rackproof/librackproof_cuda.so").is_file())
        self.assertTrue((self.folder / "bundle/gpu-check").is_file())
        root = self.bare_machine()
        (self.folder / "bundle").rename(root / "moved")
        (root / "plan.toml").write_text(PLAN)
        run = self.on(root, "rackproof", "run", "/plan.toml", "--out", "/out")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        shutil.copytree(root / "out", self.folder / "out")
        outcomes = [outcome for cells in self.outcomes().values() for outcome in cells.values()]
        self.assertEqual(set(outcomes), {"completed"})
        devices = self.on(root, "rackproof", "list", "devices").stdout
        self.assertIn("no GPUs: no NVIDIA driver is installed", devices)
        for program in sorted({test["program"] for test in facts["tests"]}):
            listed = self.on(root, program, "--gtest_list_tests")
            self.assertEqual(listed.returncode, 0, listed.stderr)

    @staticmethod
    def on(root, program, *arguments):
        """Runs a program of the bundle on the bare machine, in the environment of a real check."""
        own = steps.bundle_environment(pathlib.Path("/moved"), "libcublasLt.so.0")
        kept = {name: value for name, value in own.items()
                if name.startswith(("OPAL_", "OMPI_", "PMIX_")) or name == "TERM"}
        inner = {**kept, "PATH": "/moved/bin:/bin", "LD_LIBRARY_PATH": "/moved/lib", "HOME": "/"}
        return subprocess.run(
            ["unshare", "--mount", "--net", "sh", "-c", BARE, "sh", root, "/bin/sh", "-c",
             'while [ "$1" != -- ]; do export "$1"; shift; done; shift; exec "$@"', "sh",
             *(f"{name}={value}" for name, value in inner.items()), "--",
             f"/moved/bin/{program}", *arguments],
            capture_output=True, text=True, timeout=300, check=False)


if __name__ == "__main__":
    namespaces.test_main(namespaces.what_is_missing(["chroot", "strip", "ldd"]))
