"""A site: namespaces of their own (processes, network, mounts, names) for what a test starts.

Everything that runs in it dies with it, and it dies with the process that made it, however that
ends: the kernel kills the site's first process then, and with it all others. No name, no address
and no mount is added to the machine around it. What may be left is one folder in the temporary
directory, which the next site removes.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

PREFIX = "rackproof-site-"
SKIPPED = 77  # what ctest is told to take for "skipped"
NAMESPACES = ("--net", "--uts", "--mount", "--ipc")
# Says "ready" once its namespaces are as they shall be; tini, because orphans need a parent that
# reaps them. $0 prepares, in a shell; its arguments follow.
FIRST_PROCESS = 'set -eu; eval "$0"; echo ready; exec tini -s -- sleep infinity'

# A /tmp and /dev/shm of one's own, in which the arguments, folders, can be seen where they were.
OWN_TMP = r"""
mount -t tmpfs tmpfs /mnt
for folder; do mkdir -p "/mnt$folder"; mount --bind "$folder" "/mnt$folder"; done
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /dev/shm
for folder; do mkdir -p "$folder"; mount --move "/mnt$folder" "$folder"; done
umount /mnt
"""


def under_tmp(folders):
    """What OWN_TMP must be given of these folders: one in another comes with it."""
    there = {pathlib.PurePath(folder) for folder in folders if str(folder).startswith("/tmp/")}
    return sorted(str(folder) for folder in there if there.isdisjoint(folder.parents))


def what_is_missing(programs):
    """Why no site can be made here; None if one can."""
    if os.geteuid() != 0:
        return "needs root, for namespaces"
    absent = [name for name in ("unshare", "nsenter", "setpriv", "ip", "tini", *programs)
              if shutil.which(name) is None]
    if absent:
        return f"needs {', '.join(absent)}; scripts/setup installs them"
    tried = subprocess.run(["unshare", "--pid", "--fork", *NAMESPACES, "true"],
                           capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"no namespaces here: {tried.stderr.strip()}"


def remove_leftovers(least_age_s=60):
    """Folders of sites whose maker has gone without removing them: nobody holds their lock, nor is
    another test just about to take it, which does so at once."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            if time.time() - folder.stat().st_mtime < least_age_s:
                continue
            with open(folder / "lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def children(pid):
    return [int(child) for listing in pathlib.Path(f"/proc/{pid}/task").glob("*/children")
            for child in listing.read_text().split()]


def command_of(pid):
    """A process's arguments; none if it has gone."""
    try:
        return [word.decode(errors="replace")
                for word in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    except OSError:
        return []


class Place:
    """Namespaces kept open by a first process. `first` is its number on this machine."""

    def __init__(self, process):
        self.process = process
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"a place did not come up: {process.communicate()[1]}")
        self.first = self._find_first()
        self._inodes = {kind: os.stat(f"/proc/{self.first}/ns/{kind}").st_ino for kind in ("pid", "uts")}

    def _find_first(self):
        """The way down from the program that entered the namespaces to the tini in them; from the top
        again where it leads past, for what was a shell at the last look may be a tini at the next."""
        pid = self.process.pid
        while command_of(pid)[:1] != ["tini"]:
            below = children(pid)
            if not below:
                if self.process.poll() is not None:
                    raise RuntimeError(f"a place did not last: {self.process.communicate()[1]}")
                time.sleep(0.001)
            pid = below[0] if below else self.process.pid
        return pid

    def number_inside(self):
        """The first process's number in its site's own /proc."""
        with open(f"/proc/{self.first}/status", encoding="ascii") as status:
            numbers = next(line for line in status if line.startswith("NSpid:")).split()[1:]
        return int(numbers[1])

    def entering(self, *namespaces):
        return ["nsenter", "--target", str(self.first), *(namespaces or ("--pid", *NAMESPACES)), "--"]

    def processes(self, kind="uts"):
        """The processes, by number on this machine, whose namespace of this kind is the place's."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.stat(entry / "ns" / kind).st_ino == self._inodes[kind]:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


class Site:
    """A context: a folder that all of the site sees, and its first place. `preparation`: a shell
    does it there, with the folder as $1 and what `sees` names as the others."""

    def __init__(self, name, preparation="", sees=()):
        self._name = name
        self._preparation = preparation
        self._sees = sees
        self._children = []
        self._lock = None
        self.folder = None

    def make_folder(self):
        """What the preparation needs can be put there before the site is entered."""
        remove_leftovers()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = open(self.folder / "lock", "wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.folder.chmod(0o755)

    def __enter__(self):
        if self.folder is None:
            self.make_folder()
        try:
            self.place = Place(self._spawn(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", *NAMESPACES, "--fork",
                 "--kill-child", "--mount-proc"],
                f'hostname {self._name}; ip link set lo up; {self._preparation}', str(self.folder), *self._sees))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        for child in reversed(self._children):
            child.kill()
        for child in self._children:
            child.communicate()
        if self._lock is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._lock.close()

    def _spawn(self, entering, preparation, *arguments):
        child = subprocess.Popen([*entering, "sh", "-c", FIRST_PROCESS, preparation, *arguments],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, start_new_session=True)
        self._children.append(child)
        return child

    def spawn_host(self, namespaces, preparation, *arguments):
        """Starts a place within the site, with these namespaces of its own; Place() waits for it."""
        own = [*namespaces, *(("--fork", "--kill-child", "--mount-proc") if "--pid" in namespaces else ())]
        return self._spawn([*self.place.entering(), "unshare", *own], preparation, *arguments)

    def plug_in(self, name, place, address, switch):
        """Connects a place by its eth0, with this address, to the bridge `switch` of the site."""
        on_switch, in_place = self.place.entering("--net"), place.entering("--net")
        self._do([*on_switch, "ip", "link", "add", f"v-{name}", "type", "veth", "peer", "name", "eth0",
                  "netns", str(place.first)])
        self._do([*on_switch, "ip", "link", "set", f"v-{name}", "master", switch, "up"])
        self._do([*in_place, "ip", "address", "add", f"{address}/16", "dev", "eth0"])
        self._do([*in_place, "ip", "link", "set", "eth0", "up"])

    @staticmethod
    def _do(command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")

    def in_net(self, place, *command):
        """Runs a command in a place's network alone; the machine's files are there."""
        self._do([*place.entering("--net"), *command])

    def popen(self, command, place=None, folder="/", **options):
        """Starts a program in a place, in a folder as seen from there."""
        child = subprocess.Popen(
            [*(place or self.place).entering(), "env", "--chdir", str(folder), *map(str, command)],
            start_new_session=True, **options)
        self._children.append(child)
        return child

    def run(self, command, place=None, timeout=60, check=True, **options):
        """The same to its end; its output as text."""
        return subprocess.run([*(place or self.place).entering(), *map(str, command)], timeout=timeout,
                              check=check, capture_output=True, text=True, **options)


def test_main(reason):
    """Runs a file's tests; where they cannot run, says why, and ctest counts them as skipped."""
    if reason:
        print(f"SKIPPED: {reason}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
