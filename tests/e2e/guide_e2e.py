"""docs/guide.md, as a reader would use it: its files are written as they stand, its lines that begin
with `$` run in their order, and end as it says (`# exits 1: ...`; otherwise with 0)."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import unittest

from harness import BINARY, MOST_SECONDS, SOURCE, HarnessTest, main

GUIDE = SOURCE / "docs" / "guide.md"
BOX = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*?)(?:\s+# exits (\d).*)?$")
TABLE = "table.py"  # needs more than the others
WHAT_IT_SAYS = (  # of a command's output, what the guide tells of it
    ("judge rack12.h5", r"x FAIL +r00n\d\d device \d: gemm.bf16 is \d"),
    ("judge rack12.h5", r"x FAIL +r00n\d\d device \d: burnin.temperature is"),
    ("accept rack12.h5", r"r00"),
    ("verify rack12.h5.cert", r"with the same verdicts"),
    ("judge nights/night-12.h5", r"x FAIL +r02n05 device \d: .* its own past, since .* \(night 9 of 12\)"),
    ("report --fleet nights", r"r02n05 device \d: .* since 2026-01-09 \(night 9 of 12\)"),
    ("report --fleet nights", r"Repeat offenders .* r02n05 3 0 1 \+{8}!xxx "),
    ("compare acme.h5 bolt.h5", r"difference -[23]\.\d % \(95 %: .* by 24 and 24 racks\)"),
    ("worst.py", r"r00n\d\d GPU \d 6\d\d TFLOP/s"),
)


class Guide(HarnessTest):
    def setUp(self):
        super().setUp()
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "rackproof").symlink_to(BINARY)
        (self.folder / "bin" / "python3").symlink_to(sys.executable)
        self.environment = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def run_line(self, command, status):
        done = subprocess.run(shlex.split(command), cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=MOST_SECONDS, check=False)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, status, f"{command}\n{said[-4000:]}")
        return " ".join(said.split())

    def lines(self):
        """(command, exit status) of the guide, whose files are written before."""
        found = []
        for kind, name, text in BOX.findall(GUIDE.read_text(encoding="utf-8")):
            if name:
                self.write(name, text)
            if kind == "console":
                found += [COMMAND.fullmatch(line).groups() for line in text.splitlines()]
        return [(command, int(status or 0)) for command, status in found]

    def test_every_line_runs_as_printed(self):
        said = {command: self.run_line(command, status) for command, status in self.lines()
                if TABLE not in command}
        for part, pattern in WHAT_IT_SAYS:
            text = next(text for command, text in said.items() if part in command)
            self.assertRegex(text, pattern)

    @unittest.skipUnless(importlib.util.find_spec("xarray"), "no xarray (python3-xarray)")
    def test_a_table_with_names(self):
        for command, status in self.lines():
            if TABLE in command or "practice.toml -o rack12.h5" in command:
                said = self.run_line(command, status)
        self.assertRegex(said, r"r00n\d\d 6\.\d+e\+14")


if __name__ == "__main__":
    main()
