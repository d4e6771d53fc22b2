"""Who slows the collective: pairs of eight network-namespace hosts over a real mpirun, each link of
which has a rate that is far below what two cores can move, so that the fabric is what is measured.

One host's link at 40 % of the others' rate, one pair's path alone made lossy, one host's processor
throttled, two of these at once, nothing wrong: what is accused must be what was done, at its level.
RACKPROOF_TRIALS: so many trials of each, on hosts drawn at random. And a plan whose pairs are a
search: it begins where the group falls short, and only there.
"""

import os
import random
import sys

import h5py

import harness
import hosts
import namespaces
from harness import BINARY, SOURCE, HarnessTest

HOSTS = 8
PAIRS_OF_ALL = HOSTS * (HOSTS - 1) // 2
LINK_MBIT = 80
QUEUE_MS = 40
SLOW_SHARE = 0.4
LOSS_PERCENT = 15
CPU_CORES = 0.1
PAIR_METRIC = "collectives.send_receive.2MiB.pairs"
TRIALS = int(os.environ.get("RACKPROOF_TRIALS", "1"))

HEAD = """
name = "pairs"
[run]
deadline_s = 500
retests = 0
start_timeout_s = 60
heartbeat_timeout_s = 20
max_nodes_starting_per_s = 100
[cpu]
devices_per_node = 1
share_cores = true
"""
GROUP = """[[stage]]
name = "group"
over = "group"
[[stage.suite]]
suite = "collectives"
operations = ["all_reduce"]
min_bytes = "2 MiB"
max_bytes = "2 MiB"
repetitions = 2
warmup = 1
min_sample_s = 0.001
deadline_s = 150
"""
PAIRS = """[[stage]]
name = "pairs"
over = "pairs"
pairs = "all"
{search}[[stage.suite]]
suite = "collectives"
operations = ["send_receive"]
min_bytes = "2 MiB"
max_bytes = "2 MiB"
repetitions = {repetitions}
warmup = 1
min_sample_s = 0.001
deadline_s = 150
"""
AGAIN = """[[stage]]
name = "alone"
confirms = "pairs"
suspects = 2
[[stage]]
name = "loaded"
confirms = "pairs"
load = "others"
suspects = 2
"""
LIMIT = """[policy]
[[policy.limit]]
case = "collectives.all_reduce.2MiB.group"
min = {least}
unit = "MB/s"
source = "a share of the links' rate"
"""


# Ranks whose ways to and fro go at the same time, and never more in a link's queue than it holds: by
# rendezvous over the one socket that two of Open MPI's ranks share the ways take turns, or do not.
MPI_SETTINGS = {
    "OMPI_MCA_btl_tcp_sndbuf": "131072",
    "OMPI_MCA_btl_tcp_rcvbuf": "131072",
    "OMPI_MCA_btl_tcp_eager_limit": "8388608",
    "OMPI_MCA_btl_tcp_max_send_size": "8388608",
}


def link_slow(made, drawn):
    made.link_rate(drawn[0], SLOW_SHARE * LINK_MBIT)
    return {("node", frozenset(drawn[:1]))}


def path_lossy(made, drawn):
    made.path_loss(drawn[1], drawn[2], LOSS_PERCENT)
    return {("link", frozenset(drawn[1:3]))}


def cpu_throttled(made, drawn):
    made.cpu_share(drawn[3], CPU_CORES)
    return {("node", frozenset(drawn[3:4]))}


# What is done on hosts drawn at random; each tells what is to be found.
FAULTS = {
    "nothing": (),
    "link": (link_slow,),
    "path": (path_lossy,),
    "cpu": (cpu_throttled,),
    "link_and_path": (link_slow, path_lossy),
}


class Pairs(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(harness.seed())

    def measured(self, plan, out, break_it=lambda made: None):
        """Runs the plan on the hosts, after `break_it`. What `run` returned."""
        path = self.write("pairs.toml", plan)
        with hosts.Hosts(HOSTS, head_sees=[self.folder], all_see=[BINARY.parent, SOURCE],
                         link_mbit=LINK_MBIT, queue_ms=QUEUE_MS) as made:
            made.quick_acks()
            break_it(made)
            done = made.run([BINARY, "run", path, "--hosts", ",".join(made.names), "--out", self.folder / out],
                            check=False, timeout=600, env={**made.environment, **MPI_SETTINGS})
        self.assertTrue(self.run_file(out).exists(), done.stderr)
        return done

    def accused(self, out):
        """Whose fault it is, and where that sits: {(level, hosts)}."""
        return {(finding["level"], frozenset({finding["node"], finding["peer"]} - {None, ""}))
                for finding in self.findings(out)}

    def try_often(self, faults):
        why_not = hosts.why_no_cpu_share() if cpu_throttled in faults else None
        if why_not:
            self.skipTest(why_not)
        wrong = []
        for trial in range(TRIALS):
            drawn = self.rng.sample([f"h{number:03}" for number in range(1, HOSTS + 1)], 4)
            planted = set()
            out = f"out-{trial}"
            done = self.measured(HEAD + PAIRS.format(search="", repetitions=20), out,
                                 lambda made: planted.update(*[fault(made, drawn) for fault in faults]))
            found = self.accused(out)
            said = [f"{finding['verdict']}: {finding['sentence']}" for finding in self.findings(out)]
            print(f"trial {trial}: exit status {done.returncode}, planted {planted or 'nothing'}, {said}",
                  file=sys.stderr, flush=True)
            levels = {level for level, _ in planted}
            # Losses make samples scatter, so that a lossy path may be watched instead of failed, or
            # its pair does not end in time: no data, at that link.
            statuses = {1} if "node" in levels else {0, 1, 3} if levels else {0}
            if found != planted or done.returncode not in statuses:
                wrong.append((trial, planted, said))
        self.assertEqual(wrong, [], f"{len(wrong)} of {TRIALS}")

    def outcomes_of(self, out, metric):
        with h5py.File(self.run_file(out), "r") as run:
            rows = run[f"metrics/{metric}/outcome"]
            names = {number: word for word, number in h5py.check_enum_dtype(rows.dtype).items()}
            return [names[int(row)] for row in rows[...]]

    def search(self, least, budget_s=200):
        """A plan whose pairs are a search for who slows the group."""
        search = f'only_if_short = "group"\nbudget_s = {budget_s}\n'
        return HEAD + GROUP + PAIRS.format(search=search, repetitions=4) + LIMIT.format(least=least)

    def test_what_falls_short_is_searched_and_what_is_well_is_not(self):
        """One host is slow: the group misses its limit, and its pairs say whose fault that is. By a
        limit that the group keeps, nobody asks."""
        slow = f"h{self.rng.randint(1, HOSTS):03}"

        def break_it(made):
            made.link_rate(slow, SLOW_SHARE * LINK_MBIT)

        done = self.measured(self.search(least=5), "short", break_it)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(self.outcomes_of("short", PAIR_METRIC), ["completed"] * PAIRS_OF_ALL)
        self.assertIn(("node", frozenset({slow})), self.accused("short"))
        done = self.measured(self.search(least=0.5), "well", break_it)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.outcomes_of("well", PAIR_METRIC), ["skipped"] * PAIRS_OF_ALL)
        self.assertIn("stage pairs was not run", " ".join(done.stdout.split()))


    def test_whom_the_pairs_suspect_is_measured_again(self):
        """One host is slow: its three slowest pairs are measured alone, then beside the others of
        their rounds, and what was found is confirmed. All other cells say why they are not."""
        slow = f"h{self.rng.randint(1, HOSTS):03}"
        plan = HEAD + PAIRS.format(search="", repetitions=4) + AGAIN
        done = self.measured(plan, "again", lambda made: made.link_rate(slow, SLOW_SHARE * LINK_MBIT))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(self.accused("again"), {("node", frozenset({slow}))})
        said = self.findings("again")[0]["sentence"]
        print(said, file=sys.stderr, flush=True)
        self.assertIn("; measured again, alone on the fabric (with ", said)
        self.assertIn(", beside other pairs at work ", said)
        self.assertIn(": confirmed", said)
        alone = self.outcomes_of("again", PAIR_METRIC + "-alone")
        self.assertEqual({word: alone.count(word) for word in alone}, {"completed": 6, "skipped": PAIRS_OF_ALL - 6})
        loaded = self.outcomes_of("again", PAIR_METRIC + "-loaded")
        self.assertEqual({word: loaded.count(word) for word in loaded},
                         {"completed": 3 * HOSTS // 2, "skipped": PAIRS_OF_ALL - 3 * HOSTS // 2})


def add_tests():
    for name, faults in FAULTS.items():
        setattr(Pairs, f"test_{name}", lambda self, faults=faults: self.try_often(faults))


add_tests()

if __name__ == "__main__":
    namespaces.test_main(hosts.why_not())
