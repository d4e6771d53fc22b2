"""Hosts on one machine: each with a network, a name, processes, /tmp and /dev/shm of its own.

    with Hosts(8) as hosts:
        hosts.mpirun("-np", "8", "hostname")
        hosts.link_dead("h003")

The head ("head") is where mpirun and the controller run; h001, h002, ... are reached from it over
a switch and by an rsh agent. A link has a rate of its own, so that 5 % of it means something.
Faults are those that racks have: killed and stopped ranks, dead hosts, dead, slow and lossy links and paths,
throttled processors.
"""

import os
import pathlib
import shutil
import signal
import time

from namespaces import NAMESPACES, OWN_TMP, Place, Site, command_of, under_tmp, what_is_missing

HEAD = "head"
LINK_MBIT = 400
QUEUE_MS = 20
CPU_GROUPS = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")  # version 1, 2
PERIOD_US = 100_000  # in which a share of the processor is used up
AGENT = pathlib.Path(__file__).with_name("hosts_agent.sh")
PROGRAMS = ("mpirun", "nft", "tc")
# $1: the name; $2: /etc/hosts; the others: see OWN_TMP.
PREPARATION = """
hostname "$1"
ip link set lo up
mount --bind "$2" /etc/hosts
shift 2
""" + OWN_TMP


def why_not():
    """Why there can be no hosts here; None if there can."""
    return what_is_missing(PROGRAMS)


def why_no_cpu_share():
    """Why no host here can be given a share of the processor; None if one can."""
    return None if _cpu_group() else "there is no cgroup with a CPU controller to write to"


def _cpu_group():
    for folder in CPU_GROUPS:
        controllers = folder / "cgroup.subtree_control"
        version_2 = controllers.exists() and "cpu" in controllers.read_text().split()
        if (version_2 or (folder / "cpu.cfs_quota_us").exists()) and os.access(folder, os.W_OK):
            return folder
    return None


class Hosts:
    """`head_sees`: folders under /tmp that the head shall see; `all_see`: that all hosts shall."""

    def __init__(self, count, head_sees=(), all_see=(), link_mbit=LINK_MBIT, queue_ms=QUEUE_MS):
        self.names = [f"h{number:03}" for number in range(1, count + 1)]
        self._head_sees = head_sees
        self._all_see = all_see
        self._link_mbit = link_mbit
        self._queue_ms = queue_ms
        self._cpu_groups = []
        self._site = Site("switch", "ip link add br0 type bridge; ip link set br0 up")

    def __enter__(self):
        self._site.__enter__()
        try:
            self._bring_up()
        except BaseException:
            self._site.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self._site.__exit__(None, None, None)
        for group in self._cpu_groups:
            self._remove_group(group)

    @staticmethod
    def _remove_group(group, most_s=5):
        """It is busy until the last of its processes is gone."""
        until = time.monotonic() + most_s
        while True:
            try:
                return group.rmdir()
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _bring_up(self):
        self.folder = self._site.folder
        (self.folder / "pids").mkdir()
        (self.folder / "cpu").mkdir()
        shutil.copy(AGENT, self.folder / "agent")
        addresses = {name: f"10.77.{i // 250}.{i % 250 + 1}"
                     for i, name in enumerate([HEAD, *self.names])}
        self._addresses = addresses
        names_file = self.folder / "names"
        names_file.write_text("127.0.0.1 localhost\n" + "".join(
            f"{address} {name}\n" for name, address in addresses.items()))
        visible = [self.folder, *self._all_see]
        started = {}
        for name in addresses:
            namespaces = NAMESPACES if name == HEAD else ("--pid", *NAMESPACES)
            seen = under_tmp([*visible, *self._head_sees] if name == HEAD else visible)
            started[name] = self._site.spawn_host(namespaces, PREPARATION, name, str(names_file), *seen)
        self.places = {name: Place(process) for name, process in started.items()}
        for name, place in self.places.items():
            (self.folder / "pids" / name).write_text(f"{place.number_inside()}\n")
            self._site.plug_in(name, place, addresses[name], "br0")
            self.link_rate(name, self._link_mbit)

    # What runs on them.

    @property
    def environment(self):
        """What mpirun needs, to reach the hosts as it would by ssh."""
        return {**os.environ, "RACKPROOF_HOSTS": str(self.folder),
                "OMPI_MCA_plm_rsh_agent": str(self.folder / "agent"),
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def popen(self, command, name=HEAD, **options):
        return self._site.popen(command, self.places[name], **{"env": self.environment, **options})

    def run(self, command, name=HEAD, **options):
        return self._site.run(command, self.places[name], **{"env": self.environment, **options})

    def mpirun(self, *arguments, **options):
        """One slot a host; a program's own arguments follow its name."""
        return self.run(["mpirun", "--host", ",".join(self.names), "--mca", "btl_tcp_if_include",
                         "eth0", "--mca", "oob_tcp_if_include", "eth0", *arguments], **options)

    def processes(self, name):
        """On this host, by their numbers on this machine."""
        return self.places[name].processes()

    def ranks(self, name):
        """The rackproof workers of this host."""
        return [pid for pid in self.processes(name) if command_of(pid)[1:2] == ["worker"]]

    # Faults.

    def kill_rank(self, name):
        self._signal(self.ranks(name)[:1], signal.SIGKILL)

    def stop_rank(self, name):
        """Neither dead nor alive: SIGSTOP."""
        self._signal(self.ranks(name)[:1], signal.SIGSTOP)

    def kill_orted(self, name):
        self._signal([pid for pid in self.processes(name)
                      if pathlib.Path(command_of(pid)[0] if command_of(pid) else "").name == "orted"],
                     signal.SIGKILL)

    def kill_host(self, name):
        """All of it at once, as a power cut does; its cable stays plugged in."""
        (self.folder / "pids" / name).unlink()
        self._signal([self.places[name].first], signal.SIGKILL)
        self.places[name].process.wait()

    def link_dead(self, name):
        self._drop(name, "drop")

    def link_loss(self, name, percent):
        """Of the packets, each way (those that the kernel has put together count as one)."""
        self._drop(name, f"numgen random mod 1000 < {round(10 * percent)} drop")

    def link_rate(self, name, mbit):
        """Both ways."""
        shape = ["root", "tbf", "rate", f"{mbit}mbit", "burst", "256kb", "latency",
                 f"{self._queue_ms}ms"]
        self._site.in_net(self.places[name], "tc", "qdisc", "replace", "dev", "eth0", *shape)
        self._site.in_net(self._site.place, "tc", "qdisc", "replace", "dev", f"v-{name}", *shape)

    def quick_acks(self):
        """No host waits up to 40 ms before it says that a message's last packets have come."""
        for place in self.places.values():
            self._site.in_net(place, "ip", "route", "change", "10.77.0.0/16", "dev", "eth0", "quickack", "1")

    def link_slow(self, name):
        """5 % of its rate."""
        self.link_rate(name, self._link_mbit / 20)

    def path_loss(self, name, other, percent):
        """Of the packets between these two alone, each way."""
        for host, source in (name, other), (other, name):
            self._rule(self.places[host], "eth0", f"path-{source}",
                       f"ip saddr {self._addresses[source]} numgen random mod 1000 < {round(10 * percent)} drop")

    def cpu_share(self, name, cores):
        """Of what is started there from now on, all together: a cgroup's quota."""
        parent = _cpu_group()
        group = parent / f"{self.folder.name}-{name}"
        group.mkdir()
        self._cpu_groups.append(group)
        quota_us = round(cores * PERIOD_US)
        if (group / "cpu.max").exists():
            (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota_us))
        (self.folder / "cpu" / name).write_text(f"{group}\n")

    def cpu_share_now(self, name, cores):
        """The same of what runs there already, too."""
        self.cpu_share(name, cores)
        group = pathlib.Path((self.folder / "cpu" / name).read_text().strip())
        for pid in self.processes(name):
            try:
                (group / "cgroup.procs").write_text(str(pid))
            except ProcessLookupError:
                pass

    def _drop(self, name, verdict):
        """Where they arrive, at either end of the cable: a sender that dropped its own would know."""
        for place, device in (self.places[name], "eth0"), (self._site.place, f"v-{name}"):
            self._rule(place, device, f"fault-{name}", verdict)

    def _rule(self, place, device, table, verdict):
        """For what arrives there."""
        self._site.in_net(place, "nft", "; ".join([
            f"add table netdev {table}",
            f"add chain netdev {table} in {{ type filter hook ingress device {device} priority 0; }}",
            f"add rule netdev {table} in {verdict}"]))

    @staticmethod
    def _signal(pids, number):
        if not pids:
            raise RuntimeError(f"no process there to send signal {number} to")
        for pid in pids:
            os.kill(pid, number)
