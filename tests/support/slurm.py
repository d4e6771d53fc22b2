"""A Slurm of its own on one machine: munge, slurmctld, and many slurmd, each with a host name.

    with Slurm(16, racks=4) as slurm:
        slurm.run(["srun", "-N", "16", "hostname"])
        slurm.drain("n003", "bad DIMM")

All of it lives in a site (namespaces.py): the loopback network and the folders /etc/slurm,
/etc/munge, /run, /tmp, /var/log and /var/spool are its own, so the usual paths and ports serve and
nothing of the machine's own Slurm is touched. Each node has a network, a host name, /tmp and
/dev/shm of its own and shares the rest with the head (Debian's slurmd is built to run many on one
host).
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

from namespaces import OWN_TMP, Place, Site, command_of, under_tmp, what_is_missing

HEAD = "head"
PARTITION = "rack"
PROGRAMS = ("slurmctld", "slurmd", "munged", "srun", "sbatch", "scontrol", "sinfo")
MOST_SECONDS = 60
# $1: the folder with what this writes; $@: see OWN_TMP. Own copies of every folder that daemons write to.
PREPARATION = r"""
folder=$1
ip link add eth0 type bridge  # the switch, and the head's own interface
ip address add 10.78.0.1/16 dev eth0
ip link set eth0 up
for place in /etc/slurm /etc/munge /run /var/log /var/spool /var/lib/munge; do
    mkdir -p "$place"
    mount -t tmpfs tmpfs "$place"
done
mkdir -p /run/slurm /run/munge /var/log/munge /var/log/slurm /var/spool/slurm
cp "$folder/slurm.conf" "$folder/topology.conf" "$folder/gres.conf" /etc/slurm/
cp "$folder/munge.key" /etc/munge/
chown -R munge: /etc/munge /run/munge /var/log/munge /var/lib/munge
chmod 400 /etc/munge/munge.key
chmod 755 /run/munge
mount --bind "$folder/names" /etc/hosts
""" + OWN_TMP
NODE_PREPARATION = """
hostname "$1"
ip link set lo up
mkdir -p "/var/spool/slurm/$1"
shift
""" + OWN_TMP
CONFIGURATION = """
ClusterName=test
SlurmctldHost={head}(10.78.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=/var/spool/slurm/state
SlurmdSpoolDir=/var/spool/slurm/%n
TmpFS=/tmp
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/%n.pid
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout={timeout_s}
KillWait=3
JobRequeue=1
SchedulerParameters=batch_sched_delay=0,sched_interval=1
TreeWidth=65533
PropagateResourceLimits=NONE
{topology_plugin}
GresTypes=gpu
NodeName=n[001-{last:03}] CPUs=2 RealMemory=1000 State=UNKNOWN{gres}
PartitionName={partition} Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""


def why_not():
    """Why Slurm cannot run here; None if it can."""
    return what_is_missing(PROGRAMS)


class Slurm:
    """`racks`: leaf switches of a topology, each with as many nodes; 0 for no topology. `sees`: folders
    under /tmp that it shall see. `gpus`: of each node, as far as Slurm knows."""

    def __init__(self, count, racks=0, sees=(), timeout_s=10, gpus=0):
        self.names = [f"n{number:03}" for number in range(1, count + 1)]
        self._racks = racks
        self._sees = sees
        self._timeout_s = timeout_s
        self._gpus = gpus
        self._site = Site(HEAD, PREPARATION, under_tmp(sees))

    def __enter__(self):
        try:
            self._site.make_folder()
            self.folder = self._site.folder
            self._write_configuration()
            self._site.__enter__()
            self._start_daemons()
        except BaseException:
            self._site.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self._site.__exit__(None, None, None)

    def racks(self):
        """{rack: its nodes}"""
        size = len(self.names) // self._racks
        return {f"r{rack + 1}": self.names[rack * size:(rack + 1) * size] for rack in range(self._racks)}

    def _write_configuration(self):
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            head=HEAD, last=len(self.names), partition=PARTITION,
            timeout_s=self._timeout_s, gres=f" Gres=gpu:{self._gpus}" if self._gpus else "",
            topology_plugin="TopologyPlugin=topology/tree" if self._racks else ""))
        leaves = [f"SwitchName={rack} Nodes={','.join(nodes)}\n" for rack, nodes in self.racks().items()] \
            if self._racks else []
        spine = [f"SwitchName=spine Switches={','.join(self.racks())}\n"] if self._racks > 1 else []
        (self.folder / "topology.conf").write_text("".join(leaves + spine))
        (self.folder / "gres.conf").write_text(
            f"Name=gpu Count={self._gpus} File=/dev/tty[0-{self._gpus - 1}]\n" if self._gpus else "")
        (self.folder / "munge.key").write_bytes(os.urandom(1024))
        (self.folder / "munge.key").chmod(0o400)
        (self.folder / "names").write_text(
            f"127.0.0.1 localhost\n10.78.0.1 {HEAD}\n" +
            "".join(f"{address} {name}\n" for name, address in self._addresses().items()))

    def _addresses(self):
        return {name: f"10.78.{number // 250}.{number % 250 + 2}"
                for number, name in enumerate(self.names)}

    def _start_daemons(self):
        self.run(["setpriv", "--reuid", "munge", "--regid", "munge", "--clear-groups", "munged"])
        self._daemons = [self._site.popen(["slurmctld", "-D", "-c"], stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)]
        started = {name: self._site.spawn_host(("--net", "--uts", "--mount"), NODE_PREPARATION, name,
                                               *under_tmp(self._sees)) for name in self.names}
        self.places = {name: Place(process) for name, process in started.items()}
        for name, address in self._addresses().items():
            self._site.plug_in(name, self.places[name], address, "eth0")
            self.start_node(name)
        self.wait_for_state(self.names, "IDLE")

    def start_node(self, name):
        self._daemons.append(self._site.popen(["slurmd", "-D", "-N", name], self.places[name],
                                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    # What runs in it.

    def run(self, command, **options):
        return self._site.run(command, **options)

    def popen(self, command, **options):
        return self._site.popen(command, **options)

    def processes(self, name):
        """On this node, by their numbers on this machine."""
        return self.places[name].processes()

    def states(self):
        """{node: its state in Slurm's words, such as IDLE or DOWN+DRAIN}"""
        listing = self.run(["scontrol", "show", "node", "-o"]).stdout
        fields = [dict(word.partition("=")[::2] for word in line.split()) for line in listing.splitlines()]
        return {node["NodeName"]: node["State"] for node in fields}

    def wait_for_state(self, names, state, seconds=MOST_SECONDS):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                found = self.states()
            except subprocess.CalledProcessError:  # slurmctld is not up yet
                found = {}
            if all(found.get(name, "").rstrip("*") == state for name in names):
                return
            time.sleep(0.05)
        raise RuntimeError(f"waited for {state} of {names}; {found}\n{self.logs()}")

    def wait_for_no_jobs(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.run(["squeue", "--noheader"]).stdout.strip():
                return
            time.sleep(0.2)
        raise RuntimeError(self.run(["squeue"]).stdout + self.logs())

    def logs(self):
        return self.run(["sh", "-c", "tail -n 3 /var/log/slurm/*.log"]).stdout

    # Faults.

    def drain(self, name, reason):
        self.run(["scontrol", "update", f"NodeName={name}", "State=DRAIN", f"Reason={reason}"])

    def requeue(self, job):
        """Ends a running job and puts it back into the queue, with its number."""
        self.begin_requeue(job)
        self.wait_for_job(job, "PENDING")

    def begin_requeue(self, job):
        self.run(["scontrol", "requeue", job])

    def hold_daemon(self, name):
        """slurmd of the node neither does what it is told nor ends."""
        self._signal_daemon(name, signal.SIGSTOP)

    def release_daemon(self, name):
        self._signal_daemon(name, signal.SIGCONT)

    def _signal_daemon(self, name, number):
        for pid in self._own_processes(name, ("slurmd",)):
            os.kill(pid, number)

    def start_soon(self, job):
        """A requeued job, which Slurm else holds back for two minutes: not in the second that it was
        ended in, for which its credential stays revoked."""
        self.run(["scontrol", "update", f"JobId={job}", "StartTime=now+3"])

    def wait_for_job(self, job, state):
        until = time.monotonic() + MOST_SECONDS
        while (found := self.run(["squeue", "--noheader", "--format", "%T", "--jobs", job]).stdout.strip()) != state:
            if time.monotonic() > until:
                raise RuntimeError(f"waited for job {job} to be {state}; it is {found}\n{self.logs()}")
            time.sleep(0.1)

    def kill_node(self, name):
        """slurmd and every slurmstepd of the node, by SIGKILL, until none is left; what they had
        started goes on."""
        if not self._own_processes(name):
            raise RuntimeError(f"no slurmd on {name}")
        until = time.monotonic() + MOST_SECONDS
        while daemons := self._own_processes(name):
            if time.monotonic() > until:
                raise TimeoutError(f"{name}: processes {daemons} outlive SIGKILL")
            for pid in daemons:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def _own_processes(self, name, programs=("slurmd", "slurmstepd")):
        return [pid for pid in self.processes(name)
                if pathlib.Path((command_of(pid) or [""])[0].rstrip(":")).name in programs]
