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


BURN = """GPU 0: A100 (UUID: GPU-1)
GPU 1: A100 (UUID: GPU-2)
50.0%  proc'd: 1 (10 Gflop/s) - 1 (10 Gflop/s)   errors: 0 - 0   temps: 40 C - 40 C
90.0%  proc'd: 2 ({0} Gflop/s) - 2 ({1} Gflop/s)   errors: 0 - {2}   temps: 50 C - 51 C
Tested 2 GPUs:
\tGPU 0: OK
\tGPU 1: {3}
"""


class ImportLogs(HarnessTest):
    def burn(self, node, rates, errors="0", verdict="OK"):
        (self.folder / node).mkdir()
        self.write(f"{node}/burn.log", BURN.format(*rates, errors, verdict))

    def test_a_folder_of_logs_is_judged_node_by_node(self):
        for number in range(8):
            slow = 12000 if number == 5 else 17000 + number
            self.burn(f"n{number}", (slow, 17010 - number),
                      *(("3 (WARNING!)", "FAULTY") if number == 2 else ()))
        logs = [f"n{number}/burn.log" for number in range(8)]
        self.rackproof("import", "gpu-burn", *logs, "-o", "run.h5", status=2)
        self.rackproof("import", "gpu-burn", *logs, "-o", "run.h5", "--node-from",
                       "{node}/burn.log", status=0)
        with h5py.File(self.folder / "run.h5") as run:
            rate = run["metrics/gpu-burn.rate"]
            self.assertEqual(rate["values"][2 * 5, 0], 12000e9)
            self.assertEqual(rate.attrs["unit"].decode(), "FLOP/s")
        done = self.rackproof("judge", "run.h5", "--json", "-", status=1)
        verdicts = {node["node"]: node["verdict"] for node in json.loads(done.stdout)["nodes"]}
        self.assertEqual(verdicts.pop("n5"), "fail")
        self.assertEqual(verdicts.pop("n2"), "fail")
        self.assertEqual(set(verdicts.values()), {"pass"})

    def test_a_line_that_is_not_understood_is_named_and_nothing_is_written(self):
        self.write("burn-n1.log", BURN.format(1, 1, 0, "OK") + "what is this\n")
        done = self.rackproof("import", "gpu-burn", "burn-n1.log", "-o", "run.h5", "--node", "n1",
                              status=2)
        self.assertIn("burn-n1.log:8: 'what is this'", done.stderr)
        self.assertFalse((self.folder / "run.h5").exists())
        self.rackproof("import", "gpu-burn", "burn-n1.log", "-o", "run.h5", "--node", "n1",
                       "--skip-bad", status=0)
        self.rackproof("judge", "run.h5", status=3)


if __name__ == "__main__":
    main()
