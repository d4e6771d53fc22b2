"""Many hosts under a real mpirun, and what racks do to them: the fault costs the cells that it
touches, names its node, and nobody else pays.

Eight network-namespace hosts (tests/support/hosts.py), a stage of each kind (devices, nodes, pairs,
the group), one fault a trial on a host and in a stage drawn at random; then all faults in one run.
RACKPROOF_TRIALS: so many trials. RACKPROOF_DEVICES: of a host; with one, as in every run of the
tests, there is no stage over the ranks of a node.
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
DEVICES = int(os.environ.get("RACKPROOF_DEVICES", "1"))
TRIALS = int(os.environ.get("RACKPROOF_TRIALS", "1"))
DEADLINE_S = 150  # of the run, as its plan states it

PLAN = """
name = "faults"
[run]
deadline_s = {deadline_s}
retests = 1
heartbeat_timeout_s = 4
start_timeout_s = 12
max_nodes_starting_per_s = 100
[cpu]
devices_per_node = {devices}
share_cores = true
[[stage]]
name = "device"
[[stage.suite]]
suite = "selftest"
endings = ["babble"]
hosts = ["{babble}"]
repetitions = 3
deadline_s = 20
[[stage.suite]]
suite = "selftest"
endings = ["wrong_answer"]
hosts = ["{wrong_answer}"]
repetitions = 3
deadline_s = 20
[[stage.suite]]
suite = "selftest"
label = "long"
repetitions = {device}
wait_s = 0.1
deadline_s = 20
{node_stage}[[stage]]
name = "pairs"
over = "pairs"
rounds = 2
{pair_suites}[[stage]]
name = "group"
over = "group"
{group_suites}[policy]
min_cohort = 1000
[[policy.limit]]
case = "collectives.all_reduce.1MiB.pairs"
min = 5
unit = "MB/s"
source = "a tenth of the links' rate"
[[policy.limit]]
case = "tcp_loss.retransmitted.pairs"
max = 0.002
unit = "1"
source = "a fifth of the loss that is made"
"""

GATED = """
name = "gated"
[run]
deadline_s = 120
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "device"
gate = ["fail"]
[[stage.suite]]
suite = "selftest"
endings = ["wrong_answer"]
hosts = ["{bad}"]
repetitions = 3
[[stage]]
name = "pairs"
over = "pairs"
rounds = 2
{suite}[[stage]]
name = "group"
over = "group"
{suite}[[stage]]
name = "after"
[[stage.suite]]
suite = "selftest"
label = "after"
repetitions = 3
"""

SLOW = """
name = "slow"
[run]
deadline_s = 200
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "group"
over = "group"
{suite}"""

COLLECTIVE = """[[stage.suite]]
suite = "collectives"
operations = ["{operation}"]
min_bytes = "{size}"
max_bytes = "{size}"
warmup = 1
repetitions = {repetitions}
min_sample_s = {sample_s}
deadline_s = 30
"""

TCP_LOSS = """[[stage.suite]]
suite = "tcp_loss"
repetitions = 1
deadline_s = 30
"""

STAGES = ("device", "node", "pairs", "group") if DEVICES > 1 else ("device", "pairs", "group")
SHORT, LONG = 2, 25  # samples of a tenth of a second: where no fault comes, and where one does


def collective(operation, size, repetitions=3, sample_s=0.05):
    return COLLECTIVE.format(operation=operation, size=size, repetitions=repetitions,
                             sample_s=sample_s)


def plan_text(endings, long_stages):
    """`endings`: {of the self-test: its host}; a fault comes in `long_stages`."""
    samples = {stage: LONG if stage in long_stages else SHORT for stage in STAGES}
    node_stage = ""
    if "node" in STAGES:
        node_stage = '[[stage]]\nname = "node"\n' + collective("all_reduce", "64 KiB", samples["node"], 0.1)
    return PLAN.format(
        deadline_s=DEADLINE_S, devices=DEVICES, device=samples["device"],
        babble=endings.get("babble", "none"), wrong_answer=endings.get("wrong_answer", "none"),
        node_stage=node_stage,
        pair_suites=TCP_LOSS + collective("all_reduce", "1 MiB")
        + collective("all_reduce", "64 KiB", samples["pairs"], 0.1),
        group_suites=collective("all_reduce", "8 B", samples["group"], 0.1))


LAST_CASE = {stage: number for number, stage in  # the one in which a fault comes
             enumerate(STAGES, start=2) if stage != "pairs" and stage != "group"}
LAST_CASE["pairs"] = len(LAST_CASE) + 4
LAST_CASE["group"] = LAST_CASE["pairs"] + 1


@dataclass(frozen=True)
class Fault:
    """What is done to a host, and what must become of it."""

    during: bool = False  # else before the run
    inject: Callable = lambda made, host: None
    ending: str = ""  # of the self-test that is planted on the host
    # How the cell may end in which it comes, in its first attempt.
    outcomes: frozenset = frozenset({"completed"})
    loses_host: bool = False  # which is out of all later cells of several nodes


FAULTS = {
    "kill_rank": Fault(True, hosts.Hosts.kill_rank, outcomes=frozenset({"lost"})),
    "stop_rank": Fault(True, hosts.Hosts.stop_rank, outcomes=frozenset({"timed_out"})),
    "kill_orted": Fault(True, hosts.Hosts.kill_orted, outcomes=frozenset({"completed", "lost"})),
    "kill_host": Fault(True, hosts.Hosts.kill_host, outcomes=frozenset({"lost"}), loses_host=True),
    "link_dead": Fault(True, hosts.Hosts.link_dead, outcomes=frozenset({"lost", "timed_out"}), loses_host=True),
    "link_slow": Fault(inject=hosts.Hosts.link_slow),
    "link_loss": Fault(inject=lambda made, host: made.link_loss(host, 1)),
    "babble": Fault(ending="babble"),
    "wrong_answer": Fault(ending="wrong_answer"),
}


@dataclass
class Planted:
    """A fault on its way. `due_s`: once its host is where it is to come, when it does."""

    name: str
    host: str
    stage: str = ""
    delay_s: float = 0
    due_s: float | None = None

    @property
    def fault(self):
        return FAULTS[self.name]

    def __str__(self):
        return f"{self.name} on {self.host}" + (f" in {self.stage}" if self.stage else "")


class MultiNode(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(harness.seed())

    # A trial.

    def planted(self, name, host, stages=STAGES):
        if not FAULTS[name].during:
            return Planted(name, host)
        return Planted(name, host, self.rng.choice(stages), self.rng.random())

    def one(self, name):
        return lambda there: [self.planted(name, self.rng.choice(there))]

    def all_at_once(self, there):
        """Five hosts share the faults; three have none, and must not notice. What comes in mid-run
        takes a host of its own each (a dead host has no rank to stop), and of two faults in one
        cell of several nodes one would hide the other: what loses a host comes there, once each."""
        during = sorted(name for name, fault in FAULTS.items() if fault.during)
        guilty = self.rng.sample(there, len(during))
        late = iter(self.rng.sample(["pairs", "group"], 2))
        alone = [stage for stage in STAGES if stage not in ("pairs", "group")]
        planted = [self.planted(name, host, [next(late)] if FAULTS[name].loses_host else alone)
                   for host, name in zip(guilty, during)]
        for name in sorted(FAULTS.keys() - set(during)):
            planted.append(self.planted(name, self.rng.choice(guilty)))
        return planted

    def trials(self, draw):
        for _ in range(TRIALS):
            made = hosts.Hosts(HOSTS, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE])
            with made:
                planted = draw(made.names)
                print(", ".join(map(str, planted)), end=": ", file=sys.stderr, flush=True)
                try:
                    self.run_with(made, planted)
                    self.check(made, planted)
                except BaseException:
                    print(self.log_text(), file=sys.stderr)
                    raise
            shutil.rmtree(self.folder / "out")

    def run_with(self, made, planted):
        """Runs the plan while the faults come over its hosts."""
        endings = {each.fault.ending: each.host for each in planted}
        plan = self.write("faults.toml", plan_text(endings, {each.stage for each in planted}))
        fleet = self.write("fleet.toml", f'[[rack]]\nname = "r1"\nnodes = "{",".join(made.names)}"\n')
        for each in planted:
            if not each.fault.during:
                each.fault.inject(made, each.host)
        with open(self.folder / "log", "w", encoding="utf-8") as log:
            started_s = time.monotonic()
            run = made.popen([BINARY, "run", plan, "--fleet", fleet, "--launcher", "mpirun",
                              "--out", self.folder / "out"], folder=self.folder, stdout=log, stderr=log)
            with harness.before_all_others():
                self.inject(made, [each for each in planted if each.fault.during], run)
            # What ends it where it does not end itself is the test's own timeout.
            status = run.wait()
        took_s = time.monotonic() - started_s
        print(f"{took_s:.0f} s, exit status {status}", file=sys.stderr, flush=True)
        self.assertIn(status, (0, 1, 3), "the run did not come to its end")
        self.assertLess(took_s, DEADLINE_S, "the run outlived its deadline")

    def inject(self, made, coming, run):
        """Each fault a random while after the last case of its stage has begun on its host."""
        file = self.folder / "out" / "journal"
        cells, gone = [], set()
        while coming:
            self.assertIsNone(run.poll(), f"it ended before {', '.join(map(str, coming))}")
            cells = cells or journal.planned_cells(file)
            begun = journal.cells_begun(file)
            for each in list(coming):
                if each.due_s is None and self.is_there(made, each, cells, begun, gone):
                    each.due_s = time.monotonic() + 0.1 + each.delay_s
                if each.due_s is not None and time.monotonic() >= each.due_s:
                    each.fault.inject(made, each.host)
                    coming.remove(each)
                    if each.fault.loses_host:
                        gone.add(each.host)
            time.sleep(0.05)

    def is_there(self, made, planted, cells, begun, gone):
        """Whether all ranks have begun the last case: one that others wait for is still elsewhere."""
        alone = planted.stage == "device"
        begun_by_all = 0
        for number, cell in enumerate(cells):
            if cell[0] != LAST_CASE[planted.stage]:
                continue
            there = self.hosts_of(made, planted.stage, cell)
            if planted.host in there:
                ranks = 1 if alone else DEVICES * len(set(there) - gone)
                begun_by_all += len(begun.get(number, ())) >= ranks
        return begun_by_all >= (DEVICES if alone else 1)

    @staticmethod
    def hosts_of(made, stage, cell):
        _, first, second = cell
        if stage == "group":
            return made.names
        if stage == "device":
            return [made.names[first // DEVICES]]
        return [made.names[node] for node in (first, second) if node >= 0]

    def log_text(self):
        log = self.folder / "log"
        return log.read_text(errors="replace")[-6000:] if log.exists() else "it did not start"

    def test_gate(self):
        """A node that fails a gate is out of what several measure, and of that alone."""
        made = hosts.Hosts(4, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE])
        with made:
            bad = self.rng.choice(made.names)
            print(f"wrong answers on {bad}", file=sys.stderr)
            plan = self.write("gated.toml", GATED.format(bad=bad, suite=collective("all_reduce", "64 KiB")))
            done = made.run([BINARY, "run", plan, "--hosts", ",".join(made.names), "--out", self.folder / "out"],
                            check=False, timeout=DEADLINE_S)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        with h5py.File(self.run_file(), "r") as run:
            nodes = [text(name) for name in run["nodes/name"][...]]
            rows = list(self.rows(run, nodes))
            told = [text(event) for event, code in zip(run["events/text"][...], run["events/code"][...])
                    if text(code) == "node_excluded"]
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], f"^{bad} takes no part .* gate of stage device: .*fail")
        for name, scope, where, _, outcome in rows:
            if name == "selftest.wrong_answer" and where == {bad}:
                self.assertEqual(outcome, "wrong_answer")
            elif scope == "node_pair" and bad in where:
                self.assertEqual(outcome, "excluded")
            else:
                self.assertEqual(outcome, "completed", f"{name} on {sorted(where)}")
        self.assertEqual({where.copy().pop() for name, _, where, _, _ in rows if name == "selftest.pass.after"},
                         set(made.names), "single-node cells still run")

    def test_slow_in_a_group(self):
        """A host whose link is slow makes the group's case slow, and no cell fails: trials find it, the
        slow result stays, and the others' stands beside it."""
        made = hosts.Hosts(4, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE])
        with made:
            slow = self.rng.choice(made.names)
            print(f"{slow} is slow", file=sys.stderr)
            made.link_slow(slow)
            suite = collective("all_reduce", "1 MiB", 40).replace("deadline_s = 30", "deadline_s = 100")
            plan = self.write("slow.toml", SLOW.format(suite=suite))
            done = made.run([BINARY, "run", plan, "--hosts", ",".join(made.names), "--out", self.folder / "out"],
                            check=False, timeout=240)
        with h5py.File(self.run_file(), "r") as run:
            self.assertEqual(run.attrs["complete"], 1)
            metric = run["metrics/collectives.all_reduce.1MiB.group"]
            values = [row.mean() for row in metric["values"][...]]
            told = {text(code): text(event) for event, code in zip(run["events/text"][...], run["events/code"][...])}
        self.assertEqual(len(values), 2)
        self.assertGreater(values[1], 5 * values[0], "without it they are fast")
        self.assertIn("job_slow", told)
        self.assertRegex(told["node_to_blame"], f"^{slow} is to blame for job 0: ")
        self.assertRegex(told["node_excluded"], f"^{slow} ")
        self.assertEqual([finding["node"] for finding in self.findings() if finding["rule"] == "event"], [slow])
        self.assertIn(f"node_to_blame: {slow}", done.stdout)

    # What must have become of it.

    def check(self, made, planted):
        guilty = {each.host for each in planted}
        with h5py.File(self.run_file(), "r") as run:
            self.assertEqual(run.attrs["complete"], 1, "cut short by the run's deadline")
            nodes = [text(name) for name in run["nodes/name"][...]]
            self.assertEqual(nodes, made.names)
            rows = list(self.rows(run, nodes))
            accused = {nodes[node] for node, severity in zip(run["events/node"][...], run["events/severity"][...])
                       if node >= 0 and text(severity) != "info"}
        self.nobody_else_pays(rows, guilty)
        self.nobody_else_is_named(rows, guilty, accused)
        named = accused | {host for finding in self.findings() for host in (finding["node"], finding["peer"])}
        for each in planted:
            self.assertIn(each.host, named, f"{each} is not named")
            self.the_fault_shows(each, rows)

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
        """What no guilty host takes part in went well at once; and the group without them."""
        group = {}
        for name, scope, where, attempt, outcome in rows:
            if scope == "group":
                group[name] = max(group.get(name, (-1, "")), (attempt, outcome))
            elif not where & guilty:
                self.assertEqual((outcome, attempt), ("completed", 0), f"{name} on {sorted(where)}")
        for name, (attempt, outcome) in group.items():
            self.assertEqual(outcome, "completed", f"{name}: attempt {attempt}, the last")

    def nobody_else_is_named(self, rows, guilty, accused):
        verdicts = self.verdicts()
        self.assertTrue(verdicts["run_complete"])
        self.assertEqual(len(verdicts["nodes"]), HOSTS)
        self.assertLessEqual(accused, guilty, "an event accuses another")
        # Of whom there is no number in pairs but with hosts at fault, none is made up.
        partners = {}
        for _, scope, where, _, _ in rows:
            for host in where if scope == "node_pair" else ():
                partners.setdefault(host, set()).update(where - {host})
        lonely = {host for host, others in partners.items() if others <= guilty}
        blamed = {node["node"]: node["verdict"] for node in verdicts["nodes"]
                  if node["node"] not in guilty and node["verdict"] != "pass"
                  and not (node["node"] in lonely and node["verdict"] == "no_data")}
        self.assertEqual(blamed, {}, self.findings())
        for finding in self.findings():
            self.assertIn(finding["node"], guilty | lonely, finding)

    def the_fault_shows(self, planted, rows):
        """In the cells in which it came: as it must."""
        if planted.name == "wrong_answer":
            found = {outcome for name, _, where, _, outcome in rows
                     if where == {planted.host} and name == "selftest.wrong_answer"}
            self.assertEqual(found, {"wrong_answer"})
        if not planted.fault.during:
            return
        of_stage = {"device": "device", "node": "node", "pairs": "node_pair", "group": "group"}
        found = {outcome for name, scope, where, attempt, outcome in rows
                 if scope == of_stage[planted.stage] and planted.host in where and attempt == 0
                 and name != "selftest.wrong_answer"}
        self.assertTrue(found & planted.fault.outcomes, f"{planted}: {found}")
        self.assertLessEqual(found, planted.fault.outcomes | {"completed", "excluded"}, planted)


def add_tests():
    for name in FAULTS:
        setattr(MultiNode, f"test_{name}", lambda self, name=name: self.trials(self.one(name)))
    MultiNode.test_all_together = lambda self: self.trials(self.all_at_once)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


add_tests()

if __name__ == "__main__":
    namespaces.test_main(hosts.why_not())
