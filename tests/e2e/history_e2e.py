"""rackproof judge --history and rackproof history: thirty nights of a simulated fleet."""

import json
import shutil
import subprocess

from harness import BINARY, HarnessTest, main


class History(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rackproof("simulate", "thirty-nights", "-o", "nights", "--truth", "truth.json",
                       "--seed", 7, "--set", "fleet.nodes=40", status=0)
        self.truth = json.loads((self.folder / "truth.json").read_text())

    def drifts(self, run="nights/night-30.h5", folder="nights"):
        done = self.rackproof("judge", run, "--history", folder, "--json", "-")
        verdicts = json.loads(done.stdout)
        return [each for each in verdicts["findings"] if each["kind"] == "drift"], verdicts

    def test_what_drifts_is_found_with_its_night_and_what_does_not_is_not(self):
        found, verdicts = self.drifts()
        devices = {(each["node"], each["device"]): each for each in found
                   if each["level"] == "device"}
        planted = {fault["name"]: fault for fault in self.truth["faults"]
                   if fault["name"] in ("fading", "step")}
        self.assertEqual(set(devices), {(fault["node"], fault["device"])
                                        for fault in planted.values()})
        for fault in planted.values():
            finding = devices[fault["node"], fault["device"]]
            self.assertAlmostEqual(int(finding["since"][8:10]), fault["first_night"], delta=2)
            self.assertEqual(finding["metric"], "gemm.bf16")
        fleet = [each for each in found if each["level"] == "fleet"]
        self.assertEqual(len(fleet), 1)
        self.assertEqual(len(found), 3)
        self.assertEqual(fleet[0]["since"], "2026-01-20T00:00:00Z")
        self.assertIn("'580.65.06' (it was '570.124.06')", fleet[0]["sentence"])
        self.assertIn("29 earlier runs", verdicts["history"][0])

    def test_names_of_files_and_later_runs_do_not_matter(self):
        expected, _ = self.drifts(run="nights/night-25.h5")
        others = self.folder / "others"
        for night in range(1, 31):
            target = others / f"{(7 * night) % 31:02}" / "run.h5"
            target.parent.mkdir(parents=True)
            shutil.copy(self.folder / "nights" / f"night-{night:02}.h5", target)
        shutil.copy(others / "07" / "run.h5", others / "copy.h5")
        found, verdicts = self.drifts(run="nights/night-25.h5", folder="others")
        self.assertEqual(found, expected)
        self.assertIn("5 run files left out: not earlier.", verdicts["history"])
        self.assertIn("1 copies of the same runs left out.", verdicts["history"])

    def test_what_is_no_history_is_refused_with_the_file(self):
        run = "nights/night-30.h5"
        done = self.rackproof("judge", run, "--history", "nowhere", status=2)
        self.assertIn("nowhere", done.stderr)
        (self.folder / "empty").mkdir()
        done = self.rackproof("judge", run, "--history", "empty", status=2)
        self.assertIn("expected at least one *.h5", done.stderr)
        (self.folder / "nights" / "torn.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 100)
        done = self.rackproof("judge", run, "--history", "nights", status=2)
        self.assertIn("torn.h5", done.stderr)
        done = self.rackproof("history", "nights", "r000n00", status=2)
        self.assertIn("torn.h5", done.stderr)

    def test_one_nodes_past_is_shown(self):
        step = next(fault for fault in self.truth["faults"] if fault["name"] == "step")
        text = self.rackproof("history", "nights", step["node"], status=0).stdout
        self.assertIn(f"{step['node']}: 30 runs", text)
        self.assertIn("gemm.bf16", text)
        self.assertEqual(text.count("thirty-nights"), 30)
        for locale, drawn in (({"LANG": "en_US.UTF-8"}, "[▁-█]{30}"), ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, "[1-8]{30}")):
            done = subprocess.run([BINARY, "history", "nights", step["node"]], cwd=self.folder, env=locale,
                                  capture_output=True, text=True, check=True)
            self.assertRegex(done.stdout, drawn)
        self.assertLess(text.index("2026-01-01 00:00"), text.index("2026-01-30 00:00"))
        done = self.rackproof("history", "nights", "nobody", status=2)
        self.assertIn("no run knows a node 'nobody'", done.stderr)


if __name__ == "__main__":
    main()
