"""rackproof compare: simulated vendors whose difference is known."""

import csv

from harness import HarnessTest, main

SCENARIO = """name = "vendor"

[fleet]
nodes = {nodes}
devices_per_node = 4
nodes_per_rack = 4
node_spread = 0.004

[[metric]]
name = "gemm.bf16"
unit = "TFLOP/s"
centre = {centre}
spread = 0.008

[[metric]]
name = "{other}"
unit = "GB/s"
centre = 1000

[[rack_effect]]
spread = 0.004
"""


class Compare(HarnessTest):
    def vendor(self, name, centre=720, nodes=96, other="membw.triad", seed=1):
        self.write(f"{name}.toml", SCENARIO.format(nodes=nodes, centre=centre, other=other))
        self.rackproof("simulate", f"{name}.toml", "-o", f"{name}.h5", "--seed", seed, status=0)

    def rows(self, *files, status=0):
        done = self.rackproof("compare", *files, "--csv", status=status)
        return list(csv.DictReader(done.stdout.splitlines()))

    def test_a_known_difference_is_within_its_interval(self):
        self.vendor("acme", 720, seed=1)
        self.vendor("bolt", 720 * 0.96, seed=2)
        gemm, triad = self.rows("acme.h5", "bolt.h5")
        self.assertEqual((gemm["metric"], gemm["resampled"], gemm["scale"]),
                         ("gemm.bf16", "racks", "relative"))
        self.assertLess(float(gemm["low"]), -0.04)
        self.assertGreater(float(gemm["high"]), -0.04)
        self.assertLess(float(gemm["high"]), -0.02)
        self.assertLess(float(triad["low"]), 0)
        self.assertGreater(float(triad["high"]), 0)
        text = self.rackproof("compare", "acme.h5", "bolt.h5", status=0).stdout
        self.assertIn("bolt.h5 against acme.h5\n", text)
        self.assertIn("by 24 and 24 racks", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_the_same_run_does_not_differ_from_itself_and_gives_the_same_bytes(self):
        self.vendor("acme")
        rows = self.rows("acme.h5", "acme.h5", "acme.h5")
        self.assertEqual(len(rows), 4)
        self.assertEqual({row["difference"] for row in rows}, {"0"})
        self.assertEqual(rows, self.rows("acme.h5", "acme.h5", "acme.h5"))

    def test_what_is_in_one_run_only_is_listed(self):
        self.vendor("acme")
        self.vendor("bolt", other="membw.copy", seed=2)
        refused = {row["metric"]: row["refused"] for row in self.rows("acme.h5", "bolt.h5")}
        self.assertEqual(refused, {"gemm.bf16": "", "membw.triad": "only in acme.h5",
                                   "membw.copy": "only in bolt.h5"})
        text = self.rackproof("compare", "acme.h5", "bolt.h5", status=0).stdout
        self.assertIn("Not compared\n  membw.triad: only in acme.h5\n", text)

    def test_too_few_nodes_have_no_interval_and_it_is_said(self):
        self.vendor("acme", nodes=8)
        self.vendor("bolt", nodes=8, seed=2)
        row = self.rows("acme.h5", "bolt.h5")[0]
        self.assertEqual((row["low"], row["high"]), ("", ""))
        self.assertIn("8 and 8 nodes: at least 20", row["note"])

    def test_runs_of_nothing_in_common_are_no_success(self):
        self.write("one.csv", "node,metric,value\nn1,a,1\n")
        self.write("two.csv", "node,metric,value\nn1,b,1\n")
        for name in ("one", "two"):
            self.rackproof("import", "csv", f"{name}.csv", "-o", f"{name}.h5", status=0)
        self.assertEqual(len(self.rows("one.h5", "two.h5", status=3)), 2)
        self.rackproof("compare", "one.h5", status=2)


if __name__ == "__main__":
    main()
