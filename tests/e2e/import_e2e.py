"""rackproof import csv: long-format CSV to run files."""

import copy
import json
import unittest

import h5py
import jsonschema
from harness import SOURCE, HarnessTest, main

# DCGM's own (SOURCES.md beside it has the commit).
DCGM_SCHEMA = SOURCE.parent / "shared/data/dcgm-diag-json/dcgm_diag_schema.json"
# Of what it requires: what says nothing of how a test ended, or says it again.
SAYS_NO_MORE = ("category", "entity_group_id", "test_summary")
SAID = {"name": "memory", "category": "Hardware", "status": "Pass", "entity_group": "GPU", "version": "4.2.0"}

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

    def test_when_it_was_measured_is_said_and_never_guessed(self):
        self.write("in.csv", csv())
        done = self.rackproof("import", "csv", "in.csv", "-o", "no.h5", status=0)
        self.assertIn("1 run file does not say when it was measured", done.stderr)
        done = self.rackproof("import", "csv", "in.csv", "-o", "run.h5", "--started",
                              "2026-01-02T04:00:00+01:00", status=0)
        self.assertNotIn("when it was measured", done.stderr)
        with h5py.File(self.folder / "run.h5") as run:
            self.assertEqual(run.attrs["started"].decode(), "2026-01-02T03:00:00Z")
        for started, why in (("yesterday", "expected a date and time"), ("2026-02-30T00:00:00Z", "expected a date"),
                             ("2026-01-02T03:00:00", "with its zone"),
                             ("2999-01-01T00:00:00Z", "has not been yet")):
            done = self.rackproof("import", "csv", "in.csv", "-o", "x.h5", "--started", started, status=2)
            self.assertIn(why, done.stderr)
        self.write("timed.csv", "node,metric,value,time\nn1,a.b,1,2026-01-02T03:00:00Z\n")
        self.write("runs.csv", "node,metric,value,run\nn1,a.b,1,one\nn1,a.b,1,two\n")
        for name, why in (("timed", "says itself when"), ("runs", "rows of 2 runs")):
            done = self.rackproof("import", "csv", f"{name}.csv", "-o", "x.h5", "--started",
                                  "2026-01-02T03:00:00Z", status=2)
            self.assertIn(why, done.stderr)
        self.assertFalse((self.folder / "x.h5").exists())

    def test_a_history_is_ordered_by_what_was_said(self):
        burn = ("50.0%  proc'd: 1 (1 Gflop/s) - 1 (1 Gflop/s)   errors: 0 - 0   temps: 40 C - 41 C \n"
                "90.0%  proc'd: 2 ({0} Gflop/s) - 2 (900 Gflop/s)   errors: 0 - 0   temps: 48 C - 49 C \n"
                "Tested 2 GPUs:\n\tGPU 0: OK\n\tGPU 1: OK\n")
        (self.folder / "past").mkdir()
        # In the order of their names and of the files' own times the last comes first.
        for name, day in (("b", 2), ("a", 3), ("c", 1), ("undated", None)):
            self.write(f"{name}.log", burn.format(880 + (day or 0)))
            said = ["--started", f"2026-01-0{day}T00:00:00Z"] if day else []
            done = self.rackproof("import", "gpu-burn", f"{name}.log", "--node", "n1", "-o",
                                  f"past/{name}.h5", *said, status=0)
            self.assertEqual("when it was measured" in done.stderr, day is None)
        text = self.rackproof("history", "past", "n1", status=0).stdout
        order = [text.index(f"2026-01-0{day} 00:00") for day in (1, 2, 3)]
        self.assertEqual(order, sorted(order))
        self.assertLess(order[-1], text.index("start not known"))
        done = self.rackproof("judge", "past/a.h5", "--history", "past", "--json", "-")
        notes = json.loads(done.stdout)["history"]
        self.assertIn("Held against 2 earlier runs, from 2026-01-01 to 2026-01-02", notes[0])
        self.assertTrue(any("1 run files left out: they do not say when" in note for note in notes), notes)
        done = self.rackproof("judge", "past/undated.h5", "--history", "past", status=2)
        self.assertIn("does not say when it started", done.stderr)

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


def smallest(schema, name=""):
    """An instance of all that a schema names, one item a list."""
    if schema["type"] == "object":
        return {key: smallest(value, key) for key, value in schema["properties"].items()}
    if schema["type"] == "array":
        return [smallest(schema["items"], name)]
    return 0 if schema["type"] == "integer" else SAID.get(name, "said")


def required_of(schema, path=()):
    """(where, key) of each key that a schema requires."""
    for key in schema.get("required", ()):
        yield path, key
    for key, value in schema.get("properties", {}).items():
        yield from required_of(value, (*path, key))
    if schema["type"] == "array":
        yield from required_of(schema["items"], (*path, 0))


def at(document, path):
    for key in path:
        document = document[key]
    return document


@unittest.skipUnless(DCGM_SCHEMA.exists(), "DCGM's own schema is not here")
class DcgmsOwnSchema(HarnessTest):
    def setUp(self):
        super().setUp()
        self.schema = json.loads(DCGM_SCHEMA.read_text())

    def imported(self, document, status):
        self.write("diag.json", json.dumps(document))
        return self.rackproof("import", "dcgm", "diag.json", "--node", "n1", "-o", "run.h5", status=status)

    def whole(self):
        document = smallest(self.schema)
        del document["DCGM Diagnostic"]["runtime_error"]
        return document

    def outcome(self):
        with h5py.File(self.folder / "run.h5") as run:
            outcomes = run["metrics/dcgm.memory/outcome"]
            names = {number: text for text, number in h5py.check_enum_dtype(outcomes.dtype).items()}
            return [names[number] for number in outcomes[...]]

    def test_what_the_tests_take_for_todays_form_keeps_to_it(self):
        seed = (SOURCE / "tests/fuzz/corpus/dcgm/new").read_text()
        jsonschema.Draft202012Validator(self.schema).validate(json.loads(seed[1:]))

    def test_all_that_it_names_is_understood(self):
        document = self.whole()
        jsonschema.Draft202012Validator(self.schema).validate(document)
        for status, outcome in (("Pass", "completed"), ("Fail", "wrong_answer"), ("Skip", "skipped")):
            result = document["DCGM Diagnostic"]["test_categories"][0]["tests"][0]["results"][0]
            result["status"] = status
            self.imported(document, 0)
            self.assertEqual(self.outcome(), [outcome])

    def test_a_run_that_broke_is_no_pass(self):
        self.imported(smallest(self.schema), 0)
        self.assertIn("dcgm.run.node", self.rackproof("judge", "run.h5", status=3).stdout)

    def test_what_it_requires_of_a_verdict_is_required(self):
        told = [(path, key) for path, key in required_of(self.schema)
                if path[:1] == ("DCGM Diagnostic",) and "warnings" not in path and key not in SAYS_NO_MORE]
        self.assertGreater(len(told), 5)
        for path, key in told:
            document = copy.deepcopy(self.whole())
            del at(document, path)[key]
            with self.subTest(path=path, key=key):
                self.assertIn(f"'{key}'", self.imported(document, 2).stderr)


if __name__ == "__main__":
    main()
