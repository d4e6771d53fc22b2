"""rackproof report --fleet: the nights of simulated fleets, and of one whose every text is hostile."""

import json
import re
import shutil

import jsonschema
import prometheus_reader
import stored_run
from harness import SOURCE, HarnessTest, checked_by_promtool, main
from reports_e2e import closed

NIGHTS = 30
BEYOND_ANY_GPU = """name = "beyond"
[[limit]]
case = "gemm.bf16"
min = 1e18
unit = "FLOP/s"
source = "a test"
"""


def validate(fleet):
    schemas = {name: closed(json.loads((SOURCE / "docs" / name).read_text()))
               for name in ("fleet.schema.json", "verdicts.schema.json")}
    own = schemas["fleet.schema.json"]
    resolver = jsonschema.RefResolver("", own, schemas)
    jsonschema.Draft202012Validator(own, resolver=resolver).validate(fleet)


class FleetHealth(HarnessTest):
    def simulate(self, scenario, out, nodes, *settings):
        arguments = [word for each in (f"fleet.nodes={nodes}", *settings) for word in ("--set", each)]
        self.rackproof("simulate", scenario, "-o", out, "--truth", f"{out}.json", "--seed", 7, *arguments,
                       status=0)
        return json.loads((self.folder / f"{out}.json").read_text())["faults"]

    def fleet(self, folder, *arguments, status=None):
        done = self.rackproof("report", "--fleet", folder, "--json", *arguments, status=status)
        fleet = json.loads(done.stdout)
        validate(fleet)
        return fleet

    def text(self, folder, *arguments, status=None):
        text = self.rackproof("report", "--fleet", folder, *arguments, status=status).stdout
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        return text


class ThirtyNights(FleetHealth):
    def setUp(self):
        super().setUp()
        self.faults = self.simulate("thirty-nights", "nights", 40)
        self.step = next(fault for fault in self.faults if fault["name"] == "step")
        self.fading = next(fault for fault in self.faults if fault["name"] == "fading")

    def test_who_fails_again_and_again_is_named_with_the_nights(self):
        fleet = self.fleet("nights", status=1)
        worst = fleet["repeat_offenders"][0]
        self.assertEqual(worst["node"], self.step["node"])
        first = self.step["first_night"]
        self.assertEqual(worst["nights"][first - 1:], ["fail"] * (NIGHTS - first + 1))
        self.assertEqual((worst["blamed"][0]["rule"], worst["blamed"][0]["metric"]), ("cohort", "gemm.bf16"))
        planted = {fault["node"] for fault in self.faults}
        self.assertLessEqual({each["node"] for each in fleet["repeat_offenders"]}, planted)
        text = self.text("nights", status=1)
        strip = re.search(rf"^{self.step['node']} .* ([x?!+.]+)$", text.split("Repeat offenders")[1],
                          re.MULTILINE)[1]
        self.assertEqual(len(strip), NIGHTS)
        self.assertEqual(strip[first - 1:], "x" * (NIGHTS - first + 1))

    def test_what_drifted_is_told_with_its_night(self):
        found = {(each["node"], each["device"]): each for each in self.fleet("nights")["drift"]
                 if each["level"] == "device"}
        planted = {(fault["node"], fault["device"]): fault for fault in (self.step, self.fading)}
        self.assertEqual(set(found), set(planted))
        for place, finding in found.items():
            self.assertAlmostEqual(int(finding["since"][8:10]), planted[place]["first_night"], delta=2)
            self.assertLess(finding["deviation"], -0.03)
        worse = self.text("nights").split("Who got worse")[1].split("Repeat offenders")[0]
        for node, device in planted:
            self.assertIn(f"{node} device {device}: gemm.bf16 is ", worse)
        self.assertIn("Held against 29 earlier runs", worse)

    def test_nights_are_counted_and_racks_ranked(self):
        fleet = self.fleet("nights")
        self.assertEqual([night["started"][8:10] for night in fleet["nights"]],
                         [f"{night:02}" for night in range(1, NIGHTS + 1)])
        for night in (7, 17):  # twenty faults each, as planted
            planted = {fault["node"] for fault in self.faults if fault["name"] == f"bad-night-{night}"}
            self.assertGreaterEqual(fleet["nights"][night - 1]["nodes"]["fail"], len(planted))
        for night in fleet["nights"]:
            counts = dict(night["nodes"])
            self.assertEqual(counts.pop("all"), 40)
            self.assertEqual(sum(counts.values()), 40)
        shares = [rack["fail_share"] for rack in fleet["racks"]]
        self.assertEqual(shares, sorted(shares, reverse=True))
        self.assertIn(fleet["racks"][0]["rack"], self.step["node"])
        newest = self.fleet("nights", "--nights", 3)
        self.assertEqual(newest["nights"], fleet["nights"][-3:])
        self.assertIn("27 run files are of earlier nights", newest["notes"][0])

    def test_a_node_that_is_not_there_is_told(self):
        gone = "r04n07"
        self.simulate("thirty-nights", "smaller", 39)
        shutil.copy(self.folder / "smaller/night-30.h5", self.folder / "nights/night-30.h5")
        fleet = self.fleet("nights")
        self.assertEqual(fleet["transitions"]["newly_absent"], [gone])
        self.assertEqual(fleet["nights"][-1]["nodes"]["absent"], 1)
        self.assertIn(f"newly absent (1): {gone}", self.text("nights"))
        shutil.copy(self.folder / "smaller/night-29.h5", self.folder / "nights/night-29.h5")
        self.assertEqual(self.fleet("nights")["transitions"]["still_absent"], [gone])

    def test_a_policy_goes_before_those_of_the_plans(self):
        self.write("beyond.toml", BEYOND_ANY_GPU)
        fleet = self.fleet("nights", "--policy", "beyond.toml", "--nights", 2, status=1)
        self.assertEqual(fleet["nights"][0]["nodes"]["fail"], 40)
        self.assertEqual(len(fleet["transitions"]["still_fails"]), 40)

    def test_what_somebody_bears_fails_no_more(self):
        self.write("waivers.toml", "".join(
            f'[[waiver]]\nnode = "{fault["node"]}"\nmetric = "*"\nreason = "x"\nuntil = "2999-01-01"\n'
            'by = "NAME"\n' for fault in (self.step, self.fading)))
        fleet = self.fleet("nights", "--waivers", "waivers.toml", status=0)
        self.assertEqual(fleet["verdict"], "watch")
        self.assertEqual(fleet["nights"][-1]["nodes"]["fail"], 0)
        self.assertTrue(all(each["waived"] for each in fleet["drift"] if each["level"] == "device"))

    def test_a_collector_reads_it(self):
        text = self.rackproof("report", "--fleet", "nights", "--prometheus", status=1).stdout
        series = prometheus_reader.read(text)
        last = self.fleet("nights")["nights"][-1]["nodes"]
        for verdict in ("pass", "watch", "fail", "no_data", "absent"):
            self.assertEqual(series["rackproof_fleet_nodes", frozenset([("verdict", verdict)])], last[verdict])
        self.assertEqual(series["rackproof_fleet_nights", frozenset()], NIGHTS)
        self.assertEqual(series["rackproof_fleet_last_night_started_time_seconds", frozenset()], 1769731200)

    def test_promtool_finds_nothing_in_it(self):
        text = self.rackproof("report", "--fleet", "nights", "--prometheus").stdout
        self.assertEqual(checked_by_promtool(text), (0, ""))

    def test_a_file_gets_what_stdout_would_get(self):
        text = self.text("nights", status=1)
        self.assertEqual(self.text("nights", "-o", "page.txt", status=1), "")
        self.assertEqual((self.folder / "page.txt").read_text(), text)


class SmallFleets(FleetHealth):
    def test_only_a_whole_fleet_that_passes_is_well(self):
        self.simulate("clean", "nights", 16, "nights=3")
        fleet = self.fleet("nights", status=0)
        self.assertEqual(fleet["verdict"], "pass")
        self.assertEqual(fleet["repeat_offenders"], [])
        self.assertIn("all 2: no node failed, all were judged every night", self.text("nights", status=0))
        self.simulate("clean", "smaller", 15, "nights=3")
        shutil.copy(self.folder / "smaller/night-03.h5", self.folder / "nights/night-03.h5")
        self.assertEqual(self.fleet("nights", status=3)["verdict"], "no_data")
        self.text("nights", status=3)

    def test_what_was_held_against_nothing_does_not_pass(self):
        self.simulate("clean", "nights", 1, "nights=2", "fleet.devices_per_node=1")
        fleet = self.fleet("nights", status=3)
        self.assertEqual(fleet["nights"][-1]["nodes"]["pass"], 0)
        self.assertEqual(fleet["repeat_offenders"][0]["nights"], ["no_data", "no_data"])

    def test_what_does_not_belong_is_named(self):
        self.simulate("clean", "nights", 16, "nights=3")
        shutil.copy(self.folder / "nights/night-02.h5", self.folder / "nights/twice.h5")
        (self.folder / "nights/deeper").mkdir()
        shutil.move(self.folder / "nights/night-01.h5", self.folder / "nights/deeper/run.h5")
        stored_run.build(stored_run.STORED / "version-1.json", self.folder / "nights/stranger.h5")
        fleet = self.fleet("nights", status=0)  # the stranger, which is newer, fails
        self.assertEqual({each["file"]: each["reason"].split(",")[0] for each in fleet["left_out"]},
                         {"nights/twice.h5": "is a copy of another run file",
                          "nights/stranger.h5": "is of another fleet"})
        self.assertEqual((fleet["nodes"], len(fleet["nights"])), (16, 3))
        text = self.text("nights", status=0)
        for name in ("nights/twice.h5: is a copy", "nights/stranger.h5: is of another fleet"):
            self.assertIn(name, text)

    def test_what_cannot_be_used_is_refused_with_every_name(self):
        done = self.rackproof("report", "--fleet", "nowhere", status=2)
        self.assertIn("nowhere", done.stderr)
        (self.folder / "empty").mkdir()
        done = self.rackproof("report", "--fleet", "empty", status=2)
        self.assertIn("expected at least one *.h5", done.stderr)
        self.simulate("clean", "nights", 4, "nights=2")
        whole = (self.folder / "nights/night-01.h5").read_bytes()
        (self.folder / "nights/torn.h5").write_bytes(whole[:len(whole) // 2])
        (self.folder / "nights/empty.h5").write_bytes(b"")
        for arguments in ((), ("--json",), ("--prometheus", "-o", "fleet.prom")):
            done = self.rackproof("report", "--fleet", "nights", *arguments, status=2)
            self.assertEqual(done.stdout, "")
            for name in ("torn.h5", "empty.h5", "2 of its run files cannot be used"):
                self.assertIn(name, done.stderr)
        self.assertFalse((self.folder / "fleet.prom").exists())

    def test_wrong_usage_exits_with_2(self):
        for arguments in ((), ("--fleet", "a", "run.h5"), ("--fleet", "a", "--csv"), ("run.h5", "--nights", "3"),
                          ("--fleet", "a", "--html", "a.html"), ("--fleet", "a", "--nights", "0")):
            self.assertNotEqual(self.rackproof("report", *arguments, status=2).stderr, "", arguments)


class HostileNames(FleetHealth):
    def setUp(self):
        super().setUp()
        run = json.loads((stored_run.STORED / "version-1.json").read_text())
        (self.folder / "nights").mkdir()
        for night in range(1, 4):
            run["attributes"]["run_id"] = f"0f8fad5b-d9cb-469f-a165-70867728950{night}"
            run["attributes"]["started"] = f"2026-11-0{night}T08:00:00Z"
            text = self.write("night.json", json.dumps(run))
            stored_run.build(text, self.folder / "nights" / f"{night}.h5")
        self.names = set(run["datasets"]["/nodes/name"]["values"])

    def test_they_are_only_text(self):
        text = self.text("nights", status=1)
        self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
        offenders = {each["node"] for each in self.fleet("nights", status=1)["repeat_offenders"]}
        self.assertIn("<script>alert(1)</script>", offenders)
        self.assertLessEqual(offenders, self.names)

    def test_a_collector_reads_them(self):
        text = self.rackproof("report", "--fleet", "nights", "--prometheus", status=1).stdout
        labels = {dict(labels)["node"]: value for (name, labels), value in prometheus_reader.read(text).items()
                  if name == "rackproof_fleet_offender_nights" and ("verdict", "fail") in labels}
        self.assertEqual(labels["<script>alert(1)</script>"], 3)
        self.assertEqual(labels['"; rm -rf ~; "'], 3)


if __name__ == "__main__":
    main()
