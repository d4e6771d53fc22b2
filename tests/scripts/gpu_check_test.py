"""scripts/gpu-check on a made-up machine: a bundle of small scripts that answer as the real programs
do on a healthy H200, and what gpu-check makes of them when one does not."""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True

from gpu_check import check, pack, steps, table  # noqa: E402

HEADER = ("node,metric,value,device,peer,rack,row,slot,sku,vendor,unit,better,rep,time,run,attempt,"
          "outcome,reason\n")
FIGURES = {"gemm.fp64.gpu": (6.0e13, "FLOP/s"), "gemm.bf16": (7.9e14, "FLOP/s"),
           "membw.copy.gpu": (4.3e12, "B/s"), "membw.h2d": (5.5e10, "B/s"),
           "membw.d2h": (5.5e10, "B/s"), "membw.h2d_d2h": (1.0e11, "B/s"),
           "membw.latency.gpu": (6e-7, "s"), "burnin.bf16": (7.0e14, "FLOP/s"),
           "burnin.bf16.power": (695.0, "W"),
           **{f"memtest.{pattern}": (3.0e12, "B/s") for pattern in table.MEMORY_PATTERNS}}
MEMORY_FACTS = {f"memtest.{pattern}": {"share_of_free": 0.97, "bytes": 146 * 10**9, "passes": 2}
                for pattern in table.MEMORY_PATTERNS}
PEERS = {"gemm": [("cublasLt", "gemm.bf16", 7.95e14)],
         "copies": [("cudaMemcpy", "membw.copy.gpu", 4.3e12), ("cudaMemcpyAsync", "membw.h2d", 5.5e10),
                    ("cudaMemcpyAsync", "membw.d2h", 5.5e10),
                    ("cudaMemcpyAsync", "membw.h2d_d2h", 1.0e11)]}
PASSED = "[  PASSED  ] 1 test."


def row(metric, value, unit, outcome="completed", attempt=0, reason=""):
    return f"n,{metric},{value},0,,r,,,h200,v,{unit},higher,0,0.1,run,{attempt},{outcome},{reason}\n"


def csv_of(figures):
    return HEADER + "".join(row(name, value, unit) for name, (value, unit) in figures.items())


def peer_line(peer, figure, value):
    return json.dumps({"peer": peer, "figure": figure, "unit": "", "how": "", "values": [value] * 3})


class Machine:
    """A folder with the bundle, the machine's own programs and what they answer."""

    def __init__(self, folder):
        self.folder = folder
        self.bundle, self.own = folder / "bundle", folder / "own"
        for place in (self.bundle / "bin", self.own, self.bundle / "gpu_check"):
            place.mkdir(parents=True)
        (self.bundle / "bundle.json").write_text(json.dumps({
            "version": "rackproof 0", "commit": "c", "cublaslt": "libcublasLt.so.0", "left_out": [],
            "tests": [{"name": name, "program": "devices_test",
                       "arguments": [f"--gtest_filter={name}"]}
                      for name in ("Cuda.Copies", "Cuda.PlantedFault")]}))
        (folder / "figures.csv").write_text(csv_of(FIGURES))
        self.lists("gpu0  NVIDIA H200")
        for name, lines in PEERS.items():
            (folder / name).write_text("".join(peer_line(*line) + "\n" for line in lines))
        self.program(self.bundle / "bin/gpu_peers", f"cat '{folder}'/\"$1\"")
        self.program(self.bundle / "bin/gpu_copy_ways",
                     f"echo '{json.dumps({'way': '128 B a thread', 'median': 4.3e12})}'")
        self.program(self.bundle / "bin/devices_test", f"echo '{PASSED}'")
        self.program(self.bundle / "bin/sanitizer_bait", "exit 0")
        self.program(self.own / "python3", f"""
            [ "$1" = -c ] && exit 1
            echo '{peer_line("PyTorch", "gemm.bf16", 7.9e14)}'""")
        self.program(self.own / "nvidia-smi", """
            [ "$1" = -q ] && exit 0
            for i in 1 2 3 4 5 6 7 8 9 10 11 12
                do echo "2026/11/28 04:00:00.000, 695.2, 1500, 1980, 60, 0x0000000000000004, 700.00"
            done""")
        self.sanitizer(found=0)

    def lists(self, devices):
        self.program(self.bundle / "bin/rackproof", f"""
            case "$1" in
                list) echo "{devices}" ;;
                run) mkdir -p "$4"; echo run >"$4/run.h5" ;;
                report) cat '{self.folder}/figures.csv' ;;
            esac""")

    @staticmethod
    def program(path, text):
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def sanitizer(self, found, in_bait=1):
        self.program(self.own / "compute-sanitizer", f"""
            count={found}
            case "$*" in *sanitizer_bait*) count={in_bait} ;; esac
            case "$*" in *PlantedFault*) count=9 ;; esac
            echo "========= ERROR SUMMARY: $count errors"
            echo "========= RACECHECK SUMMARY: $count hazards displayed"
            echo '{PASSED}'""")

    def check(self, facts=None):
        """(exit status, what it printed)."""
        printed = io.StringIO()
        path = f"{self.own}:{os.environ['PATH']}"
        with mock.patch.dict(os.environ, {"PATH": path}), \
                mock.patch.object(check, "variants_of", lambda file: facts or MEMORY_FACTS), \
                mock.patch.object(check, "SETTLE_S", 0.5), \
                contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            status = check.check(self.bundle, self.folder / "results")
        return status, printed.getvalue()


class GpuCheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.machine = Machine(self.folder / "machine")

    def line(self, text, start):
        return next(line for line in text.splitlines() if line.startswith(start))

    def assert_not(self, figure, *words, facts=None):
        """The check fails, and the line of `figure` says so, with these words; the rest went on."""
        status, text = self.machine.check(facts)
        self.assertEqual(status, 1, text)
        line = self.line(text, figure)
        self.assertTrue(line.endswith("NOT"), line)
        for word in words:
            self.assertIn(word, line)
        self.assertIn("NOT every aim was met", text)
        self.line(text, "all of it")
        return text

    def test_a_healthy_machine_meets_every_aim(self):
        status, text = self.machine.check()
        self.assertEqual(status, 0, text)
        self.assertIn("gpu-check: every aim was met", text)
        self.assertNotIn("NOT", text)
        self.assertLessEqual(len(text.splitlines()), 60)
        self.assertIn("0.994", self.line(text, "gemm.bf16"))  # of the best peer, cuBLASLt
        self.assertIn("80% of 989 TFLOP/s", self.line(text, "gemm.bf16"))
        self.assertIn("90% of 4800 GB/s", self.line(text, "membw.copy.gpu"))
        self.assertIn("0.993", self.line(text, "burn-in's power"))
        self.assertIn("4300 GB/s", self.line(text, "copy, best way"))
        results = self.machine.folder / "results"
        self.assertTrue((results / "run.h5").is_file())
        self.assertEqual((results / "table.txt").read_text(), text)

    def test_two_per_cent_and_more_behind_a_peer_is_not_enough(self):
        self.machine.folder.joinpath("figures.csv").write_text(
            csv_of({**FIGURES, "membw.d2h": (5.38e10, "B/s")}))
        self.assert_not("membw.d2h", "0.978")

    def test_a_peer_that_does_not_run_is_no_pass(self):
        self.machine.program(self.machine.own / "python3", "exit 1")
        text = self.assert_not("gemm.bf16", "none: PyTorch")
        self.assertIn("NOT: peer-torch-0: exit status 1", text)

    def test_a_figure_without_a_number_is_no_pass(self):
        figures = csv_of({name: value for name, value in FIGURES.items() if name != "membw.latency.gpu"})
        figures += row("membw.latency.gpu", "", "s", outcome="timed_out", reason="not done within 60 s")
        self.machine.folder.joinpath("figures.csv").write_text(figures)
        self.assert_not("membw.latency.gpu", "timed_out: not done within 60 s")

    def test_what_one_gpu_or_an_older_chip_has_not_is_skipped_and_said(self):
        figures = csv_of(FIGURES)
        figures += row("p2p.copy", "", "B/s", outcome="skipped", reason="this node has one GPU")
        figures += row("gemm.nvfp4", "", "FLOP/s", outcome="skipped", reason="nvfp4 needs sm_100")
        self.machine.folder.joinpath("figures.csv").write_text(figures)
        status, text = self.machine.check()
        self.assertEqual(status, 0, text)
        self.assertIn("skipped: this node has one GPU", self.line(text, "p2p.copy"))
        self.assertIn("skipped: nvfp4 needs sm_100", self.line(text, "gemm.nvfp4"))

    def test_pairs_that_are_skipped_on_a_machine_of_several_gpus_are_no_pass(self):
        figures = csv_of(FIGURES)
        figures += row("p2p.copy", "", "B/s", outcome="skipped", reason="each rank may use one GPU")
        figures += row("collectives.all_reduce.1GiB.gpu", "", "B/s", outcome="skipped", reason="no NCCL")
        for number, more in enumerate(("gpu1  NVIDIA H200",
                                       "not all GPUs: 7 of the node's 8 GPUs are kept from a rank")):
            self.machine = Machine(self.folder / f"several-{number}")
            self.machine.folder.joinpath("figures.csv").write_text(figures)
            self.machine.lists(f"gpu0  NVIDIA H200\n{more}")
            text = self.assert_not("p2p.copy", "skipped: each rank may use one GPU")
            self.assertTrue(self.line(text, "collectives").endswith("NOT"))

    def test_nccl_tests_that_somebody_has_built_are_a_witness_where_there_are_several_gpus(self):
        self.machine.program(self.machine.own / "all_reduce_perf", 'echo "$*"')
        self.machine.check()
        logs = self.machine.folder / "results/logs"
        self.assertFalse((logs / "all_reduce_perf.log").exists())
        self.machine = Machine(self.folder / "two")
        self.machine.program(self.machine.own / "all_reduce_perf", 'echo "$*"')
        self.machine.lists("gpu0  NVIDIA H200\ngpu1  NVIDIA H200")
        self.machine.check()
        log = self.machine.folder / "results/logs/all_reduce_perf.log"
        self.assertEqual(log.read_text(), "-b 1G -e 1G -d bfloat16 -g 2\n")

    def test_a_pair_that_failed_beside_one_that_was_skipped_is_no_pass(self):
        figures = csv_of(FIGURES)
        figures += row("p2p.copy", "", "B/s", outcome="failed", reason="broken")
        self.machine.folder.joinpath("figures.csv").write_text(figures)
        self.assert_not("p2p.copy", "failed: broken")

    def test_figures_that_are_all_missing_are_no_pass(self):
        self.machine.folder.joinpath("figures.csv").write_text(HEADER)
        text = self.assert_not("gemm.bf16", "no number")
        self.assertTrue(self.line(text, "memtest").endswith("NOT"))
        self.assertTrue(self.line(text, "burn-in's power").endswith("NOT"))

    def test_a_skipped_test_is_no_pass(self):
        self.machine.program(self.machine.bundle / "bin/devices_test",
                             "echo '[  SKIPPED ] Cuda.Copies'; echo '[  PASSED  ] 0 tests.'")
        self.assert_not("cuda tests", "0 passed, 0 failed, 2 skipped")

    def test_no_test_at_all_is_no_pass(self):
        facts = json.loads((self.machine.bundle / "bundle.json").read_text())
        (self.machine.bundle / "bundle.json").write_text(json.dumps({**facts, "tests": []}))
        self.assert_not("cuda tests", "0 passed")

    def test_what_a_sanitizer_finds_counts(self):
        self.machine.sanitizer(found=2)
        text = self.assert_not("memcheck", "2 found")
        self.assertTrue(self.line(text, "racecheck").endswith("NOT"))

    def test_a_sanitizer_that_misses_a_planted_fault_is_not_believed(self):
        self.machine.sanitizer(found=0, in_bait=0)
        self.assert_not("racecheck", "blind")

    def test_memory_that_was_not_tested_is_no_pass(self):
        facts = {**MEMORY_FACTS, "memtest.random": {**MEMORY_FACTS["memtest.random"],
                                                    "share_of_free": 0.94}}
        self.assert_not("memtest, of free memory", "94.0%", facts=facts)

    def test_a_folder_with_something_in_it_is_left_alone(self):
        (self.machine.folder / "results").mkdir()
        (self.machine.folder / "results/mine").write_text("x")
        self.assertEqual(self.machine.check()[0], 2)


class StepsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = pathlib.Path(folder.name)

    def run_step(self, script, limit_s=20, whole_s=60):
        runner = steps.Runner(self.logs, dict(os.environ), whole_s)
        with contextlib.redirect_stderr(io.StringIO()):
            return runner.run("step", ["sh", "-c", script], limit_s), runner

    def test_what_hangs_is_ended_with_its_children(self):
        ended, runner = self.run_step("sleep 600 & echo $!; wait", limit_s=1.5)
        self.assertIsNone(ended.status)
        self.assertEqual(runner.problems, ["step: not done after 2 s"])
        child = pathlib.Path(f"/proc/{int(ended.output)}/cmdline")
        for _ in range(200):  # the kernel takes its time
            if not child.exists() or b"sleep" not in child.read_bytes():
                return
            time.sleep(0.05)
        self.fail("the child of a step is still there")

    def test_a_crash_is_named(self):
        self.assertEqual(self.run_step("kill -SEGV $$")[0].problem, "killed by SIGSEGV")

    def test_nothing_starts_when_no_time_is_left(self):
        ended, _ = self.run_step("echo ran", whole_s=0)
        self.assertEqual((ended.status, ended.output), (None, ""))
        self.assertIn("no time", ended.problem)


class TableTest(unittest.TestCase):
    def test_the_last_attempt_counts(self):
        cells = table.cells_from(HEADER + row("gemm.bf16", "", "FLOP/s", outcome="lost") +
                                 row("gemm.bf16", "2", "FLOP/s", attempt=1))
        self.assertEqual(table.median_of(cells["gemm.bf16"]), 2)

    def test_a_wrong_answer_has_no_number(self):
        cells = table.cells_from(HEADER + row("gemm.bf16", "2", "FLOP/s", outcome="wrong_answer"))
        self.assertIsNone(table.median_of(cells["gemm.bf16"]))

    def power(self, watt, reason=("", False)):
        cells = {"burnin.bf16.power": [table.Cell("W", "completed", "", [watt] * 60)]}
        return table.power_row(cells, 700, *reason).ok

    def test_power_is_near_the_limit_or_has_a_good_reason(self):
        self.assertTrue(self.power(680))
        self.assertFalse(self.power(678))
        self.assertTrue(self.power(600, ("at its maximum", True)))
        self.assertFalse(self.power(600, ("event reasons 0x80", False)))

    def reason(self, clock, reasons):
        return check.why_less_power([["", "600", clock, "1980", "60", reasons, "700"]] * 40)[1]

    def test_heat_and_a_power_brake_are_no_excuse(self):
        self.assertTrue(self.reason("1980", "0x0"))
        self.assertTrue(self.reason("1500", "0x4"))
        self.assertFalse(self.reason("1500", "0x0"))
        for bad in ("0x8", "0x24", "0x40", "0x84"):
            self.assertFalse(self.reason("1500", bad))
        self.assertEqual(check.why_less_power([]), ("", False))


class PackTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refusal(self, **cache):
        build = self.folder / "build"
        build.mkdir(exist_ok=True)
        (build / "CMakeCache.txt").write_text(
            "".join(f"{key}:BOOL={value}\n" for key, value in cache.items()))
        with self.assertRaises(pack.CannotPack) as refused:
            pack.pack(ROOT, build, self.folder / "bundle")
        return str(refused.exception)

    def test_a_build_without_cuda_is_refused(self):
        self.assertIn("without CUDA", self.refusal(WITH_CUDA="OFF"))

    def test_what_is_not_built_is_named(self):
        self.assertIn("app/rackproof is not built", self.refusal(WITH_CUDA="ON"))

    def test_a_folder_of_somebody_else_is_left_alone(self):
        build = self.folder / "build"
        for name in ("app/rackproof", "devices/cuda/librackproof_cuda.so", "bench/gpu_peers",
                     "bench/sanitizer_bait", "bench/gpu_copy_ways"):
            (build / name).parent.mkdir(parents=True, exist_ok=True)
            (build / name).write_text("")
        (self.folder / "bundle").mkdir()
        (self.folder / "bundle/mine").write_text("x")
        self.assertIn("left as it is", self.refusal(WITH_CUDA="ON"))
        self.assertTrue((self.folder / "bundle/mine").is_file())


if __name__ == "__main__":
    unittest.main()
