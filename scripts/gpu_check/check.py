"""What gpu-check does on the machine with the GPU, step by step. A step that fails is said, and the
rest goes on."""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import time

from gpu_check import steps, table

WHOLE_S = 530
MOST_MINUTES = 9
ROUNDS = 3
SETTLE_S = 3  # until nvidia-smi has spoken
QUERY = ("timestamp,power.draw,clocks.sm,clocks.max.sm,temperature.gpu,"
         "clocks_event_reasons.active,enforced.power.limit")
# Our own kernels, by their name space; the libraries' are their makers'.
OWN_KERNELS = ("--kernel-name", "kernel_substring=rackproof")
SANITIZER_FOLDERS = ("/usr/local/cuda/bin", "/usr/local/cuda/compute-sanitizer",
                     "/usr/local/cuda/extras/compute-sanitizer")
FOUND_BY = {"memcheck": re.compile(r"ERROR SUMMARY: (\d+) error"),
            "racecheck": re.compile(r"RACECHECK SUMMARY: (\d+) hazard")}
# Bits of NVML's clocks event reasons.
SOFTWARE_POWER_CAP = 0x4
HARMLESS_REASONS = 0x1 | 0x2 | 0x4 | 0x10 | 0x100
# A test with this in its name breaks something on purpose: no case for compute-sanitizer.
ON_PURPOSE = "Planted"


class Check:
    def __init__(self, bundle, folder):
        self.bundle = bundle
        self.folder = folder
        self.facts = json.loads((bundle / "bundle.json").read_text())
        self.runner = steps.Runner(folder / "logs",
                                   steps.bundle_environment(bundle, self.facts["cublaslt"]), WHOLE_S)
        self.rows = []
        self.devices = []
        self.rounds = {}
        self.metrics = {}

    def program(self, name):
        return self.bundle / "bin" / name

    # The machine.
    def look(self):
        self.runner.run("nvidia-smi-q", ["nvidia-smi", "-q"], 60)
        ended = self.runner.run("devices", [self.program("rackproof"), "list", "devices"], 60)
        if not re.search(r"^gpu\d", ended.output, re.M):
            self.runner.problems.append("devices: rackproof lists no GPU: " +
                                        ended.output.strip()[-200:])
        self.devices = ended.output.strip().splitlines()

    # The tests.
    def tests(self):
        counts = {"passed": 0, "failed": 0, "skipped": 0}
        for number, test in enumerate(self.facts["tests"]):
            ended = self.runner.run(f"test-{number:02}",
                                    [self.program(test["program"]), *test["arguments"]], 60)
            outcome = outcome_of(ended)
            counts[outcome] += 1
            if outcome != "passed":
                self.runner.problems.append(f"test {test['name']}: {outcome}")
        left_out = self.facts["left_out"]
        if left_out:
            self.runner.problems.append("tests that are no programs of the build stayed at home: " +
                                        ", ".join(left_out))
        total = len(self.facts["tests"])
        self.rows.append(table.Row(
            "cuda tests", ", ".join(f"{count} {what}" for what, count in counts.items()),
            aim="all pass", ok=total > 0 and counts["passed"] == total and not left_out))

    # Figures by turns with their peers.
    def turns(self):
        for number in range(ROUNDS):
            self.rackproof_round(number)
            self.peer(f"peer-cublaslt-{number}", [self.program("gpu_peers"), "gemm", "bf16"])
            self.peer(f"peer-torch-{number}", ["python3", self.bundle / "gpu_check/torch_peer.py"],
                      LD_LIBRARY_PATH=os.environ.get("LD_LIBRARY_PATH", ""))
            self.peer(f"peer-copies-{number}", [self.program("gpu_peers"), "copies"])
        self.rows += table.peer_rows(self.rounds, "\n".join(self.devices))

    def rackproof_round(self, number):
        out = self.folder / f"turn-{number}"
        self.runner.run(f"turn-{number}", [self.program("rackproof"), "run",
                                           self.bundle / "gpu_check/turn.toml", "--out", out], 60)
        for metric, cells in self.cells(f"turn-{number}-csv", out / "run.h5").items():
            value = table.median_of(cells)
            if value is not None:
                self.add_round(metric, "rackproof", value)

    def peer(self, name, command, **environment):
        ended = self.runner.run(name, command, 90, stderr_apart=True, **environment)
        for line in ended.output.splitlines():
            if line.startswith("{"):
                said = json.loads(line)
                self.add_round(said["figure"], said["peer"], statistics.median(said["values"]))

    def add_round(self, figure, source, value):
        self.rounds.setdefault(figure, {}).setdefault(source, []).append(value)

    def cells(self, name, run_file):
        ended = self.runner.run(name, [self.program("rackproof"), "report", run_file, "--csv"], 30,
                                expected=(0, 1, 3), stderr_apart=True)
        return table.cells_from(ended.output) if ended.status is not None else {}

    # Every suite.
    def suites(self):
        limit_w, stop_watching = self.watch_gpu()
        out = self.folder / "run"
        ended = self.runner.run("run", [self.program("rackproof"), "run", "gpu-check", "--out", out],
                                370)
        reason = why_less_power(stop_watching())
        if (out / "run.h5").is_file():
            shutil.copyfile(out / "run.h5", self.folder / "run.h5")
            self.metrics = self.cells("run-csv", out / "run.h5")
        self.rows.append(table.Row("rackproof run gpu-check", f"{ended.elapsed_s:.0f} s",
                                   aim="exit status 0", ok=ended.status == 0))
        self.rows += table.memory_rows(self.metrics, variants_of(self.folder / "run.h5"))
        self.rows.append(table.power_row(self.metrics, limit_w, *reason))

    def watch_gpu(self):
        """Starts nvidia-smi as a second witness; returns the power limit, and a function that ends
        it and gives its lines."""
        log = self.folder / "logs" / "nvidia-smi.csv"
        try:
            with log.open("wb") as out:
                child = subprocess.Popen(
                    ["nvidia-smi", "-i", "0", f"--query-gpu={QUERY}",
                     "--format=csv,noheader,nounits", "-l", "1"],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                    start_new_session=True)
        except OSError as error:
            self.runner.problems.append(f"nvidia-smi: cannot be started: {error}")
            return None, lambda: []
        time.sleep(SETTLE_S)

        def stop():
            steps.end_group(child, signal.SIGTERM, 3)
            steps.end_group(child, signal.SIGKILL, 3)
            return samples_in(log)

        samples = samples_in(log)
        return (number_in(samples[-1][6]) if samples else None), stop

    # The other precisions, stated and without an aim.
    def other_peers(self):
        self.peer("peer-precisions", [self.program("gpu_peers"), "gemm", "fp64", "fp32", "tf32",
                                      "fp16", "fp8_e4m3", "int8"])
        best = {figure: max(statistics.median(values) for source, values in sources.items()
                            if source != "rackproof")
                for figure, sources in self.rounds.items() if set(sources) - {"rackproof"}}
        self.rows += table.plain_rows(self.metrics, best, table.is_alone(self.devices))

    def copy_ways(self):
        """Which kernel membw.copy should be: stated, and all ways in the log, the fastest first."""
        ended = self.runner.run("copy-ways", [self.program("gpu_copy_ways")], 60)
        ways = [json.loads(line) for line in ended.output.splitlines() if line.startswith("{")]
        if ways:
            self.rows.append(table.Row("copy, best way", table.quantity(ways[0]["median"], "B/s"),
                                       ways[0]["way"]))

    def nvbandwidth(self):
        """A second witness of the copies, where somebody has built it: to be read in its log."""
        if shutil.which("nvbandwidth"):
            self.runner.run("nvbandwidth", ["nvbandwidth", "-t", "host_to_device_memcpy_ce",
                                            "device_to_host_memcpy_ce",
                                            "device_to_device_memcpy_write_ce",
                                            "device_to_device_memcpy_write_sm",
                                            "device_to_device_latency_sm"], 60)

    def nccl_tests(self):
        """A second witness of the collectives, likewise."""
        gpus = sum(line.startswith("gpu") for line in self.devices)
        for name in ("all_reduce_perf", "all_gather_perf", "alltoall_perf") if gpus > 1 else ():
            if shutil.which(name):
                self.runner.run(name, [name, "-b", "1G", "-e", "1G", "-d", "bfloat16", "-g", gpus], 60)

    # compute-sanitizer.
    def sanitize(self, tool):
        program = self.sanitizer()
        filters = sanitizer_filters(self.facts["tests"])
        if program is None or not filters:
            what = "compute-sanitizer is not here" if program is None else "no test to look at"
            self.runner.problems.append(f"{tool}: {what}")
            self.rows.append(table.Row(tool, what, aim="0 found", ok=False))
            return
        command = [program, "--tool", tool, *OWN_KERNELS, "--print-limit", "20"]
        bait = self.runner.run(f"{tool}-bait", [*command, self.program("sanitizer_bait"), tool], 60,
                               expected=range(256))
        found = FOUND_BY[tool].search(bait.output)
        if not found or int(found[1]) == 0:
            self.runner.problems.append(f"{tool}: it does not find a planted fault here")
            self.rows.append(table.Row(tool, "blind: a planted fault not found", aim="0 found",
                                       ok=False))
            return
        errors, clean = 0, True
        for name, arguments in filters.items():
            ended = self.runner.run(f"{tool}-{name}", [*command, self.program(name), *arguments], 100)
            summary = FOUND_BY[tool].search(ended.output)
            passed = outcome_of(ended) == "passed"
            clean = clean and summary is not None and passed
            errors += int(summary[1]) if summary else 0
            if not passed or not summary:
                self.runner.problems.append(f"{tool}: {name} did not pass under it")
        text = f"{errors} found" + ("" if clean else ", not complete")
        self.rows.append(table.Row(tool, text, aim="0 found", ok=clean and errors == 0))

    @staticmethod
    def sanitizer():
        return shutil.which("compute-sanitizer") or shutil.which(
            "compute-sanitizer", path=":".join(SANITIZER_FOLDERS))


def outcome_of(ended):
    """What GoogleTest says, and no pass without its word."""
    if ended.problem or not re.search(r"^\[  PASSED  \] [1-9]\d* tests?\.", ended.output, re.M):
        skipped = not ended.problem and "[  SKIPPED ]" in ended.output
        return "skipped" if skipped else "failed"
    return "skipped" if "[  SKIPPED ]" in ended.output else "passed"


def sanitizer_filters(tests):
    """{program: arguments} to run the small tests of each program in one process."""
    names = {}
    for test in tests:
        for argument in test["arguments"]:
            if argument.startswith("--gtest_filter=") and ON_PURPOSE not in argument:
                names.setdefault(test["program"], []).append(argument.partition("=")[2])
    return {program: ["--gtest_filter=" + ":".join(filters)] for program, filters in names.items()}


def number_in(text):
    try:
        return float(text)
    except ValueError:
        return None


def samples_in(log):
    lines = [[field.strip() for field in line.split(",")]
             for line in log.read_text(errors="replace").splitlines()]
    return [fields for fields in lines if len(fields) == len(QUERY.split(","))]


def why_less_power(samples):
    """(text, is it well so): what nvidia-smi saw in the last half minute, when the burn-in was the
    only load. At the highest clock there is nothing more to draw; below it, the driver says why, and
    heat, the hardware or a power brake are no excuse."""
    last = [fields for fields in samples[-35:-5] if None not in map(number_in, fields[2:4])]
    if not last:
        return "", False
    clock, highest = (statistics.median(number_in(fields[i]) for fields in last) for i in (2, 3))
    if clock >= highest:
        return f"SM clock at its maximum, {clock:.0f} MHz", True
    reasons = 0
    for fields in last:
        reasons |= reasons_in(fields[5])
    if reasons & ~HARMLESS_REASONS == 0 and reasons & SOFTWARE_POWER_CAP:
        return f"power cap, {clock:.0f} of {highest:.0f} MHz", True
    return f"{clock:.0f} of {highest:.0f} MHz, event reasons {reasons:#x}", False


def reasons_in(text):
    try:
        return int(text, 16)
    except ValueError:
        return 0


def variants_of(run_file):
    """{metric: parameters of the first target's variant}; empty without h5py or the file."""
    try:
        import h5py
    except ImportError:
        steps.say("this python3 has no h5py: shares of memory are not known")
        return {}
    if not run_file.is_file():
        return {}
    with h5py.File(run_file) as run:
        texts = [text.decode() for text in run["variants/parameters"][...]]
        found = {}
        for metric, group in run["metrics"].items():
            index = int(group["variant"][0])
            if 0 <= index < len(texts):
                found[metric] = json.loads(texts[index] or "{}")
    return found


def check(bundle, folder):
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        steps.say(f"{folder} is not empty")
        return 2
    begin = time.monotonic()
    here = Check(bundle, folder)
    here.look()
    here.tests()
    here.turns()
    here.suites()
    here.other_peers()
    here.copy_ways()
    here.nvbandwidth()
    here.nccl_tests()
    here.sanitize("memcheck")
    here.sanitize("racecheck")
    minutes = (time.monotonic() - begin) / 60
    here.rows.append(table.Row("all of it", f"{minutes:.1f} min", aim=f"< {MOST_MINUTES} min",
                               ok=minutes < MOST_MINUTES))
    return conclude(here)


def conclude(here):
    ok = not here.runner.problems and all(row.ok is not False for row in here.rows)
    lines = [f"{here.facts['version']}, {here.facts['commit']}", *here.devices[:4], "",
             *table.table(here.rows), ""]
    problems = list(dict.fromkeys(here.runner.problems))
    most = 12
    lines += [f"NOT: {problem[:150]}" for problem in problems[:most]]
    if len(problems) > most:
        lines.append(f"NOT: and {len(problems) - most} more, see problems.txt")
    lines.append(f"gpu-check: {'every aim was met' if ok else 'NOT every aim was met'}; "
                 f"logs and run.h5: {here.folder}")
    (here.folder / "problems.txt").write_text("".join(f"{problem}\n" for problem in problems))
    (here.folder / "table.txt").write_text("\n".join(lines) + "\n")
    (here.folder / "rounds.json").write_text(json.dumps(here.rounds, indent=1))
    print("\n".join(lines), flush=True)
    return 0 if ok else 1
