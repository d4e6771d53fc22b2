"""rackproof simulate: fleets with planted faults, the truth beside them."""

import json

import h5py
import numpy
from harness import HarnessTest, main

ARGUMENTS = ("--seed", 7, "--set", "fleet.nodes=80")


class Simulate(HarnessTest):
    def simulated(self, scenario, *arguments, name="run.h5"):
        self.rackproof("simulate", scenario, "-o", name, "--truth", "truth.json", *arguments,
                       status=0)
        return json.loads((self.folder / "truth.json").read_text())

    def test_the_file_holds_the_faults_that_the_truth_names(self):
        truth = self.simulated("slow-devices", *ARGUMENTS, "--set", "metric.0.noise=0.0001")
        faults = [fault for fault in truth["faults"] if fault["name"] == "everywhere"]
        self.assertEqual(len(faults), 12)
        with h5py.File(self.folder / "run.h5") as run:
            self.assertEqual(run.attrs["run_id"].decode(), truth["run_id"])
            nodes = [name.decode() for name in run["nodes/name"]]
            self.assertEqual(len(nodes), 80)
            device_of = {(nodes[node], str(index)): row for row, (node, index) in enumerate(
                zip(run["devices/node"][:], run["devices/index"][:]))}
            values = numpy.median(run["metrics/gemm.fp64/values"][:], axis=1)
            centre = numpy.median(values)
            for fault in faults:
                size = fault["sizes"][fault["metrics"].index("gemm.fp64")]
                slow = 1 - values[device_of[fault["node"], fault["device"]]] / centre
                self.assertAlmostEqual(slow, size, delta=0.02)

    def test_the_same_seed_gives_the_same_bytes(self):
        self.simulated("mixed", *ARGUMENTS, name="one.h5")
        self.simulated("mixed", *ARGUMENTS, name="two.h5")
        one, two = ((self.folder / name).read_bytes() for name in ("one.h5", "two.h5"))
        self.assertEqual(one, two)
        self.simulated("mixed", "--seed", 8, "--set", "fleet.nodes=80", name="three.h5")
        self.assertNotEqual(one, (self.folder / "three.h5").read_bytes())

    def test_a_drawn_seed_is_printed_and_gives_the_fleet_again(self):
        done = self.rackproof("simulate", "four-by-four", "-o", "run.h5", status=0)
        seed = done.stdout.split("seed ")[1].strip()
        self.rackproof("simulate", "four-by-four", "-o", "again.h5", "--seed", seed, status=0)
        self.assertEqual((self.folder / "run.h5").read_bytes(),
                         (self.folder / "again.h5").read_bytes())

    def test_a_policy_in_the_scenario_is_what_the_fleet_is_judged_by(self):
        self.simulated("slow-fleet", *ARGUMENTS)
        done = self.rackproof("judge", "run.h5", "--json", "-", status=1)
        kinds = {finding["kind"] for finding in json.loads(done.stdout)["findings"]}
        self.assertIn("limit", kinds)

    def test_the_slowdown_that_a_run_could_have_seen_is_told(self):
        self.simulated("clean", *ARGUMENTS)
        table = self.rackproof("judge", "run.h5", "--sensitivity", status=0).stdout
        self.assertIn("Sensitivity: the smallest slowdown", table)
        entries = json.loads(
            self.rackproof("judge", "run.h5", "--json", "-", status=0).stdout)["sensitivity"]
        with h5py.File(self.folder / "run.h5") as run:
            self.assertEqual({entry["metric"] for entry in entries}, set(run["metrics"]))
        finest = [entry for entry in entries if entry["level"] == "device"]
        should_be_seen = {"1": 0.05, "K": 10}
        blind = {entry["metric"] for entry in finest
                 if entry["slowdown"] > should_be_seen[entry["unit"]]}
        named = table.partition("Could not have seen 5 %")[2]
        for metric in {entry["metric"] for entry in finest}:
            self.assertEqual(metric + " (" in named, metric in blind, metric)

    def test_what_is_missing_is_no_pass(self):
        truth = self.simulated("missing", *ARGUMENTS)
        done = self.rackproof("judge", "run.h5", "--json", "-")
        verdicts = {node["node"]: node["verdict"] for node in json.loads(done.stdout)["nodes"]}
        for fault in truth["faults"]:
            self.assertIn(verdicts[fault["node"]], ("no_data", "fail"), fault)

    def test_a_wrong_scenario_is_refused_with_its_place(self):
        self.write("bad.toml", 'name = "bad"\n[[metric]]\nname = "m"\ncentre = 1\nspread = "x"\n')
        done = self.rackproof("simulate", "bad.toml", "-o", "run.h5", status=2)
        self.assertIn("bad.toml:5:10: 'spread' is a text; expected a number", done.stderr)
        self.assertFalse((self.folder / "run.h5").exists())
        done = self.rackproof("simulate", "clean", "-o", "run.h5", "--set", "fleet.nodes=0", status=2)
        self.assertIn("--set fleet.nodes:1:", done.stderr)
        done = self.rackproof("simulate", "nowhere", "-o", "run.h5", status=2)
        self.assertIn("expected a file or one of: clean", done.stderr)


if __name__ == "__main__":
    main()
