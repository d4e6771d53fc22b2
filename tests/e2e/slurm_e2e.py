"""A real Slurm of 16 nodes in 4 racks: a run inside an allocation, one job a rack with a node
drained before and one killed in mid-run, and a rack's job that Slurm puts back into the queue."""

import contextlib
import random
import sys
import time

import h5py

import harness
import journal
import journal_reader
import namespaces
import slurm
from harness import BINARY, SOURCE, HarnessTest
from namespaces import command_of

NODES = 16
RACKS = 4
MOST_SECONDS = 400
PLAN = """
name = "racks"
[run]
deadline_s = 300
retests = 1
heartbeat_timeout_s = 5
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "device"
[[stage.suite]]
suite = "selftest"
label = "long"
repetitions = 60
wait_s = 0.1
deadline_s = 40
[[stage]]
name = "after"
[[stage.suite]]
suite = "selftest"
label = "after"
""" + harness.SELFTESTS_BY_LIMIT
REQUEUED_NODES = 4
REQUEUED = """
name = "requeued"
[run]
deadline_s = 200
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "before"
[[stage.suite]]
suite = "selftest"
label = "before"
repetitions = 2
[[stage]]
name = "during"
[[stage.suite]]
suite = "selftest"
label = "during"
repetitions = 40
wait_s = 0.1
"""
TALK = """
name = "talk"
[run]
deadline_s = 200
[cpu]
devices_per_node = 1
share_cores = true
[[stage]]
name = "pairs"
over = "pairs"
rounds = 2
{suite}[[stage]]
name = "group"
over = "group"
{suite}""".replace("{suite}", """[[stage.suite]]
suite = "collectives"
operations = ["all_reduce"]
min_bytes = "64 KiB"
max_bytes = "64 KiB"
warmup = 1
repetitions = 3
min_sample_s = 0.05
""")
GPUS = 2
# Slurm's way to say which GPUs a task may use; no GPU is needed to see it.
WITNESS = """#!/bin/sh
echo "${{CUDA_VISIBLE_DEVICES-all}}" > "{folder}/$SLURMD_NODENAME.$SLURM_STEP_ID.$SLURM_PROCID"
exec "$@"
"""
WITNESSED = """
name = "witnessed"
[run]
deadline_s = 200
[launcher]
wrap = ["{witness}"]
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "device"
[[stage.suite]]
suite = "selftest"
label = "seen"
repetitions = 2
""" + harness.SELFTESTS_BY_LIMIT.replace("{", "{{").replace("}", "}}")


class RacksUnderSlurm(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(harness.seed())
        self.plan = self.write("plan.toml", PLAN)

    def slurm_up(self):
        return slurm.Slurm(NODES, racks=RACKS, sees=[self.folder, BINARY.parent, SOURCE])

    def outcomes_by_node(self, run_file):
        """{node: [outcome of each row, stage by stage]} of a run file, and its nodes' states."""
        with h5py.File(run_file, "r") as run:
            self.assertEqual(run.attrs["complete"], 1)
            names = [name.decode() for name in run["nodes/name"][...]]
            states = [state.decode() for state in run["nodes/state"][...]]
            nodes = run["devices/node"][...]
            found = {name: [] for name in names}
            for name in ("selftest.pass.long", "selftest.pass.after"):
                metric = run["metrics"][name]
                words = {number: word
                         for word, number in h5py.check_enum_dtype(metric["outcome"].dtype).items()}
                for target, outcome in zip(metric["target"][...], metric["outcome"][...]):
                    found[names[nodes[target]]].append(words[int(outcome)])
        return found, dict(zip(names, states))

    def test_a_run_inside_an_allocation(self):
        with self.slurm_up() as made:
            done = made.run(["salloc", "--partition", slurm.PARTITION, "--nodes", "16", "--exclusive",
                             "--no-kill", "env", "--chdir", self.folder, BINARY, "run", self.plan,
                             "--launcher", "slurm", "--out", self.folder / "out"],
                            timeout=MOST_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        found, _ = self.outcomes_by_node(self.run_file())
        self.assertEqual(found, {name: ["completed", "completed"] for name in made.names})
        self.assertEqual({node["rack"] for node in self.verdicts()["nodes"]}, set(made.racks()))

    def test_ranks_that_talk(self):
        """Over srun and PMIx, in pairs and all together; in a file of hosts, whose order stands."""
        plan = self.write("talk.toml", TALK)
        with self.slurm_up() as made:
            done = made.run(["salloc", "--partition", slurm.PARTITION, "--nodes", "4", "--exclusive",
                             "--no-kill", "env", "--chdir", self.folder, BINARY, "run", plan,
                             "--launcher", "slurm", "--out", self.folder / "out"],
                            timeout=MOST_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with h5py.File(self.run_file(), "r") as run:
            self.assertEqual(run.attrs["complete"], 1)
            for name, cells in (("pairs", 4), ("group", 1)):
                metric = run[f"metrics/collectives.all_reduce.64KiB.{name}"]
                words = h5py.check_enum_dtype(metric["outcome"].dtype)
                self.assertEqual(list(metric["outcome"][...]), [words["completed"]] * cells)

    def test_every_rank_may_use_all_gpus_of_its_node(self):
        """However the allocation was asked for them: by task, with a binding, in sum, or not at all."""
        seen = self.folder / "seen"
        seen.mkdir()
        witness = self.write("witness", WITNESS.format(folder=seen))
        witness.chmod(0o755)
        plan = self.write("witnessed.toml", WITNESSED.format(witness=witness))
        every = ",".join(str(gpu) for gpu in range(GPUS))
        with slurm.Slurm(2, sees=[self.folder, BINARY.parent, SOURCE], gpus=GPUS) as made:
            for number, asked in enumerate((["--gpus-per-task=1", f"--ntasks-per-node={GPUS}"],
                                            [f"--gpus-per-node={GPUS}", "--gpu-bind=single:1"],
                                            [f"--gpus={2 * GPUS}", "--ntasks-per-gpu=1"], [])):
                out = self.folder / f"out{number}"
                done = made.run(["salloc", "--partition", slurm.PARTITION, "--nodes", "2", "--exclusive",
                                 *asked, "env", "--chdir", self.folder, BINARY, "run", plan,
                                 "--launcher", "slurm", "--out", out], timeout=MOST_SECONDS, check=False)
                self.assertEqual(done.returncode, 0, f"{asked}\n{done.stdout}{done.stderr}")
                told = {file.name: file.read_text().strip() for file in seen.iterdir()}
                self.assertEqual(len(told), 2 * (1 + GPUS), f"{asked}: {told}")  # asked first, then at work
                self.assertEqual(set(told.values()), {every}, f"{asked}: {told}")
                for file in seen.iterdir():
                    file.unlink()

    def test_one_job_a_rack(self):
        with self.slurm_up() as made:
            drained, killed = self.rng.sample(made.names, 2)
            print(f"drained {drained}, killed {killed}", file=sys.stderr)
            made.drain(drained, "bad DIMM $(touch x)")
            self.submit_without_sending(made)
            self.rackproof_in(made, "submit", self.plan, "--partition", slurm.PARTITION, "--go",
                              "--out", self.folder / "racks")
            rack_of = {node: rack for rack, nodes in made.racks().items() for node in nodes}
            self.wait_until_at_work(made, self.folder / "racks" / rack_of[killed], made.racks()[rack_of[killed]])
            made.kill_node(killed)
            self.assertEqual(self.status(made).returncode, 3)
            made.wait_for_no_jobs(MOST_SECONDS)
            told = self.status(made)
            print(told.stdout, file=sys.stderr)
            self.assertEqual(told.returncode, 1)
            self.the_failed_node_is_drained(made, self.folder / "racks" / rack_of[killed], killed)
        self.every_node_is_accounted_for(made, drained, killed)

    def test_a_requeued_job_goes_on_where_it_was(self):
        """Slurm ends it in mid-run and starts it again: nothing that was recorded is lost, nothing is
        there twice, and there is one run file."""
        with self.in_mid_run() as (made, folder, number):
            made.requeue(number)
            self.goes_on(made, folder, number)

    def test_who_dies_of_a_requeue_is_held_against_nobody(self):
        """The node of the controller is the last to hear of it: all others have died by then."""
        with self.in_mid_run() as (made, folder, number):
            first, *others = made.names
            made.hold_daemon(first)
            try:
                made.begin_requeue(number)
                self.wait_until(made, lambda: not any(self.workers(made, name) for name in others))
                self.wait_until(made, lambda: b"allocation_ended" in (folder / "journal").read_bytes())
            finally:
                made.release_daemon(first)
            made.wait_for_job(number, "PENDING")
            self.goes_on(made, folder, number)

    @contextlib.contextmanager
    def in_mid_run(self):
        """(Slurm, the rack's folder, its job), while all nodes are at the second of two stages."""
        plan = self.write("requeued.toml", REQUEUED)
        with slurm.Slurm(REQUEUED_NODES, racks=1, sees=[self.folder, BINARY.parent, SOURCE]) as made:
            self.rackproof_in(made, "submit", plan, "--partition", slurm.PARTITION, "--go", "--out",
                              self.folder / "racks")
            folder = self.folder / "racks" / "r1"
            number = made.run(["squeue", "--noheader", "--format", "%i"]).stdout.strip()
            during = set(range(REQUEUED_NODES, 2 * REQUEUED_NODES))
            self.wait_until(made, lambda: during <= journal.cells_begun(folder / "journal").keys())
            yield made, folder, number

    def workers(self, made, name):
        return [pid for pid in made.processes(name) if (command_of(pid) or [])[1:2] == ["worker"]]

    def goes_on(self, made, folder, number):
        """To its end, from where it was when it was put back into the queue."""
        before, during = range(REQUEUED_NODES), range(REQUEUED_NODES, 2 * REQUEUED_NODES)
        seen = (folder / "journal").read_bytes()
        self.assertEqual(journal_reader.ended_cells(seen), {(cell, 0): "completed" for cell in before})
        made.start_soon(number)
        made.wait_for_no_jobs(MOST_SECONDS)
        told = self.status(made)
        self.assertEqual(told.returncode, 0, told.stdout + (folder / "slurm.log").read_text() + made.logs())
        data = (folder / "journal").read_bytes()
        self.assertTrue(data.startswith(seen[:journal_reader.whole_bytes(seen)]), "a record was lost")
        kinds = [kind for kind, _ in journal_reader.records(data)]
        self.assertEqual(kinds.count(journal_reader.RESUMED), 1)
        self.assertEqual(journal_reader.ended_cells(data), {(cell, 0): "completed" for cell in [*before, *during]})
        self.assertEqual([file.name for file in self.folder.rglob("*.h5")], ["run.h5"])
        with h5py.File(folder / "run.h5", "r") as run:
            self.assertEqual(run.attrs["complete"], 1)
            for name in ("before", "during"):
                metric = run[f"metrics/selftest.pass.{name}"]
                self.assertEqual(sorted(metric["target"][...]), list(before))
                self.assertEqual(set(metric["attempt"][...]), {0})

    def wait_until(self, made, done):
        until = time.monotonic() + 120
        while not done():
            self.assertLess(time.monotonic(), until, made.run(["squeue"]).stdout + made.logs())
            time.sleep(0.1)

    def the_racks_merge(self, made, seen, drained):
        files = [self.folder / "racks" / rack / "run.h5" for rack in made.racks()]
        self.rng.shuffle(files)
        self.rackproof("merge", *files, "-o", "all.h5", status=0)
        found, states = self.outcomes_by_node(self.folder / "all.h5")
        self.assertEqual(found, seen)
        self.assertEqual(states, {name: "up" for name in made.names} | {drained: "drained"})
        self.rackproof("judge", "all.h5", status=1)

    def rackproof_in(self, made, *arguments, status=0):
        done = made.run([BINARY, *arguments], check=False, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def status(self, made):
        return made.run([BINARY, "status", self.folder / "racks"], check=False)

    def submit_without_sending(self, made):
        done = self.rackproof_in(made, "submit", self.plan, "--partition", slurm.PARTITION, "--out",
                                 self.folder / "racks")
        self.assertIn("nothing was sent", done.stdout)
        self.assertEqual(made.run(["squeue", "--noheader"]).stdout, "")
        told = self.status(made)
        self.assertEqual(told.returncode, 3)
        self.assertEqual(told.stdout.count("not submitted"), RACKS + 1)

    def wait_until_at_work(self, made, folder, nodes):
        """Until every node of the rack but a drained one has begun its cell."""
        up = [place for place, node in enumerate(nodes) if "DRAIN" not in made.states()[node]]
        self.wait_until(made, lambda: set(up) <= journal.cells_begun(folder / "journal").keys())

    def the_failed_node_is_drained(self, made, folder, killed):
        shown = self.rackproof_in(made, "report", folder / "run.h5", "--slurm", status=1).stdout
        self.assertRegex(shown, f"^scontrol update NodeName={killed} State=DRAIN 'Reason=rackproof: [^\n]*'\n$")
        self.assertNotIn("DRAIN", made.states()[killed])
        self.rackproof_in(made, "report", folder / "run.h5", "--slurm", "--apply", status=1)
        self.assertIn("DRAIN", made.states()[killed])
        self.assertIn("rackproof: ", made.run(["sinfo", "-R", "-n", killed]).stdout)

    def every_node_is_accounted_for(self, made, drained, killed):
        seen = {}
        for rack, nodes in made.racks().items():
            found, states = self.outcomes_by_node(self.folder / "racks" / rack / "run.h5")
            self.assertEqual(list(found), nodes)
            seen.update(found)
            for node in nodes:
                self.assertEqual(states[node] == "up", node != drained)
        self.the_racks_merge(made, seen, drained)
        self.assertEqual(seen.pop(drained), ["excluded", "excluded"])
        # What ran on the killed node has nothing to do with Slurm's daemons and may come to its
        # end; but nothing can be started there any more, nor in a retest.
        outcomes = seen.pop(killed)
        self.assertIn(outcomes[0], {"completed", "lost", "timed_out"})
        self.assertEqual(outcomes[-2:], ["lost", "lost"])
        self.assertEqual(seen, {node: ["completed", "completed"] for node in seen})
        verdicts = {}
        for rack in made.racks():
            judged = self.verdicts(f"racks/{rack}")
            verdicts.update({node["node"]: node["verdict"] for node in judged["nodes"]})
            for finding in judged["findings"]:
                self.assertIn(finding["node"], {drained, killed})
                if finding["node"] == drained:
                    self.assertIn("bad DIMM $(touch x)", str(finding))
        self.assertEqual(verdicts.pop(drained), "no_data")
        self.assertEqual(verdicts.pop(killed), "fail")
        self.assertEqual(set(verdicts.values()), {"pass"})


if __name__ == "__main__":
    namespaces.test_main(slurm.why_not())
