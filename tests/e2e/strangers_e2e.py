"""Strangers at the controller's door: whatever they send, however many they are, the run goes on as
if nobody had come, its own ranks get in, and what was refused stands in the run file."""

import random
import re
import resource
import socket
import struct
import threading
import time

import h5py

import harness
from harness import HarnessTest

# Many short stages: new jobs, and so new ranks, join all the time.
STAGES = 6
PLAN = """name = "door"
[run]
deadline_s = 240
[cpu]
devices_per_node = 2
share_cores = true
""" + "".join(f"""[[stage]]
name = "stage{i}"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
label = "s{i}"
repetitions = 20
""" for i in range(STAGES))

CROWD = 10_000
MOST_PEAK_KB = 200_000


def listening_port(pid):
    """The port on which a process listens on 127.0.0.1; None if it does not yet."""
    inodes = set()
    for link in harness.pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.match(r"socket:\[(\d+)\]", harness.os.readlink(link))
        except OSError:
            continue
        if found:
            inodes.add(found[1])
    for line in harness.pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        address, port = fields[1].split(":")
        if fields[3] == "0A" and address == "0100007F" and fields[9] in inodes:
            return int(port, 16)
    return None


def peak_kb(pid):
    status = harness.pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def frame(payload):
    return struct.pack("<I", len(payload)) + payload


class Strangers(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(harness.seed())
        self.open = []
        self.addCleanup(lambda: [s.close() for s in self.open])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.room = min(hard, 16_384) if hard != resource.RLIM_INFINITY else 16_384
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, self.room), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def begin(self):
        child = self.start("run", self.write("door.toml", PLAN), "--out", "out")
        until = time.monotonic() + 60
        while listening_port(child.pid) is None:
            self.assertLess(time.monotonic(), until, "the controller never listened")
            self.assertIsNone(child.poll())
            time.sleep(0.01)
        return child, listening_port(child.pid)

    def knock(self, port):
        stranger = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.open.append(stranger)
        return stranger

    def attack(self, child, port, one):
        """Sends strangers until the run has ended. Returns how many, and the controller's peak."""
        count, peak = 0, 0
        while child.poll() is None:
            try:
                one(port)
                count += 1
                peak = max(peak, peak_kb(child.pid))
            except (OSError, TypeError):
                time.sleep(0.01)  # it had no room for us, or has ended
            while len(self.open) > self.room // 2:
                self.open.pop(0).close()
        return count, peak

    def check_unharmed(self, child, at_least):
        child.communicate(timeout=harness.MOST_SECONDS)
        self.assertEqual(child.returncode, 0)
        outcomes = self.outcomes()
        self.assertEqual(len(outcomes), STAGES)
        for name, rows in outcomes.items():
            self.assertEqual(rows, {(0, 0): "completed", (1, 0): "completed"}, name)
        with h5py.File(self.run_file(), "r") as run:
            codes = [c.decode() for c in run["events/code"][...]]
            texts = [t.decode() for t in run["events/text"][...]]
        told = [t for c, t in zip(codes, texts) if c == "stranger"]
        self.assertGreaterEqual(len(told), min(20, at_least))
        self.assertLessEqual(len(told), 20)
        if at_least > 20:
            (total,) = [t for c, t in zip(codes, texts) if c == "strangers"]
            self.assertGreaterEqual(int(total.split()[0]), at_least)
        self.assertNotIn("rank_not_started", codes)

    def test_garbage_of_every_kind(self):
        def garbage(port):
            kind = self.rng.randrange(5)
            stranger = self.knock(port)
            stranger.sendall([
                b"GET / HTTP/1.1\r\n\r\n",
                struct.pack("<I", 0xFFFFFFFF),
                self.rng.randbytes(self.rng.randrange(1, 100_000)),
                frame(self.rng.randbytes(200)),
                frame(b"\0" + frame(b"rackproof-back-channel") + struct.pack("<I", 1) + b"\xff" * 50),
            ][kind])
            if self.rng.random() < 0.5:
                stranger.close()
            time.sleep(0.002)
        child, port = self.begin()
        count, peak = self.attack(child, port, garbage)
        self.assertGreater(count, 100)
        self.check_unharmed(child, 21)
        self.assertLess(peak, MOST_PEAK_KB)

    def test_ten_thousand_connections(self):
        """Silent ones, and ones that send a byte now and then, from several threads at once."""
        child, port = self.begin()
        ended = threading.Event()
        counts, peaks = [0] * 4, [0]

        def crowd(index):
            mine = []
            while not ended.is_set() and counts[index] < CROWD // 4:
                try:
                    mine.append(socket.create_connection(("127.0.0.1", port), timeout=5))
                    counts[index] += 1
                    if index % 2:
                        mine[self.rng.randrange(len(mine))].send(b"\x10")
                except OSError:
                    pass
                while len(mine) > self.room // 8:
                    mine.pop(0).close()
            ended.wait()
            for stranger in mine:
                stranger.close()

        threads = [threading.Thread(target=crowd, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        try:
            while child.poll() is None:
                try:
                    peaks.append(peak_kb(child.pid))
                except (OSError, TypeError):
                    pass
                time.sleep(0.05)
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        self.assertGreaterEqual(sum(counts), CROWD, "the run ended before all had come")
        print(f"{sum(counts)} connections, the controller's peak {max(peaks)} kB")
        self.check_unharmed(child, 21)
        self.assertLess(max(peaks), MOST_PEAK_KB)


if __name__ == "__main__":
    harness.main()
