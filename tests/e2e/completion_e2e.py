"""rackproof completion, in the shells themselves: what they would offer after some words."""

import re
import shutil
import subprocess
import unittest

from harness import BINARY, SOURCE, HarnessTest, main

# $1: the script; then the words of a line, of which the last is being typed.
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_rackproof
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(HarnessTest):
    def setUp(self):
        super().setUp()
        self.script = self.write("bash", self.rackproof("completion", "bash", status=0).stdout)
        (self.folder / "runs of may").mkdir()
        self.write("run.h5", "")

    def offers(self, *words):
        done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", self.script, "rackproof", *words],
                              cwd=self.folder, capture_output=True, text=True, check=True, timeout=60)
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\n")[:-1]

    def test_subcommands(self):
        self.assertEqual(self.offers("ru"), ["run"])
        helped = self.rackproof("--help", status=0).stdout.split("Subcommands:")[1].split("Example")[0]
        commands = re.findall(r"^  ([a-z]+) ", helped, re.MULTILINE)
        everything = self.offers("")
        self.assertEqual(set(everything), {*commands, "--help", "-h", "--version"})
        self.assertNotIn("worker", everything)

    def test_options_and_what_they_take(self):
        self.assertEqual(self.offers("run", "--all"), ["--all-pairs"])
        self.assertEqual(self.offers("list", "dev"), ["devices"])
        self.assertEqual(self.offers("judge", "run.h5", "--policy", "str"), ["strict-acceptance"])
        self.assertEqual(self.offers("judge", "--policy", "=", "str"), ["strict-acceptance"])
        self.assertEqual(self.offers("judge", "run.h5", "--history", "runs"), ["runs of may"])
        self.assertEqual(set(self.offers("judge", "run")), {"run.h5", "runs of may"})
        self.assertEqual(self.offers("run", "--only", ""), [""])

    def test_shipped_plans_have_their_names(self):
        shipped = {path.stem for path in (SOURCE / "plans").glob("*.toml")} - {"xid"}
        self.assertLessEqual(shipped, set(self.offers("run", "")))
        self.assertIn("slow-devices", self.offers("simulate", "slow"))

    def test_every_option_of_the_help_is_offered(self):
        for command in self.offers(""):
            if command.startswith("-"):
                continue
            shown = self.rackproof(command, "--help", status=0).stdout
            options = re.findall(r"^  (?:-\w,)?(--[a-z-]+)", shown, re.MULTILINE)
            self.assertEqual(set(options) - set(self.offers(command, "--")), set(), command)

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh_reads_it(self):
        script = self.write("zsh", "autoload -U compinit && compinit -u -d dump\n"
                            + self.rackproof("completion", "zsh", status=0).stdout
                            + "whence -w _rackproof; print -r -- ${_comps[rackproof]}\n")
        done = subprocess.run(["zsh", "-f", script], cwd=self.folder, capture_output=True, text=True,
                              check=True, timeout=60)
        self.assertIn("_rackproof: function", done.stdout)
        self.assertIn("_bash_complete", done.stdout)


if __name__ == "__main__":
    main()
