"""rackproof baseline and judge --baseline: limits from accepted racks."""

import collections
import json
import tomllib

from harness import SOURCE, HarnessTest, main

SMALL = ("--set", "fleet.nodes=40")
SLOW_FLEET = """
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

    def failed_by_limit(self, *arguments):
        """How many findings there are on each metric."""
        done = self.rackproof("judge", "tonight.h5", "--json", "-", *arguments)
        found = json.loads(done.stdout)["findings"]
        return collections.Counter(
            finding["metric"] for finding in found if finding["kind"] == "limit")

    def test_a_slow_fleet_is_outside_and_a_like_one_is_not(self):
        text, limits = self.derived()
        self.assertIn("from 40 nodes", text)
        for limit in limits:
            self.assertIn("40 nodes", limit["source"])
            self.assertEqual(("min" in limit) + ("max" in limit), 1)
        self.rackproof("simulate", "clean", "-o", "tonight.h5", "--seed", 2, *SMALL, status=0)
        # One healthy value in a thousand may be outside, of a skewed metric some more: of 320
        # values three are one in a hundred.
        outside = self.failed_by_limit("--policy", "limits.toml")
        self.assertLessEqual(max(outside.values(), default=0), 3)
        self.assertEqual(self.failed_by_limit("--baseline", "accepted.h5"), outside)
        rates = {limit["case"] for limit in limits if limit["unit"] != "degC"}
        clean = (SOURCE / "plans" / "scenarios" / "clean.toml").read_text()
        (self.folder / "slow.toml").write_text(clean + SLOW_FLEET)
        self.rackproof("simulate", "slow.toml", "-o", "tonight.h5", "--seed", 2, *SMALL, status=0)
        self.assertLessEqual(rates, set(self.failed_by_limit("--policy", "limits.toml")))
        self.assertLessEqual(rates, set(self.failed_by_limit("--baseline", "accepted.h5")))

    def test_few_nodes_are_said_to_be_provisional(self):
        self.rackproof("simulate", "clean", "-o", "accepted.h5", "--seed", 1,
                       "--set", "fleet.nodes=8", status=0)
        text, limits = self.derived()
        self.assertIn("provisional", text)
        self.assertTrue(all("provisional" in limit["source"] for limit in limits))

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
