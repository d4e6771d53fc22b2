"""What a node says of an NVIDIA driver that gives no GPU: the real program and its CUDA back end,
over a driver's library that a test scripts."""

import os
import pathlib

import h5py
from harness import HarnessTest, main

FAKE = pathlib.Path(os.environ["RACKPROOF_FAKE_CUDA_DRIVER"])
PLAN = """
name = "gpu"
[cpu]
devices_per_node = 1
[[stage]]
name = "one"
[[stage.suite]]
suite = "gemm"
device = "gpu"
precision = ["fp64"]
size = 64
[[stage]]
name = "pairs"
[[stage.suite]]
suite = "p2p"
kinds = ["copy", "latency"]
"""


def driver(**scripted):
    """The environment of a node whose driver is the scripted one."""
    path = f"{FAKE.parent}:{os.environ.get('LD_LIBRARY_PATH', '')}".rstrip(":")
    return {"LD_LIBRARY_PATH": path,
            **{f"RACKPROOF_FAKE_CUDA_{name}": str(value) for name, value in scripted.items()}}


class CudaDriver(HarnessTest):
    def answer(self, **scripted):
        told = self.rackproof("list", "devices", status=0, environment=driver(**scripted)).stdout
        lines = [line for line in told.splitlines() if line.startswith("no GPUs: ")]
        self.assertEqual(len(lines), 1, told)
        self.assertIn("cpu0", told, "the rest of the node is there all the same")
        return lines[0]

    def test_one_that_is_too_old_is_named_with_what_is_needed(self):
        """On every 12.x: this build of CUDA 13 needs 580."""
        for version, text in ((12000, "12.0"), (12040, "12.4"), (12090, "12.9")):
            answer = self.answer(VERSION=version)
            self.assertIn(f"the NVIDIA driver is too old: it is one for CUDA {text}; ", answer)
            self.assertRegex(answer, r"this build needs driver \d+[.\d]* or newer$")

    def test_each_way_not_to_start_is_told_in_the_runtimes_words(self):
        for code, words in ((802, "cudaErrorSystemNotReady (802): "),
                            (803, "cudaErrorSystemDriverMismatch (803): "),
                            (999, "cudaErrorUnknown (999): ")):
            answer = self.answer(INIT=code)
            self.assertIn("start CUDA ", answer)
            self.assertIn(words, answer)
        self.assertIn("cudaErrorNotSupported", self.answer(), "what it asks for is not there")

    def test_a_driver_without_a_gpu_says_so(self):
        self.assertEqual(self.answer(INIT=100), "no GPUs: the driver lists no GPU")

    def test_what_needs_a_gpu_is_skipped_with_that_reason(self):
        self.write("gpu.toml", PLAN)
        self.rackproof("run", "gpu.toml", "--out", "out", status=3,
                       environment=driver(VERSION=12040))
        with h5py.File(self.run_file(), "r") as run:
            for metric in ("gemm.fp64.gpu", "p2p.copy", "p2p.latency"):
                outcome = run[f"metrics/{metric}/outcome"]
                skipped = h5py.check_enum_dtype(outcome.dtype)["skipped"]
                self.assertEqual(outcome[...].tolist(), [skipped], metric)
            self.assertEqual(run["metrics/p2p.copy/target"][...].tolist(), [[0, 0]])
            reasons = {text.decode() for text in run["reasons/text"][...]}
        self.assertEqual(len(reasons), 1, reasons)
        self.assertRegex(reasons.pop(), "this node has no gpu: .*the NVIDIA driver is too old: "
                                        "it is one for CUDA 12.4")


if __name__ == "__main__":
    main()
