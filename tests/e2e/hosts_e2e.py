"""The hosts and the Slurm that other tests stand on: what they promise, and that nothing stays."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import hosts
import namespaces
import slurm

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], 7777), 1)"
LISTEN = "import socket; s = socket.create_server(('', 7777)); print('up', flush=True)\nwhile s.accept(): pass"
RECEIVE = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7778))
print("up", flush=True)
count = 0
while s.recv(10) != b"end": count += 1
print(count)
"""
SEND = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1000):
    s.sendto(b"x", (sys.argv[1], 7778))
    if i % 20 == 0: time.sleep(0.001)
for _ in range(50): s.sendto(b"end", (sys.argv[1], 7778))
"""
MAKER = f"""
import sys, time
sys.path[:0] = {[str(pathlib.Path(hosts.__file__).parent)]!r}
import hosts
with hosts.Hosts(2) as made:
    print(made.folder, *(place.first for place in made.places.values()), flush=True)
    time.sleep(600)
"""


def gone(pid):
    """True once a process has ended; what its reaper has not seen yet has ended too."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class HostsOnOneMachine(unittest.TestCase):
    def connects(self, made, source, target):
        done = made.run([sys.executable, "-c", CONNECT, target], name=source, check=False)
        return done.returncode == 0

    def test_each_has_a_name_and_files_of_its_own(self):
        with hosts.Hosts(3) as made:
            for name in made.names:
                made.run(["touch", f"/tmp/{name}", f"/dev/shm/{name}"], name=name)
            said = made.mpirun("sh", "-c", "echo $(hostname) $(ls /tmp | grep '^h') $(ls /dev/shm)")
            self.assertEqual(sorted(line.split() for line in said.stdout.splitlines()),
                             [[name] * 3 for name in made.names])

    def test_link_faults_hit_their_host_alone(self):
        with hosts.Hosts(3) as made:
            for name in made.names:
                listener = made.popen([sys.executable, "-c", LISTEN], name=name, stdout=subprocess.PIPE)
                self.assertEqual(listener.stdout.readline(), b"up\n")
                self.addCleanup(listener.stdout.close)
            made.link_dead("h002")
            made.link_slow("h003")
            self.assertFalse(self.connects(made, "head", "h002"))
            self.assertFalse(self.connects(made, "h002", "h001"))
            self.assertTrue(self.connects(made, "head", "h001"))
            self.assertTrue(self.connects(made, "h001", "h003"))
            self.assertIn("rate 20Mbit", made.run(["tc", "qdisc", "show", "dev", "eth0"], name="h003").stdout)

    def test_a_lossy_link_loses_packets_each_way(self):
        with hosts.Hosts(2) as made:
            made.link_loss("h002", 20)
            for receiver, sender in ("h002", "h001"), ("h001", "h002"):
                child = made.popen([sys.executable, "-c", RECEIVE], name=receiver, stdout=subprocess.PIPE)
                self.assertEqual(child.stdout.readline(), b"up\n")
                made.run([sys.executable, "-c", SEND, receiver], name=sender)
                arrived = int(child.stdout.readline())
                self.assertLess(arrived, 950)
                self.assertGreater(arrived, 500)

    def test_a_killed_host_is_not_reached(self):
        with hosts.Hosts(2) as made:
            made.kill_host("h001")
            self.assertEqual(made.processes("h001"), [])
            said = made.run([made.folder / "agent", "h001", "true"], check=False)
            self.assertEqual(said.returncode, 255)
            self.assertIn("No route to host", said.stderr)
            said = made.run([made.folder / "agent", "$(touch x)", "true"], check=False)
            self.assertIn("is no host name", said.stderr)
            self.assertEqual(made.run(["hostname"], name="h002").stdout, "h002\n")

    def test_nothing_outlives_a_killed_maker(self):
        with subprocess.Popen([sys.executable, "-c", MAKER], stdout=subprocess.PIPE, text=True) as maker:
            folder, *pids = maker.stdout.readline().split()
            self.assertEqual(len(pids), 3)
            maker.send_signal(signal.SIGKILL)
        until = time.monotonic() + 60
        while not all(map(gone, pids)):
            self.assertLess(time.monotonic(), until, "a host outlived its maker")
            time.sleep(0.05)
        namespaces.remove_leftovers(least_age_s=0)
        self.assertFalse(os.path.exists(folder))

    def test_no_address_stays(self):
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        with hosts.Hosts(1):
            pass
        after = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(links.count("\n"), after.count("\n"))
        self.assertNotIn("v-h001", after)


@unittest.skipIf(slurm.why_not(), slurm.why_not())
class SlurmOnOneMachine(unittest.TestCase):
    def test_its_nodes_run_drain_and_die(self):
        with tempfile.TemporaryDirectory() as folder, slurm.Slurm(4, racks=2, sees=[folder]) as made:
            said = made.run(["srun", "-N", "4", "hostname"])
            self.assertEqual(sorted(said.stdout.split()), made.names)
            made.run(["srun", "-N", "1", "touch", f"{folder}/seen"])
            self.assertTrue(os.path.exists(f"{folder}/seen"))
            made.drain("n002", "bad DIMM")
            made.wait_for_state(["n002"], "IDLE+DRAIN")
            self.assertIn("bad DIMM", made.run(["sinfo", "-R"]).stdout)
            self.assertIn("Nodes=n[003-004]", made.run(["scontrol", "show", "topology", "r2"]).stdout
                          .replace("n003,n004", "n[003-004]"))
            made.kill_node("n003")
            commands = [namespaces.command_of(pid) for pid in made.processes("n003")]
            # What is left is what holds the node's namespaces; a process just killed has no words.
            self.assertEqual(sorted(command[0] for command in commands if command), ["sleep", "tini"])


if __name__ == "__main__":
    namespaces.test_main(hosts.why_not())
