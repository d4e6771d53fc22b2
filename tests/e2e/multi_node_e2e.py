"""Many hosts under a real mpirun, and what racks do to them: the fault costs the cells that it
touches, names its node, and nobody else pays.

Eight network-namespace hosts (tests/support/hosts.py), one fault a trial on a host drawn at random;
then all faults in one run. RACKPROOF_TRIALS=20 runs each fault so often; RACKPROOF_STAGES=all adds
the stages over pairs and over all hosts, for which sixteen ranks need more than two cores.
"""

import os
import random
import shutil
import sys
import time
from dataclasses import dataclass
from typing import Callable

import h5py

import harness
import hosts
import journal
import namespaces
from harness import BINARY, SOURCE, HarnessTest

HOSTS = 8
DEVICES = 2
DEADLINE_S = 300
# What a run may take beyond its own deadline: cells in flight, processes that must be killed, the
# run file.
GRACE_S = 60
TRIALS = int(os.environ.get("RACKPROOF_TRIALS", "1"))
ALL_STAGES = os.environ.get("RACKPROOF_STAGES", "") == "all"

PLAN = """
name = "faults"
[run]
deadline_s = {deadline_s}
retests = 1
heartbeat_timeout_s = 4
max_nodes_starting_per_s = 50
[cpu]
devices_per_node = {devices}
share_cores = true
[[stage]]
name = "device"
[[stage.suite]]
suite = "selftest"
endings = ["babble"]
hosts = ["{babble}"]
deadline_s = 20
[[stage.suite]]
suite = "selftest"
endings = ["wrong_answer"]
hosts = ["{wrong_answer}"]
deadline_s = 20
[[stage.suite]]
suite = "selftest"
label = "long"
repetitions = 80
wait_s = 0.1
deadline_s = 30
[[stage]]
name = "node"
[[stage.suite]]
suite = "collectives"
operations = ["all_reduce"]
min_bytes = "64 KiB"
max_bytes = "64 KiB"
repetitions = 5
deadline_s = 30
{several}[policy]
min_cohort = 1000
{limit}"""

SEVERAL = """
[[stage]]
name = "pairs"
over = "pairs"
rounds = 2
[[stage.suite]]
suite = "collectives"
operations = ["all_reduce"]
min_bytes = "1 MiB"
max_bytes = "1 MiB"
repetitions = 5
min_sample_s = 0.2
deadline_s = 30
[[stage]]
name = "group"
over = "group"
[[stage.suite]]
suite = "collectives"
operations = ["all_reduce"]
min_bytes = "8 B"
max_bytes = "8 B"
repetitions = 5
deadline_s = 40
"""

LIMIT = """
[[policy.limit]]
case = "collectives.all_reduce.1MiB.pairs"
min = 8
unit = "MB/s"
source = "a sixth of the links' rate"
"""


@dataclass(frozen=True)
class Fault:
    """What is done to a host, when, and what must become of it."""

    begins: str  # "before" the run, or "during" the device stage
    inject: Callable = lambda made, host: None
    ending: str = ""  # of the self-test that is planted on the host
    # Outcomes that the host's first attempts may have, besides completed; at least one must be
    # among them, unless "completed" itself is.
    outcomes: frozenset = frozenset({"completed"})
    named: bool = True  # a finding or an event names the host


FAULTS = {
    "kill_rank": Fault("during", hosts.Hosts.kill_rank, outcomes=frozenset({"lost"})),
    "stop_rank": Fault("during", hosts.Hosts.stop_rank, outcomes=frozenset({"timed_out", "lost"})),
    "kill_orted": Fault("during", hosts.Hosts.kill_orted, outcomes=frozenset({"completed", "lost"})),
    "kill_host": Fault("during", hosts.Hosts.kill_host, outcomes=frozenset({"lost", "excluded", "timed_out"})),
    "link_dead": Fault("during", hosts.Hosts.link_dead, outcomes=frozenset({"lost", "excluded", "timed_out"})),
    "link_slow": Fault("before", hosts.Hosts.link_slow),
    "link_loss": Fault("before", lambda made, host: made.link_loss(host, 1)),
    "babble": Fault("before", ending="babble", named=False),
    "wrong_answer": Fault("before", ending="wrong_answer", outcomes=frozenset({"wrong_answer"})),
}


class MultiNode(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(harness.seed())

    def write_fleet(self, made):
        return self.write("fleet.toml", f'[[rack]]\nname = "r1"\nnodes = "{",".join(made.names)}"\n')

    def run_with(self, made, planted):
        """Runs the plan while `planted` ({host: [Fault]}) comes over its hosts; its exit status."""
        endings = {fault.ending: host for host, faults in planted.items() for fault in faults}
        plan = self.write("faults.toml", PLAN.format(
            deadline_s=DEADLINE_S, devices=DEVICES, babble=endings.get("babble", "none"),
            wrong_answer=endings.get("wrong_answer", "none"),
            several=SEVERAL if ALL_STAGES else "", limit=LIMIT if ALL_STAGES else ""))
        for name, faults in planted.items():
            for fault in faults:
                if fault.begins == "before":
                    fault.inject(made, name)
        log = open(self.folder / "log", "w", encoding="utf-8")
        self.addCleanup(log.close)
        run = made.popen([BINARY, "run", plan, "--fleet", self.write_fleet(made), "--launcher", "mpirun",
                          "--out", self.folder / "out"], folder=self.folder, stdout=log, stderr=log)
        started = time.monotonic()
        coming = [(2 * self.rng.random(), name, fault) for name, faults in planted.items()
                  for fault in faults if fault.begins == "during"]
        for _, name, _ in coming:
            self.wait_for_work(made, name, run)
        at_work = time.monotonic()
        for delay_s, name, fault in sorted(coming, key=lambda fault: fault[0]):
            time.sleep(max(0, at_work + delay_s - time.monotonic()))
            fault.inject(made, name)
        status = run.wait(timeout=DEADLINE_S + GRACE_S)
        print(f"{time.monotonic() - started:.0f} s, exit status {status}", file=sys.stderr)
        return status

    def wait_for_work(self, made, name, run):
        """Until every rank of this host is at the long case."""
        place = made.names.index(name)
        first = 2 * HOSTS * DEVICES + place * DEVICES  # the third case's cells, node by node
        wanted = set(range(first, first + DEVICES))
        until = time.monotonic() + 120
        while not wanted <= journal.cells_begun(self.folder / "out" / "journal"):
            self.assertIsNone(run.poll(), self.log_text())
            self.assertLess(time.monotonic(), until, f"{name} has not come to work\n{self.log_text()}")
            time.sleep(0.05)

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    # What must have become of it.

    def check(self, made, planted):
        guilty = set(planted)
        rows, told = self.what_happened(made)
        self.nobody_else_pays(rows, guilty)
        for host, faults in planted.items():
            self.the_faults_show(host, faults, rows, told)

    def what_happened(self, made):
        """The run file's rows, and the texts and hosts of its events."""
        with h5py.File(self.run_file(), "r") as run:
            self.assertEqual(run.attrs["complete"], 1, "cut short by the run's deadline")
            nodes = [text(name) for name in run["nodes/name"][...]]
            self.assertEqual(nodes, made.names)
            told = [text(line) for line in run["events/text"][...]]
            told += [nodes[node] for node in run["events/node"][...] if node >= 0]
            return list(self.rows(run, nodes)), told

    @staticmethod
    def rows(run, nodes):
        """(metric, scope, hosts, attempt, outcome) of every row of the run file."""
        node_of = run["devices/node"][...]
        offsets, sizes, members = (run[f"groups/{name}"][...] if f"groups/{name}" in run else []
                                   for name in ("offset", "size", "members"))
        for name, metric in run["metrics"].items():
            scope = text(metric.attrs["scope"])
            names = {number: word for word, number in h5py.check_enum_dtype(metric["outcome"].dtype).items()}
            for target, attempt, outcome in zip(metric["target"][...], metric["attempt"][...],
                                                metric["outcome"][...]):
                if scope == "device":
                    indices = [node_of[target]]
                elif scope == "group":
                    indices = members[offsets[target]:offsets[target] + sizes[target]]
                else:
                    indices = list(target) if scope == "node_pair" else [target]
                yield name, scope, {nodes[i] for i in indices}, int(attempt), names[int(outcome)]

    def nobody_else_pays(self, rows, guilty):
        for name, scope, where, attempt, outcome in rows:
            if not where & guilty:
                self.assertEqual((outcome, attempt), ("completed", 0), f"{name} on {sorted(where)}")
        verdicts = self.verdicts()
        self.assertTrue(verdicts["run_complete"])
        self.assertEqual(len(verdicts["nodes"]), HOSTS)
        blamed = {node["node"]: node["verdict"] for node in verdicts["nodes"]
                  if node["verdict"] != "pass" and node["node"] not in guilty}
        self.assertEqual(blamed, {}, self.findings())
        for finding in self.findings():
            self.assertTrue({finding["node"], finding["peer"]} & guilty, finding)

    def the_faults_show(self, host, faults, rows, told):
        """In the cells of the host alone: what any of its faults may do, and what one must."""
        first = {outcome for _, scope, where, attempt, outcome in rows
                 if where == {host} and attempt == 0}
        may = {"completed"}.union(*(fault.outcomes for fault in faults))
        self.assertLessEqual(first, may, f"{host}: {faults}")
        worst = [fault for fault in faults if "completed" not in fault.outcomes]
        if worst:
            self.assertTrue(any(first & fault.outcomes for fault in worst), f"{host}: {first}; {faults}")
        if any(fault.named for fault in faults):
            named = [finding for finding in self.findings() if host in (finding["node"], finding["peer"])]
            self.assertTrue(named or any(host in line for line in told), f"{host} is not named: {told}")

    def run_and_check(self, made, names_by_host):
        print(f"{names_by_host}: ", end="", file=sys.stderr, flush=True)
        planted = {host: [FAULTS[name] for name in names] for host, names in names_by_host.items()}
        self.run_with(made, planted)
        try:
            self.check(made, planted)
        except Exception:
            print(self.log_text(), file=sys.stderr)
            raise

    def hosts_up(self):
        return hosts.Hosts(HOSTS, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE])

    def trial(self, draw):
        """`draw`: {host: names of its faults}, of the hosts there are."""
        with self.hosts_up() as made:
            self.run_and_check(made, draw(made.names))
        shutil.rmtree(self.folder / "out")

    def test_all_together(self):
        """Five hosts share the faults; three have none, and must not notice."""
        def draw(hosts_there):
            # What comes in mid-run takes a host of its own each: a dead host has no rank to stop.
            during = [name for name, fault in FAULTS.items() if fault.begins == "during"]
            guilty = self.rng.sample(hosts_there, len(during))
            planted = {host: [name] for host, name in zip(guilty, during)}
            for name in sorted(FAULTS.keys() - set(during)):
                planted[self.rng.choice(guilty)].append(name)
            return planted
        for _ in range(TRIALS):
            self.trial(draw)


def add_trials():
    for name in FAULTS:
        def test(self, name=name):
            for _ in range(TRIALS):
                self.trial(lambda hosts_there: {self.rng.choice(hosts_there): [name]})
        setattr(MultiNode, f"test_{name}", test)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


add_trials()

if __name__ == "__main__":
    namespaces.test_main(hosts.why_not())
