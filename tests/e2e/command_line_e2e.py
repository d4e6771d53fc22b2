"""What a person types, and what they read when it is wrong."""

import contextlib
import os
import pathlib
import pty
import re
import subprocess
import unittest

import h5py

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
        commands = re.findall(r"^  ([a-z]+) ", whole.split("Subcommands:")[1].split("Example")[0], re.MULTILINE)
        self.assertGreaterEqual(set(commands), {"run", "plan", "judge", "report", "hwcheck", "list"})
        for command in commands:
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

    def network_cards(self, out, **pins):
        """Runs the tiny plan under such pins: {fact: its values}, and the texts of events `binding`."""
        unpinned = {name: "" for name in ("UCX_NET_DEVICES", "NCCL_IB_HCA", "NCCL_SOCKET_IFNAME",
                                          "OMPI_MCA_btl_tcp_if_include")}
        self.rackproof("run", self.write("tiny.toml", PLAN), "--out", out, status=0,
                       environment={**unpinned, **pins})
        with h5py.File(self.run_file(out), "r") as run:
            facts = {name: [value.decode() for value in run["inventory"][name][...]]
                     for name in run["inventory"] if name.startswith("worker.nic")}
            told = [text.decode() for code, text in zip(run["events/code"][...], run["events/text"][...])
                    if code == b"binding"]
        return facts, told

    def test_the_network_card_of_each_rank_is_recorded(self):
        facts, told = self.network_cards("nearest")
        cards = [link.name for link in pathlib.Path("/sys/class/net").iterdir() if "/pci" in str(link.resolve())]
        for value in facts["worker.nic"]:
            self.assertRegex(value, r"\(nearest, not pinned\)$" if cards else r"^none: ")
        self.assertEqual(told, [])
        self.assertNotIn("worker.nic_pins", facts)

    def test_what_pins_a_rank_to_a_card_is_recorded_and_checked(self):
        facts, told = self.network_cards("lo", NCCL_SOCKET_IFNAME="=lo")
        self.assertEqual(facts["worker.nic"], ["lo (NCCL_SOCKET_IFNAME)"] * 2)
        self.assertEqual(facts["worker.nic_pins"], ["NCCL_SOCKET_IFNAME==lo"] * 2)
        self.assertEqual(told, [])
        facts, told = self.network_cards("none", NCCL_IB_HCA="mlx5_77,$(touch pwned)")
        self.assertEqual(facts["worker.nic"], ["none (NCCL_IB_HCA)"] * 2)
        self.assertEqual(len(told), 2)
        for text in told:
            self.assertIn("NCCL_IB_HCA=mlx5_77,$(touch pwned) names no network card of this node", text)
        findings = self.findings("none")
        self.assertEqual([(f["verdict"], f["level"]) for f in findings], [("watch", "node")])
        self.assertIn("all 2 devices", findings[0]["sentence"])
        self.assertIn("UCX_NET_DEVICES", findings[0]["action"])

    def test_list_devices_names_the_nearest_card(self):
        for line in self.rackproof("list", "devices", status=0).stdout.splitlines():
            if line.startswith("cpu"):
                self.assertRegex(line, r", (nearest NIC \S+.* \(.+\)|no NIC on the PCI bus)$")

    def test_plan_says_what_a_rack_is_asked_for_and_starts_nothing(self):
        text = PLAN.replace('name = "selftest"\n[[', 'name = "selftest"\npower_w = 700\n[[')
        plan = self.write("tiny.toml", text)
        for nodes, devices, cells, power in ((8, 8, 64, "44.8 kW"), (18, 4, 72, "50.4 kW")):
            fleet = self.write("rack.toml", f'[[rack]]\nname = "r1"\nnodes = "n[01-{nodes:02}]"\n'
                                            f"devices = {devices}\ngpus = 8\n")
            done = self.rackproof("plan", plan, "--fleet", fleet, status=0)
            self.assertIn(f"on {nodes} nodes, {cells} devices", done.stdout)
            row = next(line for line in done.stdout.splitlines() if line.startswith("selftest"))
            self.assertEqual(row.split()[1:3], [str(cells), str(nodes)])
            self.assertIn(power, row)
        bare = self.write("rack.toml", '[[rack]]\nname = "r1"\nnodes = "n[1-4]"\n')
        self.assertIn("8 devices", self.rackproof("plan", plan, "--fleet", bare, status=0).stdout,
                      "the plan's own two of each node")
        uncounted = self.write("uncounted.toml", text.replace("devices_per_node = 2\n", ""))
        done = self.rackproof("plan", uncounted, "--fleet", bare, status=2)
        self.assertIn("does not say how many devices n1 has", done.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()),
                         ["rack.toml", "tiny.toml", "uncounted.toml"])

    def test_the_shipped_plan_of_a_rack_says_its_power_and_how_to_limit_it(self):
        for nodes, gpus, power, waves in ((8, 8, "44.8 kW", "22.4 kW"), (18, 4, "50.4 kW", "11.2 kW")):
            fleet = self.write("rack.toml", f'[[rack]]\nname = "r1"\nnodes = "n[01-{nodes:02}]"\n'
                                            f"devices = 2\ngpus = {gpus}\n")
            text = self.rackproof("plan", "accept", "--fleet", fleet, status=0).stdout
            self.assertLessEqual(max(map(len, text.splitlines())), 80, text)
            table = text[:text.index("NODES and POWER")]  # what follows it begins with a stage's name, too
            rows = {line.split()[0]: line for line in table.splitlines() if line}
            self.assertEqual(rows["gpu-burn-in"].split()[-3:], [str(nodes), *power.split()])
            self.assertRegex(rows["burn-in"], f" {nodes} +not stated$")
            self.assertRegex(rows["all"], f" {nodes} +>= {power}$")
            told = " ".join(text.split())
            for part in ("700 W for each device at work in gpu-calibration (2), gpu (3),",
                         "states no power of a device in hardware (0), device (1), node (4),",
                         "--set stage.NUMBER.power_w=WATTS", "--set run.max_concurrent_nodes=NODES"):
                self.assertIn(part, told)
            unknown = re.findall(r"\((\d+)\)", told.split("states no power of a device in ")[1].split(".")[0])
            self.assertEqual(len(unknown), 6, told)
            given = [f"stage.{stage}.power_w=300" for stage in unknown]
            text = self.rackproof("plan", "accept", "--fleet", fleet, "--set", "run.max_concurrent_nodes=4",
                                  *(part for each in given for part in ("--set", each)), status=0).stdout
            table = text[:text.index("NODES and POWER")]
            rows = {line.split()[0]: line for line in table.splitlines() if line}
            self.assertRegex(rows["gpu-burn-in"], f" 4 +{waves}$")
            self.assertRegex(rows["all"], r" +[0-9.]+ kW$")
            self.assertNotIn(">=", rows["all"])
            self.assertNotIn("states no power", text)

    def test_set_changes_the_plan_and_the_run_keeps_what_was_run(self):
        plan = self.write("tiny.toml", PLAN)
        self.rackproof("run", plan, "--out", "out", "--set", "stage.0.suite.0.repetitions=7",
                       "--set", "name=changed", status=0)
        with h5py.File(self.folder / "out" / "run.h5") as run:
            self.assertEqual(run["metrics/selftest.pass/values"].shape[1], 7)
            kept = self.write("kept.toml", run["plan"][()].decode())
        self.assertIn("changed on 1 node", self.rackproof("plan", kept, status=0).stdout)
        done = self.rackproof("run", plan, "--set", "run.deadline_s=-1", "--out", "no", status=2)
        self.assertIn("--set run.deadline_s", done.stderr)
        done = self.rackproof("run", plan, "--set", "stage.9.name=x", "--out", "no", status=2)
        self.assertIn("stage.9.name", done.stderr)
        self.rackproof("run", "--resume", "out", "--set", "name=x", status=2)
        self.assertFalse((self.folder / "no").exists())

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

    def test_progress_is_redrawn_on_a_terminal_and_a_line_elsewhere(self):
        plan = self.write("tiny.toml", PLAN + "wait_s = 0.1\nrepetitions = 15\n")
        ours, theirs = pty.openpty()
        child = subprocess.Popen([harness.BINARY, "run", plan, "--out", "live"], cwd=self.folder,
                                 stdout=subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's end
            while part := os.read(ours, 4096):
                shown += part
        os.close(ours)
        self.assertEqual(child.wait(timeout=harness.MOST_SECONDS), 0)
        text = shown.decode()
        self.assertRegex(text, r"selftest: \d of 2 cells; .* gone")
        self.assertRegex(text, r"NODE +selftest +LATEST\r\n\S+ +0/2\r\n", "nodes x stages")
        self.assertRegex(text, r"\x1b\[\d+A\x1b\[J", "it is drawn over")
        self.assertIn("selftest.pass: sample", text, "what each rank does")
        for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[\d*[AJ]", "", text)):
            self.assertTrue(len(line) <= 80 or "live" in line, line)
        lines = self.rackproof("run", plan, "--out", "lines", status=0).stderr
        self.assertNotIn("\x1b", lines)
        self.assertEqual(lines.count("selftest: "), 1, lines)

    def test_a_file_that_is_no_run_file(self):
        path = self.write("no.h5", "this is no HDF5")
        for command in ("judge", "report"):
            self.assertIn(str(path), self.rackproof(command, path, status=2).stderr)
            self.assertIn("missing.h5", self.rackproof(command, "missing.h5", status=2).stderr)

    def test_a_file_has_no_colours_though_there_is_a_terminal(self):
        self.rackproof("run", self.write("tiny.toml", PLAN), "--out", "out")
        run = self.run_file()
        for words, told in ((f"report {run}", "PASS"), (f"compare {run} {run}", "against")):
            command = f"{harness.BINARY} {words} -o out.txt"
            subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, check=True, timeout=60,
                           cwd=self.folder, env={"PATH": "/usr/bin:/bin", "TERM": "xterm"})
            text = (self.folder / "out.txt").read_text()
            self.assertIn(told, text)
            self.assertNotIn("\x1b", text)

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
