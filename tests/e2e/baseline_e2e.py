"""rackproof baseline and judge --baseline: limits from accepted racks."""

import collections
import json
import tomllib

from harness import HarnessTest, main

SMALL = ("--set", "fleet.nodes=40")
NORMAL = """
name = "normal"
[fleet]
nodes = 40
[[metric]]
name = "gemm.bf16"
unit = "TFLOP/s"
centre = 700
spread = 0.01
[[metric]]
name = "allreduce.latency"
unit = "us"
centre = 20
spread = 0.02
better = "lower"
"""
SLOW = """
[[fault]]
kind = "slow"
level = "fleet"
size = 0.3
"""


class Baseline(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rackproof("simulate", "clean", "-o", "accepted.h5", "--seed", 1, *SMALL, status=0)

    def derived(self, *arguments):
        done = self.rackproof("baseline", "accepted.h5", "-o", "limits.toml", *arguments, status=0)
        return done.stdout, tomllib.loads((self.folder / "limits.toml").read_text())["limit"]

    def outside_limits(self, run, *arguments):
        """How many findings there are on each metric."""
        done = self.rackproof("judge", run, "--json", "-", *arguments)
        found = json.loads(done.stdout)["findings"]
        return collections.Counter(
            finding["metric"] for finding in found if finding["kind"] == "limit")

    def simulate(self, scenario, run, seed):
        (self.folder / "scenario.toml").write_text(scenario)
        self.rackproof("simulate", "scenario.toml", "-o", run, "--seed", seed, status=0)

    def test_limits_say_what_they_rest_on_and_what_was_accepted_keeps_them(self):
        text, limits = self.derived()
        self.assertIn("from 40 nodes", text)
        self.assertIn("each with 95 % confidence", text)
        self.assertNotIn("provisional", text)
        for limit in limits:
            self.assertIn("40 nodes", limit["source"])
            self.assertIn("at least 92.78 % of healthy nodes keep it", limit["source"])
            self.assertNotIn("provisional", limit)
            self.assertEqual(("min" in limit) + ("max" in limit), 1)
        self.assertEqual(self.outside_limits("accepted.h5", "--policy", "limits.toml"), {})

    def test_a_slow_fleet_is_outside_and_a_like_one_is_not(self):
        self.simulate(NORMAL, "accepted.h5", 1)
        self.derived()
        self.simulate(NORMAL, "like.h5", 2)
        self.simulate(NORMAL + SLOW, "slow.h5", 2)
        for held_against in (("--policy", "limits.toml"), ("--baseline", "accepted.h5")):
            self.assertEqual(self.outside_limits("like.h5", *held_against), {})
            self.assertEqual(self.outside_limits("slow.h5", *held_against),
                             {"gemm.bf16": 40, "allreduce.latency": 40})

    def test_few_nodes_are_said_to_be_provisional(self):
        self.rackproof("simulate", "clean", "-o", "accepted.h5", "--seed", 1,
                       "--set", "fleet.nodes=8", status=0)
        text, limits = self.derived()
        self.assertIn("provisional", text)
        self.assertTrue(all(limit["provisional"] for limit in limits))
        self.simulate(NORMAL + SLOW, "slow.h5", 2)
        done = self.rackproof("judge", "slow.h5", "--policy", "limits.toml", "--json", "-")
        judged = json.loads(done.stdout)
        self.assertEqual(len(judged["provisional"]), 1)
        self.assertIn(f"and {len(limits) - 4} more, from accepted accepted.h5: 8 nodes", judged["provisional"][0])
        resting = [finding for finding in judged["findings"] if finding["rule"] == "limit"]
        self.assertTrue(resting)
        for finding in resting:
            self.assertIn("8 nodes", finding["provisional"])
            self.assertIn("(provisional limit, from accepted accepted.h5: 8 nodes", finding["sentence"])
        table = self.rackproof("judge", "slow.h5", "--policy", "limits.toml").stdout
        self.assertIn("\nProvisional\n", table)

    def test_more_confidence_is_a_wider_limit(self):
        _, usual = self.derived()
        _, wider = self.derived("--confidence", "0.99")
        for less, more in zip(usual, wider):
            if "min" in less:
                self.assertLessEqual(more["min"], less["min"])
            else:
                self.assertGreaterEqual(more["max"], less["max"])
        self.assertNotEqual(usual, wider)

    def test_what_gives_no_limit_is_refused(self):
        (self.folder / "no.h5").write_text("no run file")
        done = self.rackproof("baseline", "no.h5", "-o", "limits.toml", status=2)
        self.assertIn("no.h5", done.stderr)
        done = self.rackproof("judge", "accepted.h5", "--baseline", "no.h5", status=2)
        self.assertIn("no.h5", done.stderr)
        self.rackproof("simulate", "two-skus", "-o", "two.h5", "--seed", 1, *SMALL, status=0)
        done = self.rackproof("baseline", "two.h5", "-o", "limits.toml", status=2)
        self.assertIn("limits hold for one sku", done.stderr)
        self.rackproof("baseline", "accepted.h5", "-o", "limits.toml", "--content", 2, status=2)
        self.assertFalse((self.folder / "limits.toml").exists())


if __name__ == "__main__":
    main()
