"""The Debian packages of this build: what is in them, and that what is in them works; `BareDebian`
installs them on one where nothing else is, and tries the guide there."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import namespaces
from harness import BINARY, SOURCE, HarnessTest

BUILD = BINARY.parents[1]
MIRROR = os.environ.get("RACKPROOF_MIRROR", "http://deb.debian.org/debian")
NVIDIAS = re.compile(r"^lib(cu|nv|nccl)|nvidia", re.IGNORECASE)
BY_NAME = {"libopenblas0-pthread", "openmpi-bin", "openssh-client"}  # loaded or started, not linked
TRIED = """
name = "tried"
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "device"
[[stage.suite]]
suite = "gemm"
precision = ["fp64"]
size = 256
repetitions = 3
[policy]
[[policy.limit]]
case = "gemm.*"
min = 1
unit = "MFLOP/s"
source = "what anything reaches"
"""


def why_not():
    absent = [name for name in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file") if shutil.which(name) is None]
    return f"there is no {', '.join(absent)}" if absent else None


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=600, **options).stdout


class PackageTest(HarnessTest):
    @classmethod
    def setUpClass(cls):
        cls.store = pathlib.Path(tempfile.mkdtemp(prefix="rackproof-packages-"))
        cls.addClassCleanup(shutil.rmtree, cls.store, ignore_errors=True)
        output_of("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", cls.store)
        cls.packages = {output_of("dpkg-deb", "--field", file, "Package").strip(): file
                        for file in cls.store.glob("*.deb")}


class Contents(PackageTest):
    def setUp(self):
        super().setUp()
        self.root = self.folder / "root"
        for file in self.packages.values():
            output_of("dpkg-deb", "--extract", file, self.root)
        self.program = self.root / "usr" / "bin" / "rackproof"
        self.documents = self.root / "usr" / "share" / "doc" / "rackproof"

    def installed(self, *arguments, status=0):
        done = subprocess.run([self.program, *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def field(self, package, name):
        return output_of("dpkg-deb", "--field", self.packages[package], name).strip()

    def test_what_it_depends_on_is_in_debian(self):
        self.assertIn(f"rackproof {self.field('rackproof', 'Version')}", self.installed("--version"))
        self.assertLessEqual(set(self.packages), {"rackproof", "rackproof-cuda"})
        for package in self.packages:
            names = {word.split()[0] for word in self.field(package, "Depends").split(",")}
            if package == "rackproof":
                self.assertLessEqual(BY_NAME | {"libopenmpi3", "libhwloc15"}, names)
            for name in names - {"rackproof"}:
                self.assertIn("installed", output_of("dpkg-query", "--show", "--showformat", "${Status}", name))

    def test_nothing_of_nvidias_is_in_it_or_linked(self):
        for line in output_of("dpkg-deb", "--contents", self.packages["rackproof"]).splitlines():
            self.assertNotRegex(line.rsplit("/", 1)[-1], NVIDIAS)
            self.assertNotIn(".so", line)
        for file in (self.program, *self.root.glob("usr/lib/rackproof/*.so")):
            needed = re.findall(r"NEEDED.*\[(.*)\]", output_of("readelf", "--dynamic", file))
            self.assertTrue(needed)
            self.assertEqual([name for name in needed if NVIDIAS.search(name)], [])

    def test_it_measures_judges_and_renders(self):
        plan = self.write("tried.toml", TRIED)
        self.assertIn("PASS", self.installed("run", plan, "--out", "out"))
        shipped = {path.stem for path in (SOURCE / "plans").glob("*.toml")} - {"xid"}
        self.assertLessEqual(shipped, set(re.findall(r"^\w[\w-]*", self.installed("list", "plans"), re.MULTILINE)))
        self.installed("judge", "out/run.h5", "--policy", "nightly")
        if (self.documents / "echarts").exists():
            self.installed("report", "out/run.h5", "--html", "out.html")
            self.assertTrue((self.documents / "echarts" / "NOTICE").read_text())

    def test_every_document_that_the_help_names_is_there(self):
        commands = re.findall(r"^  ([a-z]+) ", self.installed("--help").split("Subcommands:")[1], re.MULTILINE)
        named = {name for command in commands
                 for name in re.findall(r"docs/[\w.-]+\.md", self.installed(command, "--help"))}
        self.assertGreater(len(named), 5)
        self.assertEqual({name for name in named if not (self.documents / name).is_file()}, set())

    def test_the_shell_completes_it(self):
        script = self.root / "usr" / "share" / "bash-completion" / "completions" / "rackproof"
        self.assertEqual(script.read_text(), self.installed("completion", "bash"))


@unittest.skipIf(namespaces.what_is_missing(("debootstrap",)), namespaces.what_is_missing(("debootstrap",)))
class BareDebian(PackageTest):
    """A root by debootstrap, with a network, its own mounts, and this tree at /source."""

    PREPARE = """
    mount --bind "$1" "$1"; cd "$1"; shift
    mkdir -p source packages; mount --bind "$1" source; mount --bind "$2" packages; shift 2
    mount -t proc proc proc; mount --rbind /sys sys; mount --rbind /dev dev
    cp /etc/resolv.conf etc/resolv.conf; cp /etc/hosts etc/hosts
    exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
        OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 DEBIAN_FRONTEND=noninteractive "$@"
    """

    def inside(self, *command, status=0):
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", self.PREPARE, "sh",
                               self.root, SOURCE, self.store, *command],
                              capture_output=True, text=True, timeout=1800, check=False)
        self.assertEqual(done.returncode, status, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def test_it_installs_and_the_guide_runs_as_printed(self):
        self.root = self.folder / "root"
        output_of("debootstrap", "--variant=minbase", "bookworm", self.root, MIRROR)
        self.inside("apt-get", "install", "--yes", "--no-install-recommends",
                    *(f"/packages/{file.name}" for file in self.packages.values()))
        self.assertIn("smoke", self.inside("rackproof", "list", "plans"))
        self.assertIn("PASS", self.inside("rackproof", "run", "smoke", "--out", "/root/smoke"))
        self.inside("apt-get", "install", "--yes", "--no-install-recommends", "python3-h5py", "python3-xarray")
        self.inside("env", "RACKPROOF_BINARY=/usr/bin/rackproof", "RACKPROOF_SOURCE=/source",
                    "PYTHONPATH=/source/tests/support:/source/tests/e2e",
                    "python3", "-B", "/source/tests/e2e/guide_e2e.py")


if __name__ == "__main__":
    namespaces.test_main(why_not())
