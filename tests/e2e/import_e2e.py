"""rackproof import csv: long-format CSV to run files."""

import json

import h5py
from harness import HarnessTest, main

HEADER = "node,device,metric,value,unit,rack,sku,rep\n"


def row(node, device, repetition, value):
    return f"{node},{device},gemm.bf16,{value},TFLOP/s,r1,h200,{repetition}\n"


def csv(nodes=8, devices=4, left_out=()):
    """gemm.bf16 of a fleet, each value a little different."""
    text = HEADER
    for node in range(nodes):
        for device in range(devices):
            if (node, device) in left_out:
                continue
            for repetition in range(3):
                value = 700 + (node * 7 + device * 3 + repetition) % 5
                text += row(f"n{node}", device, repetition, value)
    return text


class Import(HarnessTest):
    def verdicts_of(self, *arguments):
        self.rackproof("import", "csv", "in.csv", "-o", "run.h5", *arguments, status=0)
        done = self.rackproof("judge", "run.h5", "--json", "-")
        return {node["node"]: node["verdict"] for node in json.loads(done.stdout)["nodes"]}

    def test_values_are_scaled_and_stand_where_their_columns_say(self):
        self.write("in.csv", csv())
        done = self.rackproof("import", "csv", "in.csv", "-o", "run.h5", status=0)
        self.assertIn("8 nodes, 32 devices, 1 metrics", done.stdout)
        with h5py.File(self.folder / "run.h5") as run:
            metric = run["metrics/gemm.bf16"]
            self.assertEqual(metric.attrs["unit"].decode(), "FLOP/s")
            self.assertEqual(metric["values"].shape, (32, 3))
            self.assertEqual(metric["values"][5, 1], (700 + (7 + 3 + 1) % 5) * 1e12)
            self.assertEqual(run["nodes/sku"][0], b"h200")

    def test_what_a_node_lacks_is_no_data(self):
        self.write("in.csv", csv(left_out={(3, 2)}))
        verdicts = self.verdicts_of()
        self.assertEqual(verdicts.pop("n3"), "no_data")
        self.assertEqual(set(verdicts.values()), {"pass"})

    def test_the_fleet_file_names_nodes_that_are_not_in_the_files(self):
        self.write("in.csv", csv(nodes=7))
        nodes = "".join(f'[[node]]\nname = "n{i}"\nrack = "r1"\n' for i in range(8))
        self.write("fleet.toml", nodes)
        verdicts = self.verdicts_of("--fleet", "fleet.toml")
        self.assertEqual(verdicts.pop("n7"), "no_data")
        self.assertEqual(set(verdicts.values()), {"pass"})

    def test_a_bad_row_is_refused_with_its_place_and_nothing_is_written(self):
        self.write("in.csv", csv() + row("n9", 0, 0, "fast"))
        done = self.rackproof("import", "csv", "in.csv", "-o", "run.h5", status=2)
        self.assertIn("in.csv:98:16: 'fast' is no value; expected a finite number", done.stderr)
        self.assertFalse((self.folder / "run.h5").exists())

    def test_skipped_rows_are_listed_and_their_node_does_not_vanish(self):
        self.write("in.csv", csv() + row("n9", 0, 0, "fast") + "n1,0\n")
        done = self.rackproof("import", "csv", "in.csv", "-o", "run.h5", "--skip-bad", status=0)
        self.assertIn("in.csv:98:16: 'fast'", done.stderr)
        self.assertIn("in.csv:99:1: the row has 2 fields; expected 8", done.stderr)
        self.assertIn("96 rows imported, 2 bad rows skipped", done.stdout)
        done = self.rackproof("judge", "run.h5", "--json", "-", status=3)
        verdicts = {node["node"]: node["verdict"] for node in json.loads(done.stdout)["nodes"]}
        self.assertEqual(verdicts["n9"], "no_data")

    def test_what_report_exports_can_be_imported_again(self):
        self.rackproof("simulate", "four-by-four", "-o", "first.h5", "--seed", 5, status=0)
        self.rackproof("report", "first.h5", "--csv", "-o", "in.csv")
        self.rackproof("import", "csv", "in.csv", "-o", "second.h5", status=0)
        with h5py.File(self.folder / "first.h5") as first, \
                h5py.File(self.folder / "second.h5") as second:
            self.assertEqual(first.attrs["run_id"], second.attrs["run_id"])
            self.assertEqual(set(first["metrics"]), set(second["metrics"]))
            for name, metric in first["metrics"].items():
                again = second["metrics"][name]
                self.assertTrue((metric["values"][:] == again["values"][:]).all(), name)
                self.assertEqual(metric.attrs["better"], again.attrs["better"])
        one, two = (json.loads(self.rackproof("judge", name, "--json", "-").stdout)["nodes"]
                    for name in ("first.h5", "second.h5"))
        self.assertEqual(one, two)

    def test_several_runs_become_a_folder(self):
        self.write("in.csv", "run,node,metric,value\nmonday,a,m,1\ntuesday,a,m,2\n")
        self.rackproof("import", "csv", "in.csv", "-o", "week", status=0)
        self.assertEqual(sorted(path.name for path in (self.folder / "week").iterdir()),
                         ["monday.h5", "tuesday.h5"])


if __name__ == "__main__":
    main()
