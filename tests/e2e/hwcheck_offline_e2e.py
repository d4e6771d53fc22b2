"""What tools wrote on other machines, judged by `rackproof hwcheck`. The small texts are written for
these tests; the outputs of real machines are used where they lie beside the source."""

import json
import unittest

from harness import SOURCE, HarnessTest, main

REAL = SOURCE.parent / "shared" / "data"
GPUD = REAL / "gpud-fixtures" / "historic"
AZHPC = REAL / "azhpc-diagnostics-samples" / "Linux" / "test" / "samples"

LINKS = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)
\t Link 0: 26.562 GB/s
\t Link 1: 26.562 GB/s
"""
IBSTAT = """CA 'mlx5_0'
\tCA type: MT4129
\tNumber of ports: 1
\tPort 1:
\t\tState: Active
\t\tPhysical state: LinkUp
\t\tRate: 400
\t\tLink layer: InfiniBand
"""
XID = "2025-01-21T02:21:33,498559+00:00 NVRM: Xid (PCI:0000:19:00): 79, pid=1, fell off\n"
SWITCH = ("[Jul 23 2024 07:53:55] [ERROR] [tid 841] detected NVSwitch fatal error 20034 on fid 0 "
          "on NVSwitch pci bus id 00000000:86:00.0 physical id 3 port 33\n")


class OfflineTest(HarnessTest):
    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def judged(self, *arguments):
        """Exit status, events as (part, code) and the node's verdict."""
        done = self.rackproof("hwcheck", "--node", "n003", "--json", *arguments)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["node"], "n003")
        (node,) = told["verdicts"]["nodes"]
        events = {(e["part"], e["code"]) for e in told["events"] if e["severity"] == "error"}
        return done.returncode, events, node["verdict"]


class HwcheckOffline(OfflineTest):
    def test_a_healthy_machine_passes_and_a_fault_does_not(self):
        links = self.file("links.txt", LINKS)
        self.assertEqual(self.judged("--nvidia-smi", links), (0, set(), "pass"))
        bad = self.file("bad.txt", LINKS.replace("Link 1: 26.562 GB/s", "Link 1: <inactive>"))
        self.assertEqual(self.judged("--nvidia-smi", bad),
                         (1, {("0", "gpu_nvlink_inactive")}, "fail"))

    def test_files_of_all_kinds_are_judged_together(self):
        status, events, verdict = self.judged(
            "--nvidia-smi", self.file("links.txt", LINKS),
            "--ibstat", self.file("ibstat.txt", IBSTAT.replace("LinkUp", "Polling")),
            "--dmesg", self.file("dmesg.txt", XID),
            "--fabric-manager", self.file("fabricmanager.log", SWITCH))
        self.assertEqual(events, {("mlx5_0/1", "port_down"), ("0000:19:00", "xid.79"),
                                  ("0000:86:00", "sxid.20034")})
        self.assertEqual((status, verdict), (1, "fail"))

    def test_a_fault_that_waits_for_a_reset_is_watched(self):
        recorded = XID.replace(": 79,", ": 63,")
        status, events, verdict = self.judged("--dmesg", self.file("dmesg.txt", recorded))
        self.assertEqual((status, events, verdict), (0, {("0000:19:00", "xid.63")}, "watch"))

    def test_nothing_of_this_machine_is_read(self):
        done = self.rackproof("hwcheck", "--node", "n003", "--json", "--ibstat",
                              self.file("ibstat.txt", IBSTAT), status=0)
        keys = {item["key"].split(".")[0] for item in json.loads(done.stdout)["items"]}
        self.assertEqual(keys, {"hca", "port"})

    def test_what_cannot_be_used_ends_with_2_and_its_place(self):
        for option, text, place in [
                ("--nvidia-smi", "<nvidia_smi_log>\n<gpu>\n", "smi"),
                ("--nvidia-smi", "hello\n", "smi:1: "),
                ("--ibstat", IBSTAT.replace("Rate: 400", "Rate: 1e99"), "smi:7: "),
                ("--lspci", "hello world\n", "smi:1: "),
                ("--dmesg", "hello\n", "smi:1: "),
                ("--fabric-manager", "hello\n", "smi:1: "),
                ("--dmesg", "", "smi: ")]:
            done = self.rackproof("hwcheck", "--node", "n003", option, self.file("smi", text),
                                  status=2)
            self.assertIn(place, done.stderr)
            self.assertIn("expected", done.stderr)
        done = self.rackproof("hwcheck", "--ibstat", self.file("ibstat.txt", IBSTAT), status=2)
        self.assertIn("--node", done.stderr)

    def test_help_names_the_options(self):
        text = self.rackproof("hwcheck", "--help", status=0).stdout
        for option in ("--nvidia-smi", "--ibstat", "--lspci", "--dmesg"):
            self.assertIn(option, text)
        self.assertIn("rackproof hwcheck --node n003 --nvidia-smi", text)


@unittest.skipUnless(GPUD.is_dir(), f"no outputs of real machines at {REAL}")
class RealMachines(OfflineTest):
    """Expected from SOURCES.md of each folder."""

    def test_power_brake_on_all_eight(self):
        status, events, verdict = self.judged(
            "--nvidia-smi", GPUD / "nvidia-smi-query.535.161.08.out.0.valid")
        self.assertEqual(events, {(str(gpu), "gpu_throttled") for gpu in range(8)})
        self.assertEqual((status, verdict), (0, "watch"))

    def test_pending_remap_and_corrupted_inforom_and_inactive_links(self):
        self.assertEqual(
            self.judged("--nvidia-smi", GPUD / "nvidia-smi-query.535.129.03.out.0.valid.a10"),
            (0, {("0", "gpu_row_remap_pending")}, "watch"))
        self.assertEqual(self.judged("--nvidia-smi", AZHPC / "nvidia-smi-inforom.out"),
                         (1, {("7", "gpu_inforom_corrupt")}, "fail"))
        self.assertEqual(
            self.judged("--nvidia-smi", AZHPC / "nvlink.bad.out"),
            (1, {(str(gpu), "gpu_nvlink_inactive") for gpu in (3, 4, 5, 6)}, "fail"))

    def test_ports(self):
        self.assertEqual(self.judged("--ibstat", GPUD / "ibstat.47.0.h100.all.active.2"),
                         (0, set(), "pass"))
        status, events, verdict = self.judged(
            "--ibstat", GPUD / "ibstat.47.0.h100.some.down.with.polling.1")
        self.assertEqual(events, {("mlx5_5/1", "port_down"), ("mlx5_11/1", "port_down")})
        self.assertEqual((status, verdict), (0, "watch"))

    def test_of_sixteen_downgraded_links_none_matters(self):
        lspci = REAL / "gpud-fixtures" / "pkg" / "pci" / "testdata" / "lspci-vvv"
        self.assertEqual(self.judged("--lspci", lspci), (0, set(), "pass"))

    def test_xids(self):
        status, events, verdict = self.judged("--dmesg", GPUD / "dmesg.0.log")
        self.assertEqual(events, {("0000:19:00", f"xid.{number}") for number in (48, 63, 94)})
        self.assertEqual((status, verdict), (1, "fail"))
        self.assertEqual(self.judged("--dmesg", GPUD / "dmesg.decode.iso.log.0"),
                         (0, set(), "pass"))

    def test_a_truncated_file(self):
        done = self.rackproof("hwcheck", "--node", "n003", "--nvidia-smi",
                              GPUD / "nvidia-smi-query.535.183.01.out.0.invalid", status=2)
        self.assertIn("out.0.invalid:91: breaks off", done.stderr)


if __name__ == "__main__":
    main()
