"""Each rule of scripts/check_rules is broken on purpose, once where it must be seen, and kept
where it must not."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "check_rules"


def loaded_script():
    loader = importlib.machinery.SourceFileLoader("check_rules", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_rules", loader))
    sys.modules["check_rules"] = module
    loader.exec_module(module)
    return module


check_rules = loaded_script()


def breaches(files):
    """The lines that check_rules prints for a tree of these files."""
    return [str(breach) for breach in check_rules.all_breaches(files)]


class CheckRulesTest(unittest.TestCase):
    def assert_clean(self, name, text):
        self.assertEqual(breaches({name: text}), [])

    def assert_breach(self, name, text, line, words):
        lines = breaches({name: text})
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{name}:{line}: "), lines[0])
        self.assertIn(words, lines[0])


class RoomIncludes(CheckRulesTest):
    def test_a_room_may_include_itself_and_what_the_table_says(self):
        self.assert_clean("reports/a.cpp", '#include "reports/a.hpp"\n#include "analysis/b.hpp"\n'
                                           '#include "core/c.hpp"\n')
        self.assert_clean("app/main.cpp", '#include "runners/a.hpp"\n#include "results/b.hpp"\n')

    def test_every_room_is_held_to_the_table(self):
        allowed = {
            "core": "", "devices": "core", "hwcheck": "core", "suites": "core devices hwcheck",
            "runners": "core devices hwcheck suites", "results": "core", "analysis": "core",
            "reports": "core analysis",
        }
        for room, may in allowed.items():
            for other in [*allowed, "app"]:
                text = f'\n#include "{other}/x.hpp"\n'
                with self.subTest(room=room, other=other):
                    if other == room or other in may.split():
                        self.assert_clean(f"{room}/a.cpp", text)
                    else:
                        self.assert_breach(f"{room}/a.cpp", text, 2, f"and not {other}/")

    def test_the_breach_says_what_is_allowed(self):
        self.assert_breach("reports/deep/a.hpp", '#include "results/run_file.hpp"\n', 1,
                           "reports/ may include core, analysis, and not results/")

    def test_an_include_names_its_room(self):
        self.assert_breach("core/a.cpp", '#include "a.hpp"\n', 1, 'write "ROOM/a.hpp"')
        self.assert_breach("core/a.cpp", '#include "../devices/a.hpp"\n', 1, "names no room")

    def test_tests_of_a_room_follow_the_room(self):
        self.assert_clean("tests/results/a_test.cpp", '#include "results/a.hpp"\n'
                                                      '#include "tests/support/b.hpp"\n')
        self.assert_breach("tests/results/a_test.cpp", '#include "analysis/a.hpp"\n', 1,
                           "results/ may include core")
        self.assert_clean("tests/e2e/a_test.cpp", '#include "analysis/a.hpp"\n')

    def test_the_simulator_and_the_judge_know_nothing_of_each_other(self):
        simulator = '#include "analysis/simulator/a.hpp"\n'
        judge = '#include "analysis/a.hpp"\n'
        self.assert_clean("analysis/simulator/b.cpp", simulator + '#include "core/a.hpp"\n')
        self.assert_breach("analysis/simulator/b.cpp", judge, 1, "may include core, and not analysis/")
        self.assert_breach("analysis/b.cpp", simulator, 1, "and not analysis/simulator/")
        self.assert_breach("reports/b.cpp", simulator, 1, "and not analysis/simulator/")
        self.assert_breach("tests/analysis/simulator/b_test.cpp", judge, 1, "and not analysis/")
        self.assert_clean("tests/analysis/b_test.cpp", simulator + judge)
        self.assert_clean("app/b.cpp", simulator + judge)
        self.assert_clean("bench/a.cpp", '#include "bench/b.hpp"\n#include "devices/c.hpp"\n')
        self.assert_breach("suites/a.cpp", '#include "bench/b.hpp"\n', 1, "names no room")
        self.assert_clean("bench/a.cpp", '#include "tests/support/c.hpp"\n')
        self.assert_breach("bench/a.cpp", '#include "tests/suites/c.hpp"\n', 1, "names no room")
        self.assert_breach("suites/a.cpp", '#include "tests/support/c.hpp"\n', 1, "names no room")

    def test_an_include_in_a_comment_or_a_text_is_none(self):
        self.assert_clean("core/a.cpp", '// #include "app/a.hpp"\n/*\n#include "app/a.hpp"\n*/\n'
                                        'const char* kText = R"(\n#inc "app/a.hpp")";\n')


class VendorHeaders(CheckRulesTest):
    def test_each_stays_in_its_room(self):
        homes = {
            "hdf5.h": "results/a.cpp", "mpi.h": "runners/a.cpp", "cblas.h": "devices/cpu/a.cpp",
            "hwloc.h": "devices/cpu/a.cpp", "cuda_runtime.h": "devices/cuda/a.cu",
            "cublasLt.h": "devices/cuda/a.cu", "nccl.h": "devices/nccl/a.cpp",
            "benchmark/benchmark.h": "suites/measure.cpp", "CLI/CLI.hpp": "app/a.cpp",
            "boost/math/distributions/normal.hpp": "analysis/a.cpp", "Eigen/Dense": "analysis/a.cpp",
            "toml++/toml.h": "app/a.cpp",
        }
        for header, home in homes.items():
            with self.subTest(header=header):
                text = f"#include <vector>\n#include <{header}>\n"
                self.assert_clean(home, text)
                self.assert_breach("core/a.hpp", text, 2, f"<{header}> may be included in")
                self.assert_breach("hwcheck/a.cpp", text, 2, f"<{header}> may be included in")

    def test_measure_alone_sees_the_benchmark_library(self):
        self.assert_breach("suites/gemm.cpp", "#include <benchmark/benchmark.h>\n", 1,
                           "suites/measure.cpp")

    def test_core_has_no_library_at_all(self):
        for header in ("fmt/format.h", "nlohmann/json.hpp", "sodium.h"):
            self.assert_breach("core/a.cpp", f"#include <{header}>\n", 1, "may be included in")

    def test_mpi_belongs_to_one_file(self):
        text = "#include <mpi.h>\n"
        self.assertEqual(breaches({"runners/a.cpp": text, "runners/b.cpp": text}), [
            "runners/b.cpp:1: <mpi.h> belongs to one file; runners/a.cpp has it"])

    def test_a_library_that_is_not_listed_is_refused(self):
        for header in ("spdlog/spdlog.h", "absl/strings/str_cat.h", "yaml.h"):
            self.assert_breach("app/a.cpp", f"#include <{header}>\n", 1, "no library that rackproof")

    def test_the_system_and_the_language_are_free(self):
        self.assert_clean("core/a.cpp", "".join(
            f"#include <{header}>\n" for header in
            ("vector", "source_location", "cstdint", "unistd.h", "sys/socket.h", "netinet/in.h",
             "signal.h", "sched.h", "dlfcn.h", "linux/perf_event.h")))

    def test_vector_intrinsics_stay_under_devices(self):
        self.assert_clean("devices/cpu/a.cpp", "#include <immintrin.h>\n#include <arm_neon.h>\n")
        self.assert_breach("suites/a.cpp", "#include <immintrin.h>\n", 1, "devices/*")


class Calls(CheckRulesTest):
    def test_only_app_ends_the_process(self):
        for call in ("exit(1)", "_exit(2)", "std::exit (0)", "std::abort()", "std::terminate()"):
            text = f"void f() {{\n    {call};\n}}\n"
            self.assert_breach("runners/worker.cpp", text, 2, "throw an Error")
            self.assert_clean("app/main.cpp", text)
        self.assert_clean("runners/child_process.cpp", "void f() { _exit(127); }\n")

    def test_names_that_only_end_like_it_are_free(self):
        self.assert_clean("core/a.cpp", "void f() { on_exit_s(1); atexit_count(2); x.exit_s(); }\n")

    def test_nothing_goes_through_a_shell(self):
        for room in ("app", "runners", "tests/runners"):
            self.assert_breach(f"{room}/a.cpp", 'int a = system("ls");\n', 1, "shell")
            self.assert_breach(f"{room}/a.cpp", 'auto* a = popen("ls", "r");\n', 1, "shell")
        self.assert_clean("core/a.cpp", "auto e = system_error(1); auto p = file_system(2);\n")

    def test_memory_has_owners(self):
        self.assert_breach("devices/a.cpp", "int* a = new int[5];\n", 1, "raw new")
        self.assert_breach("devices/a.cpp", "void f(int* a) { delete[] a; }\n", 1, "raw delete")
        self.assert_breach("devices/a.cpp", "void* a = std::malloc(5);\n", 1, "malloc")
        self.assert_clean("devices/a.hpp", "#include <new>\nstruct A { A(const A&) = delete; };\n"
                                           "void f(void* at) { new (at) A{}; }\n"
                                           "int news = 0; int renew(int);\n")

    def test_features_are_chosen_by_cmake(self):
        self.assert_breach("suites/a.cpp", "#ifdef WITH_CUDA\n#endif\n", 1, "no #if outside")
        self.assert_breach("core/a.hpp", "\n# if defined(X)\n#endif\n", 2, "no #if outside")
        self.assert_clean("devices/cpu/a.cpp", "#if defined(__x86_64__)\n#endif\n")

    def test_comments_and_texts_call_nothing(self):
        self.assert_clean("core/a.cpp", "// exit(1), new int\n/* system(\nmalloc( */\n"
                                        'const char* a = "exit(1) \\" new";\n'
                                        'const char* b = R"x(delete a; popen(")x";\n'
                                        "const char c = '\"'; const int d = 1'000'000;\n")

    def test_lines_are_counted_through_comments_and_raw_texts(self):
        self.assert_breach("core/a.cpp", '/*\n\n*/\nauto a = R"(\n\n)";\nint* b = new int;\n', 7,
                           "raw new")


class Size(CheckRulesTest):
    def test_a_file_has_at_most_600_lines(self):
        self.assert_clean("core/a.cpp", "\n" * 600)
        self.assert_breach("core/a.cpp", "\n" * 601, 601, "601 lines")

    def test_a_todo_names_its_issue(self):
        self.assert_clean("core/a.cpp", "// TODO(#12): wider\n")
        self.assert_breach("core/a.cpp", "// TODO: wider\n", 1, "TODO(#12)")


class Invocation(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "core").mkdir()

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def check(self, *files):
        return subprocess.run([sys.executable, str(SCRIPT), "--root", str(self.root), *files],
                              capture_output=True, text=True, check=False)

    def test_it_looks_at_what_git_would_track(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.write("core/a.cpp", "int* a = new int;\n")
        self.write("core/b.cpp", "int* a = new int;\n")
        self.write(".gitignore", "b.cpp\n")
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("core/a.cpp:1:", done.stdout)
        self.assertNotIn("b.cpp", done.stdout)

    def test_a_clean_tree_is_exit_0_and_says_how_much_was_seen(self):
        self.write("core/a.cpp", "int a = 1;\n")
        done = self.check("core/a.cpp")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("1 files, 0 breaches", done.stderr)

    def test_files_of_other_languages_are_left_alone(self):
        self.write("core/notes.md", "exit(1); new int\n")
        self.assertIn("0 files", self.check("core/notes.md").stderr)


if __name__ == "__main__":
    unittest.main()
