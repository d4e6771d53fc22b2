"""rackproof merge: run files of racks to one of the fleet."""

import json

import h5py
from harness import HarnessTest, main

HEADER = "node,device,metric,value,unit,rack,sku\n"


class Merge(HarnessTest):
    def rack(self, name, nodes=4, slow=None):
        """Imports one rack's run; `slow` is a (node, device) that is 20 % slow."""
        text = HEADER
        for node in range(nodes):
            for device in range(4):
                for repetition in range(3):
                    value = 700 + (node * 7 + device * 3 + repetition) % 5
                    if (node, device) == slow:
                        value *= 0.8
                    text += f"{name}n{node},{device},gemm.bf16,{value},TFLOP/s,{name},h200\n"
        self.write(f"{name}.csv", text)
        self.rackproof("import", "csv", f"{name}.csv", "-o", f"{name}.h5", status=0)
        return f"{name}.h5"

    def judged(self, name):
        return json.loads(self.rackproof("judge", name, "--json", "-").stdout)

    def test_racks_become_a_fleet_in_any_order(self):
        racks = [self.rack("r1"), self.rack("r2", slow=(2, 1)), self.rack("r3")]
        done = self.rackproof("merge", *racks, "-o", "all.h5", status=0)
        self.assertIn("all.h5: 3 files, 12 nodes, 48 devices, 1 metrics", done.stdout)
        self.rackproof("merge", *reversed(racks), "-o", "again.h5", status=0)
        self.assertEqual((self.folder / "all.h5").read_bytes(),
                         (self.folder / "again.h5").read_bytes())
        with h5py.File(self.folder / "all.h5") as run:
            self.assertEqual(run["metrics/gemm.bf16/values"].shape, (48, 3))
            self.assertEqual(run["nodes/name"][6], b"r2n2")
            self.assertEqual(run.attrs["complete"], 1)
        verdicts = {node["node"]: node["verdict"] for node in self.judged("all.h5")["nodes"]}
        self.assertEqual(len(verdicts), 12)
        self.assertEqual(verdicts.pop("r2n2"), "fail")
        self.assertEqual(set(verdicts.values()), {"pass"})

    def test_a_merge_of_one_is_judged_as_it_was(self):
        rack = self.rack("r1", slow=(0, 3))
        self.rackproof("merge", rack, "-o", "all.h5", status=0)
        one, all_of_it = self.judged(rack), self.judged("all.h5")
        self.assertEqual(one["nodes"], all_of_it["nodes"])
        self.assertEqual(one["findings"], all_of_it["findings"])

    def test_overlapping_nodes_are_refused(self):
        first = self.rack("r1")
        second = self.folder / "copy.h5"
        second.write_bytes((self.folder / first).read_bytes())
        done = self.rackproof("merge", first, "copy.h5", "-o", "all.h5", status=2)
        self.assertIn("its node 'r1n0' is also in", done.stderr)
        self.assertFalse((self.folder / "all.h5").exists())

    def test_other_plans_are_refused(self):
        rack = self.rack("r1")
        self.rackproof("simulate", "four-by-four", "-o", "other.h5", "--seed", 1, status=0)
        done = self.rackproof("merge", rack, "other.h5", "-o", "all.h5", status=2)
        self.assertIn("expected runs of one plan", done.stderr)

    def test_an_incomplete_rack_makes_the_fleet_incomplete(self):
        good = self.rack("r1")
        text = (self.folder / "r1.csv").read_text().replace("r1", "r2") + "r2n9,0\n"
        self.write("r2.csv", text)
        self.rackproof("import", "csv", "r2.csv", "-o", "r2.h5", "--skip-bad", status=0)
        done = self.rackproof("merge", good, "r2.h5", "-o", "all.h5", status=0)
        self.assertIn("r2.h5 is incomplete", done.stderr)
        self.rackproof("judge", "all.h5", status=3)

    def test_what_is_no_run_file_is_refused(self):
        self.write("text.h5", "hello")
        done = self.rackproof("merge", "text.h5", "-o", "all.h5", status=2)
        self.assertIn("text.h5", done.stderr)


if __name__ == "__main__":
    main()
