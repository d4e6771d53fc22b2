"""scripts/setup on machines that lack things: PATH holds what the machine is said to have."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "setup"
SHELL_TOOLS = ("bash", "env", "sed", "sort", "id")


class SetupTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        for tool in SHELL_TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))

    def have(self, name, text):
        """A program of the machine that prints `text`, whatever it is asked."""
        program = self.path / name
        program.write_text(f"#!/usr/bin/env bash\necho '{text}'\n", encoding="utf-8")
        program.chmod(0o755)

    def setup(self, *arguments):
        return subprocess.run(["bash", str(SCRIPT), *arguments], env={"PATH": str(self.path)},
                              capture_output=True, text=True, check=False)

    def test_without_apt_it_names_everything_that_is_missing(self):
        done = self.setup()
        self.assertEqual(done.returncode, 2)
        for name in ("g++ 12", "cmake 3.25", "pkg-config", "ninja", "mpirun", "git"):
            self.assertIn(name, done.stderr)

    def test_what_tests_alone_need_is_no_reason_to_stop(self):
        for tool in ("g++", "cmake", "pkg-config", "ninja", "mpirun", "git"):
            (self.path / tool).symlink_to(shutil.which(tool))
        script = self.path / "setup"
        script.write_text(SCRIPT.read_text(encoding="utf-8").replace("slurmctld", "no-such-daemon"),
                          encoding="utf-8")
        done = subprocess.run(["bash", str(script)], env={"PATH": str(self.path)},
                              capture_output=True, text=True, check=False)
        self.assertIn("no-such-daemon", done.stderr)
        self.assertIn("skipped for want of", done.stderr)
        self.assertNotIn("please install", done.stderr)
        self.assertEqual(done.returncode, 0)

    def test_the_stage_adds_its_own_tools(self):
        self.assertNotIn("shellcheck", self.setup().stderr)
        self.assertIn("shellcheck", self.setup("check").stderr)
        self.assertIn("qemu-aarch64", self.setup("cross").stderr)
        self.assertNotIn("chromium", self.setup().stderr)
        self.assertIn("chromium", self.setup("browser").stderr)

    def test_npm_brings_exactly_what_the_tree_has_locked_once(self):
        for tool in ("g++", "cmake", "pkg-config", "ninja", "mpirun", "git", "touch", "mkdir"):
            (self.path / tool).symlink_to(shutil.which(tool))
        tree = self.path / "tree"
        (tree / "scripts").mkdir(parents=True)
        (tree / "reports/html").mkdir(parents=True)
        (tree / "reports/html/package-lock.json").write_text("{}", encoding="utf-8")
        shutil.copy(SCRIPT, tree / "scripts/setup")
        calls = self.path / "calls"

        def setup():
            done = subprocess.run(["bash", str(tree / "scripts/setup")],
                                  env={"PATH": str(self.path)}, capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done

        self.assertIn("without Apache ECharts (npm), this build writes no HTML report",
                      setup().stderr)
        npm = self.path / "npm"
        npm.write_text(f"#!/usr/bin/env bash\necho \"$PWD $*\" >>{calls}\nmkdir node_modules\n"
                       "touch node_modules/.package-lock.json\n", encoding="utf-8")
        npm.chmod(0o755)
        self.assertNotIn("ECharts", setup().stderr)
        setup()
        self.assertEqual(calls.read_text(encoding="utf-8").splitlines(),
                         [f"{(tree / 'reports/html').resolve()} ci --ignore-scripts --no-audit "
                          "--no-fund --loglevel=error"])

    def test_a_version_that_is_too_old_is_missing(self):
        self.have("g++", "9.4.0")
        self.have("cmake", "cmake version 3.18.4")
        done = self.setup()
        self.assertEqual(done.returncode, 2)
        self.assertIn("g++ 12 or newer (this one is 9.4.0)", done.stderr)
        self.assertIn("cmake 3.25 or newer (this one is 3.18.4)", done.stderr)

    def test_a_newer_version_is_as_good(self):
        self.have("g++", "13.2.0")
        self.have("cmake", "cmake version 3.30.1")
        done = self.setup()
        self.assertNotIn("g++", done.stderr)
        self.assertNotIn("cmake", done.stderr)

    def test_an_installation_that_fails_is_told(self):
        self.have("apt-get", "")
        self.have("sudo", "")
        done = self.setup()
        self.assertEqual(done.returncode, 2)
        self.assertIn("please install", done.stderr)

    def test_another_argument_is_wrong_usage(self):
        done = self.setup("everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("expected nothing, 'browser', 'check', 'cross' or 'fuzz'", done.stderr)


if __name__ == "__main__":
    unittest.main()
