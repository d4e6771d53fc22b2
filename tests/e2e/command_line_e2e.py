"""What a person types, and what they read when it is wrong."""

import subprocess
import unittest

import harness
from harness import HarnessTest, SOURCE

PLAN = """name = "tiny"
[run]
deadline_s = 60
[cpu]
devices_per_node = 2
share_cores = true
[[stage]]
name = "selftest"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
"""


class CommandLine(HarnessTest):
    def test_every_command_has_help_with_an_example(self):
        whole = self.rackproof("--help", status=0).stdout
        for command in ("run", "judge", "report", "list"):
            self.assertIn(f"\n  {command} ", whole)
            text = self.rackproof(command, "--help", status=0).stdout
            self.assertRegex(text, r"Examples?:\n  rackproof " + command)
        self.assertNotIn("worker", whole)

    def test_the_version_is_the_projects(self):
        text = (SOURCE / "CMakeLists.txt").read_text()
        version = text.split("VERSION ", 2)[2].split()[0]
        self.assertEqual(self.rackproof("--version", status=0).stdout, f"rackproof {version}\n")

    def test_wrong_usage_exits_with_2(self):
        for arguments in ([], ["fly"], ["run"], ["run", "a", "b"], ["list", "moons"], ["judge"],
                          ["report", "x.h5", "--json", "--csv"], ["run", "smoke", "--fast"]):
            done = self.rackproof(*arguments, status=2)
            self.assertNotEqual(done.stderr, "", arguments)

    def test_list_says_what_there_is(self):
        for what in ("suites", "cases", "metrics", "plans", "devices"):
            self.assertNotEqual(self.rackproof("list", what, status=0).stdout, "")
        self.assertIn("membw.triad", self.rackproof("list", "cases").stdout)
        plans = self.rackproof("list", "plans").stdout
        for plan in (SOURCE / "plans").glob("*.toml"):
            if plan.name != "xid.toml":  # a table, of no plan
                self.assertIn(str(plan.name), plans)

    def test_a_plan_that_does_not_exist(self):
        done = self.rackproof("run", "no-such-plan", status=2)
        self.assertIn("smoke", done.stderr)
        self.assertIn("no/such.toml", self.rackproof("run", "no/such.toml", status=2).stderr)

    def refused(self, text, *expected, options=()):
        """The plan is refused at a place, and nothing was started."""
        plan = self.write("bad.toml", text)
        done = self.rackproof("run", plan, "--out", "out", *options, status=2)
        for part in (str(plan), *expected):
            self.assertIn(part, done.stderr)
        self.assertFalse((self.folder / "out").exists(), "something was started")

    def test_a_bad_plan_names_file_line_column_and_what_was_expected(self):
        self.refused(PLAN.replace("endings", "endigns"), ":11:1:", "'endigns'", "endings")
        self.refused(PLAN.replace('["pass"]', '["fly"]'), ":11:11:", "wrong_answer")
        self.refused(PLAN.replace('["pass"]', "7"), ":11:11:", "a list of texts")
        self.refused(PLAN.replace("= 60", "= -60"), ":3:14:", "above 0")
        self.refused(PLAN.replace("= 60", "= nan"), ":3:14:", "finite")
        self.refused(PLAN.replace("= 60", '= "soon"'), ":3:14:", "a number")
        self.refused(PLAN + 'suite = "selftest"\n', ":12:", "'suite'")
        self.refused(PLAN + '[[stage.suite]]\nsuite = "selftest"\nendings = ["pass"]\n', ":12:", "label")
        self.refused(PLAN.replace('"selftest"\nendings', '"selfest"\nendings'), ":10:9:", "gemm")
        self.refused(PLAN + '[[stage.suite]]\nsuite = "collectives"\n', ":7:", "scopes")
        self.refused("name = 3\n", ":1:8:", "a text")
        self.refused('name = "empty"\n', "stage")
        self.refused("not toml at all", ":1:")
        limit = PLAN + "[policy]\n[[policy.limit]]\n"
        self.refused(limit + 'case = "selftest.pass"\nmin = 1\nunit = "GB/s"\n', ":13:", "1/s")
        self.refused(limit + 'case = "gemm.fp46"\nmin = 1\nunit = "1/s"\n', ":13:", "matches no case")

    def test_all_pairs_of_a_plan_are_counted_and_a_plan_without_pairs_is_refused(self):
        fleet = self.write("fleet.toml", '[[rack]]\nname = "r1"\nnodes = "n[001-008]"\ndevices = 1\n')
        pairs = """name = "pairs"
[[stage]]
name = "pairs"
over = "pairs"
rounds = 2
[[stage.suite]]
suite = "collectives"
operations = ["send_receive"]
min_bytes = "8 B"
max_bytes = "8 B"
"""
        plan = self.write("pairs.toml", pairs)
        for options, cells in ([], 2 * 4), (["--all-pairs"], 7 * 4):
            text = self.rackproof("plan", plan, "--fleet", fleet, *options, status=0).stdout
            self.assertRegex(text, rf"\npairs +{cells} ")
        self.assertIn("--all-pairs", self.rackproof("run", "--help", status=0).stdout)
        self.refused(PLAN, "over = \"pairs\"", options=["--all-pairs"])
        done = self.rackproof("run", "--resume", "out", "--all-pairs", status=2)
        self.assertIn("--all-pairs", done.stderr)

    def test_more_devices_than_cores_are_refused_unless_asked_for(self):
        text = PLAN.replace("devices_per_node = 2", "devices_per_node = 60000").replace(
            "share_cores = true\n", "")
        done = self.rackproof("run", self.write("many.toml", text), "--out", "out", status=2)
        self.assertIn("60000", done.stderr)

    def test_an_old_run_is_never_overwritten(self):
        plan = self.write("tiny.toml", PLAN)
        self.rackproof("run", plan, "--out", "out")
        before = self.run_file().read_bytes()
        self.assertIn("already holds a run", self.rackproof("run", plan, "--out", "out", status=2).stderr)
        self.assertEqual(self.run_file().read_bytes(), before)

    def test_a_file_that_is_no_run_file(self):
        path = self.write("no.h5", "this is no HDF5")
        for command in ("judge", "report"):
            self.assertIn(str(path), self.rackproof(command, path, status=2).stderr)
            self.assertIn("missing.h5", self.rackproof(command, "missing.h5", status=2).stderr)

    def test_colour_only_on_a_terminal_and_never_with_no_color(self):
        plan = self.write("tiny.toml", PLAN)
        self.rackproof("run", plan, "--out", "out")
        command = f"{harness.BINARY} judge {self.run_file()}"
        self.assertNotIn("\x1b", self.rackproof("judge", self.run_file()).stdout)
        for environment, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                      ({"TERM": "dumb"}, False)):
            done = subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True,
                                  timeout=60, env={"PATH": "/usr/bin:/bin", **environment})
            self.assertIn("pass", done.stdout.lower())
            self.assertEqual("\x1b[" in done.stdout, coloured, environment)


if __name__ == "__main__":
    unittest.main(verbosity=2)
