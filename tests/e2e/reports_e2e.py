"""rackproof report: what machines read, from a stored run whose every text is hostile.

The outputs beside the stored run are what rackproof wrote once, and stay: who reads them must be
able to read on. Where one has to change (a new field, better words), RACKPROOF_STORED=write writes
them anew, and the difference is part of the change.
"""

import csv
import io
import json
import os
import shlex
import subprocess
import xml.etree.ElementTree as ElementTree

import jsonschema
import prometheus_reader
import stored_run
from harness import SOURCE, HarnessTest, checked_by_promtool, main

try:
    import junitparser
except ImportError:
    junitparser = None

SCRIPT = "<script>alert(1)</script>"
FORMATS = {"verdicts.json": "--json", "junit.xml": "--junit", "summary.md": "--markdown",
           "metrics.prom": "--prometheus", "samples.csv": "--csv", "drain.txt": "--slurm"}


def closed(schema):
    """The schema with no field allowed that it does not name: what is written must be in it."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        result["additionalProperties"] = False
    return result


def schema():
    return json.loads((SOURCE / "docs/verdicts.schema.json").read_text())


def validate(verdicts, by):
    jsonschema.Draft202012Validator(by).validate(verdicts)


class StoredRun(HarnessTest):
    def setUp(self):
        super().setUp()
        stored_run.build(stored_run.STORED / "version-1.json", self.folder / "run.h5")

    def report(self, *arguments, status=1):
        return self.rackproof("report", "run.h5", *arguments, status=status).stdout

    def test_it_keeps_to_the_format_that_is_documented(self):
        check = SOURCE / "tests/results/check_run_file.py"
        subprocess.run(["/usr/bin/python3", "-B", check, self.folder / "run.h5"], check=True)

    def test_every_output_is_as_it_was_stored(self):
        for name, flag in FORMATS.items():
            stored = stored_run.STORED / name
            written = self.report(flag)
            if os.environ.get("RACKPROOF_STORED") == "write":
                stored.write_text(written)
            with self.subTest(name):
                self.assertEqual(written, stored.read_text())

    def test_a_file_gets_what_stdout_would_get(self):
        text = self.report("--junit")
        self.report("--junit", "-o", "out.xml")
        self.assertEqual((self.folder / "out.xml").read_text(), text)

    def test_two_formats_at_once_are_refused(self):
        for one, other in (("--junit", "--json"), ("--prometheus", "--markdown"),
                           ("--slurm", "--csv")):
            done = self.rackproof("report", "run.h5", one, other, status=2)
            self.assertIn("excludes", done.stderr)

    def test_a_test_server_reads_the_junit_file(self):
        root = ElementTree.fromstring(self.report("--junit"))
        self.assertEqual(root.tag, "testsuites")
        sums = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
        for suite in root:
            self.assertEqual(suite.tag, "testsuite")
            counted = {"tests": len(suite), "failures": len(suite.findall("testcase/failure")),
                       "errors": len(suite.findall("testcase/error")),
                       "skipped": len(suite.findall("testcase/skipped"))}
            for name, count in counted.items():
                self.assertEqual(int(suite.attrib[name]), count, suite.attrib["name"])
                sums[name] += count
            for case in suite:
                self.assertEqual(case.tag, "testcase")
                self.assertEqual(set(case.attrib), {"classname", "name"})
                self.assertLessEqual(len(case), 1)
        self.assertEqual({name: int(root.attrib[name]) for name in sums}, sums)
        failed = {(case.attrib["classname"], case.attrib["name"])
                  for case in root.iter("testcase") if case.find("failure") is not None}
        self.assertIn(("rackproof.gemm", SCRIPT), failed)
        self.assertIn(("rackproof.gemm", "=cmd()"), failed)
        self.assertIn(("rackproof.membw", '"; rm -rf ~; "'), failed)
        self.assertEqual({name for _, name in failed}, {"n4", SCRIPT, "=cmd()", '"; rm -rf ~; "'})

    def test_a_reader_of_junit_files_counts_what_stands_there(self):
        if junitparser is None:
            self.skipTest("there is no junitparser (scripts/setup browser installs it)")
        suites = junitparser.JUnitXml.fromstring(self.report("--junit").encode())
        told = (suites.tests, suites.failures, suites.errors, suites.skipped)
        self.assertGreater(min(suites.tests, suites.failures), 0)
        suites.update_statistics()
        self.assertEqual((suites.tests, suites.failures, suites.errors, suites.skipped), told)
        results = {(case.classname, case.name): case.result for suite in suites for case in suite}
        self.assertIsInstance(results["rackproof.gemm", SCRIPT][0], junitparser.Failure)

    def test_a_collector_reads_the_metrics(self):
        text = self.report("--prometheus")
        series = prometheus_reader.read(text)
        verdicts = {dict(labels)["node"]: dict(labels)["verdict"]
                    for (name, labels), value in series.items()
                    if name == "rackproof_node_verdict" and value == 1}
        self.assertEqual({node["node"]: node["verdict"]
                          for node in json.loads(self.report("--json"))["nodes"]}, verdicts)
        self.assertEqual(series["rackproof_run_finished_time_seconds", frozenset()], 1795163400)
        for broken in (text[:-1], text.replace("\\\"", "\"", 1), text + text.splitlines()[-1] + "\n",
                       text.replace("# TYPE rackproof_nodes gauge\n", "")):
            with self.assertRaises(ValueError):
                prometheus_reader.read(broken)

    def test_promtool_finds_nothing_in_the_metrics(self):
        self.assertEqual(checked_by_promtool(self.report("--prometheus")), (0, ""))

    def test_the_verdicts_keep_to_their_schema(self):
        verdicts = json.loads(self.report("--json"))
        validate(verdicts, schema())
        validate(verdicts, closed(schema()))
        for path, value in ((("findings", 0, "kind"), "fast"), (("nodes", 0, "verdict"), None),
                            (("summary", "pass"), -1), (("format_version",), 2)):
            broken = json.loads(json.dumps(verdicts))
            inner = broken
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
            with self.assertRaises(jsonschema.ValidationError):
                validate(broken, schema())

    def test_no_spreadsheet_runs_what_is_in_the_csv(self):
        rows = list(csv.reader(io.StringIO(self.report("--csv"))))
        self.assertEqual({len(row) for row in rows}, {19})
        for row in rows:
            for field in row:
                self.assertNotRegex(field, r"^[=+@\t\r]")

    def test_a_shell_reads_the_drain_lines_as_words(self):
        lines = [line for line in self.report("--slurm").splitlines() if line[0] != "#"]
        self.assertEqual(len(lines), 1)
        words = shlex.split(lines[0])
        self.assertEqual(words[:4], ["scontrol", "update", "NodeName=n4", "State=DRAIN"])
        self.assertTrue(words[4].endswith('it\'s `$(reboot)`; ls # | "quoted"'), words)
        self.assertEqual(len(words), 5)


class Verdicts(HarnessTest):
    def test_verdicts_of_all_kinds_keep_to_their_schema(self):
        arguments = ("--seed", 7, "--set", "fleet.nodes=80")
        for scenario in ("mixed", "missing", "wrong-answers", "rack-effects", "slow-fleet"):
            self.rackproof("simulate", scenario, "-o", f"{scenario}.h5", *arguments, status=0)
            done = self.rackproof("judge", f"{scenario}.h5", "--json", "-")
            validate(json.loads(done.stdout), closed(schema()))

    def test_past_and_waivers_are_in_the_schema(self):
        self.rackproof("simulate", "thirty-nights", "-o", "nights", "--seed", 7, "--set",
                       "fleet.nodes=40", status=0)
        self.write("waivers.toml", '[[waiver]]\nnode = "r000n00"\nmetric = "*"\nreason = "x"\n'
                                   'until = "2999-01-01"\nby = "NAME"\n')
        done = self.rackproof("judge", "nights/night-30.h5", "--history", "nights", "--waivers",
                              "waivers.toml", "--json", "-")
        verdicts = json.loads(done.stdout)
        self.assertTrue(verdicts["history"])
        self.assertTrue(any(finding["since"] for finding in verdicts["findings"]))
        validate(verdicts, closed(schema()))


if __name__ == "__main__":
    main()
