"""rackproof report --html: one page that needs no network, in which everything from outside is
text; opened in Debian's chromium by tests/support/browser/page_test.mjs.

    html_e2e.py File       the page as a file
    html_e2e.py Browser    the page as a person sees it; skipped, and says so, without a browser
    html_e2e.py Million    that of a million devices: minutes

RACKPROOF_HTML_PICTURES names a folder that gets the screenshots and the page printed on paper.
"""

import base64
import csv
import html.parser
import json
import os
import pathlib
import re
import shutil
import statistics
import struct
import subprocess
import sys
import time
import unittest

import h5py
import stored_run
from harness import BINARY, SOURCE, HarnessTest, main
from namespaces import SKIPPED

DRIVER = SOURCE / "tests/support/browser"
CHROMIUM = os.environ.get("RACKPROOF_CHROMIUM", "/usr/bin/chromium")
NO_ECHARTS = "no Apache ECharts"
VERDICTS = ("fail", "no_data", "watch", "pass")
PICTURES = os.environ.get("RACKPROOF_HTML_PICTURES")


# Few enough nodes for a heat map; a bad node and a bad link.
FABRIC = """
name = "fabric"
description = "pairs"
[fleet]
nodes = 24
devices_per_node = 1
nodes_per_rack = 4
nodes_per_leaf = 4
[[metric]]
name = "pair.bandwidth"
unit = "GB/s"
centre = 48
scope = "node_pair"
[[metric]]
name = "gemm.fp64"
unit = "TFLOP/s"
centre = 48
[pairs]
rounds = 10
[[fault]]
kind = "slow"
level = "node"
name = "bad NIC"
count = 1
size = 0.4
metrics = ["pair.*"]
[[fault]]
kind = "slow"
level = "link"
name = "bad link"
count = 1
size = 0.5
metrics = ["pair.*"]
"""


VENDOR = """
name = "vendor"
[fleet]
nodes = 96
devices_per_node = 4
nodes_per_rack = 4
[[metric]]
name = "gemm.bf16"
unit = "TFLOP/s"
centre = 720
[[metric]]
name = "membw.triad"
unit = "GB/s"
centre = 1000
[[metric]]
name = "burnin.temperature"
unit = "degC"
centre = 65
better = "lower"
"""


NIGHTS = """
name = "nights"
description = "a device that steps"
nights = 12
[fleet]
nodes = 24
devices_per_node = 8
[[fault]]
kind = "slow"
name = "step"
count = 1
size = 0.08
first_night = 6
""" + "".join(f"""
[[metric]]
name = "gemm.m{number}"
unit = "TFLOP/s"
centre = {700 + number}
night_noise = 0.001
""" for number in range(6))


def unpacked(column):
    """Numbers as the page has them (HtmlData's packed)."""
    if "all" in column:
        return [column["all"]] * column["size"]
    kind = {"f32": "f", "u8": "B", "u16": "H", "i32": "i"}[column["type"]]
    data = base64.b64decode(column["data"])
    return list(struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data))


def medians_of(run, name):
    """{device: median of its samples} of a metric in which every cell completed once."""
    metric = run["metrics/" + name]
    return dict(zip(metric["target"][:, 0] if metric["target"].ndim == 2 else metric["target"][...],
                    (statistics.median(row) for row in metric["values"][...])))


class Page(html.parser.HTMLParser):
    """What a page is made of: elements with their attributes, and the text of its scripts."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.scripts = {}
        self.policy = None
        self.headline = ""
        self._script = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        if tag == "script":
            self._script = attributes.get("id") or f"script {len(self.scripts)}"
            self.scripts[self._script] = ""

    def handle_endtag(self, tag):
        if tag == "script":
            self._script = None

    def handle_data(self, data):
        if self._script is not None:
            self.scripts[self._script] += data

    def block(self, name):
        return json.loads(self.scripts["data-" + name])


class HtmlTest(HarnessTest):
    def page(self, *arguments, run="run.h5", status=1):
        """The report of a run in the test's folder; skips where the build has no ECharts."""
        done = self.rackproof("report", run, "--html", "out.html", *arguments)
        if NO_ECHARTS in done.stderr:
            raise unittest.SkipTest("this build has no Apache ECharts (scripts/setup fetches it)")
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        return self.folder / "out.html"

    def simulate(self, nodes, scenario="slow-devices", **settings):
        changes = [part for key, value in {"fleet.nodes": nodes, **settings}.items()
                   for part in ("--set", f"{key}={value}")]
        self.rackproof("simulate", scenario, "-o", "run.h5", "--seed", 7, *changes, status=0)

    def simulate_nights(self):
        self.rackproof("simulate", self.write("nights.toml", NIGHTS), "-o", "nights", "--seed", 7, status=0)

    def compared(self, first="acme.h5", second="bolt.h5"):
        """The page of two vendors of 24 racks, of which the second is 4 % slower in one metric."""
        for name, seed, change in ((first, 7, ()), (second, 8, ("--set", "metric.0.centre=691.2"))):
            self.rackproof("simulate", self.write("vendor.toml", VENDOR), "-o", name, "--seed", seed, *change, status=0)
        done = self.rackproof("compare", first, second, "--html", "out.html")
        if NO_ECHARTS in done.stderr:
            raise unittest.SkipTest("this build has no Apache ECharts (scripts/setup fetches it)")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / "out.html"

    def judged(self, *arguments):
        return json.loads(self.rackproof("judge", "run.h5", "--json", "-", *arguments).stdout)


class File(HtmlTest):
    def test_without_echarts_it_says_so_and_writes_nothing(self):
        self.simulate(16)
        done = self.rackproof("report", "run.h5", "--html", "out.html")
        if done.returncode == 2:
            self.assertIn(NO_ECHARTS, done.stderr)
            self.assertIn("scripts/setup", done.stderr)
            self.assertFalse((self.folder / "out.html").exists())

    def test_it_holds_what_the_verdicts_say_and_fetches_nothing(self):
        self.simulate(32)
        path = self.page()
        page = Page(path)
        verdicts = self.judged()
        self.assertEqual(page.block("run")["summary"], verdicts["summary"])
        self.assertEqual(page.block("run")["coverage"], verdicts["coverage"])
        self.assertEqual(page.block("run")["sensitivity"], verdicts["sensitivity"])
        self.assertEqual(page.block("nodes")["name"], [node["node"] for node in verdicts["nodes"]])
        found = page.block("findings")
        self.assertEqual(found["left_out"], 0)
        by_id = {finding["id"]: {**dict.fromkeys(verdicts["findings"][0]), **finding,
                                 "action": found["actions"][finding["action"]]}
                 for finding in found["list"]}
        self.assertEqual([by_id[finding["id"]] for finding in verdicts["findings"]],
                         verdicts["findings"])
        weights = [VERDICTS.index(finding["verdict"]) for finding in found["list"]]
        self.assertEqual(weights, sorted(weights), "worst first")
        for tag, attributes in page.elements:
            self.assertNotIn(tag, ("link", "img", "iframe", "object", "embed", "base", "form"))
            self.assertFalse({"src", "srcset", "action", "style"} & set(attributes), (tag, attributes))
            self.assertTrue(attributes.get("href", "#").startswith("#"), attributes)
        self.assertTrue(page.policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'"))
        for word in ("unsafe", "http", "data:", "*"):
            self.assertNotIn(word, page.policy)
        self.assertLess(path.stat().st_size, 3e6)
        again = path.read_bytes()
        self.assertEqual(self.page().read_bytes(), again, "the same run gives the same bytes")

    def test_hostile_names_are_data_and_nothing_else(self):
        stored_run.build(stored_run.STORED / "version-1.json", self.folder / "run.h5")
        page = Page(self.page())
        written = json.loads(self.rackproof("report", "run.h5", "--json").stdout)
        # The elements are those of the page itself, whatever stands in the run.
        tags = {tag for tag, _ in page.elements}
        self.assertLessEqual(tags, {"html", "head", "meta", "title", "style", "body", "a", "header",
                                    "div", "p", "h1", "span", "noscript", "ol", "li", "nav", "main",
                                    "script"})
        self.assertFalse([name for _, attributes in page.elements for name in attributes
                          if name.startswith("on")])
        names = page.block("nodes")["name"]
        self.assertEqual(len(names), len(written["nodes"]))
        self.assertIn("<script>alert(1)</script>", names)
        for name, text in page.scripts.items():
            if name.startswith("data-"):
                self.assertNotRegex(text, "[<>&\u2028\u2029\u202e]", name)
                json.loads(text)
        self.assertEqual(page.block("metrics")[0].keys(),
                         {"name", "suite", "scope", "unit", "better", "limits", "cohorts"})

    def test_the_options_that_do_not_go_together_are_refused(self):
        self.simulate(8)
        for arguments in (("--json",), ("-o", "x"), ("--certificate", "c")):
            done = self.rackproof("report", "run.h5", "--html", "out.html", *arguments, status=2)
            self.assertRegex(done.stderr, "excludes|requires")
        self.assertIn("requires", self.rackproof("report", "run.h5", "--history", ".", status=2).stderr)
        done = self.rackproof("report", "none.h5", "--html", "out.html", status=2)
        self.assertIn("none.h5", done.stderr + NO_ECHARTS if NO_ECHARTS in done.stderr else done.stderr)
        self.assertEqual(list(self.folder.glob("out.html*")), [])

    def test_it_carries_the_fingerprint_of_a_certificate_that_holds(self):
        self.simulate(16)
        self.rackproof("keygen", "k", status=0)
        signed = self.rackproof("sign", "run.h5", "--key", "k")
        told = re.search(r"fingerprint ([0-9a-f ]+)\n", signed.stdout)[1]
        arguments = ("--certificate", "run.h5.cert", "--key", "k.pub")
        self.assertEqual(Page(self.page(*arguments)).block("run")["certificate"]["fingerprint"], told)
        self.assertIsNone(Page(self.page()).block("run")["certificate"])
        (self.folder / "out.html").unlink()
        # Another key, another policy, another run: no page.
        self.rackproof("keygen", "other", status=0)
        for changed in (("--certificate", "run.h5.cert", "--key", "other.pub"),
                        (*arguments, "--policy", "strict-acceptance")):
            self.rackproof("report", "run.h5", "--html", "out.html", *changed, status=2)
        with h5py.File(self.folder / "run.h5", "r+") as run:
            run["nodes/name"][0] = b"x"
        done = self.rackproof("report", "run.h5", "--html", "out.html", *arguments, status=2)
        self.assertIn("was changed after it was signed", done.stderr)
        self.assertFalse((self.folder / "out.html").exists())

    def test_waivers_and_earlier_runs_are_in_it(self):
        self.simulate_nights()
        self.write("waivers.toml", '[[waiver]]\nnode = "r000n00"\nmetric = "*"\nreason = "x"\n'
                                   'until = "2999-01-01"\nby = "NAME"\n')
        done = self.rackproof("report", "nights/night-12.h5", "--html", "out.html", "--history",
                              "nights", "--waivers", "waivers.toml")
        if NO_ECHARTS in done.stderr:
            self.skipTest("this build has no Apache ECharts")
        page = Page(self.folder / "out.html")
        self.assertTrue(page.block("run")["history"])
        self.assertEqual(page.block("history")["nights"], [f"2026-01-{night:02}T00:00:00Z" for night in range(1, 13)])
        self.check_nights(page)

    def test_provisional_limits_are_said_to_be(self):
        self.simulate(16)
        self.write("sheet.toml", '[[limit]]\ncase = "gemm.bf16"\nmin = 9\nunit = "PFLOP/s"\n'
                                 'source = "<b>a sheet"\nprovisional = true\n')
        page = Page(self.page("--policy", "sheet.toml"))
        self.assertEqual(page.block("run")["provisional"], ["limit on gemm.bf16, from <b>a sheet"])
        self.assertTrue(page.block("run")["policy"]["limits"][0]["provisional"])
        limited = [metric for metric in page.block("metrics") if metric["limits"]]
        self.assertEqual([metric["name"] for metric in limited], ["gemm.bf16"])
        self.assertTrue(limited[0]["limits"][0]["provisional"])
        self.assertIn("(provisional limit, from <b>a sheet)", json.dumps(page.block("findings")))

    def check_nights(self, page):
        """Every line is what stands in the nights' files."""
        files = [h5py.File(self.folder / "nights" / f"night-{night:02}.h5") for night in range(1, 13)]
        for number, metric in enumerate(page.block("metrics")):
            measured = [medians_of(file, metric["name"]) for file in files]
            past = page.block(f"past-{number}")
            self.assertGreaterEqual(len(past["lines"]), 8)
            for line in past["lines"]:
                device = line["node"] * 8 + line["device"]
                for told, night in zip(unpacked(line["values"]), measured):
                    self.assertAlmostEqual(told / night[device], 1, places=5)
            for told, night in zip(unpacked(past["usual"][0]), measured):
                self.assertAlmostEqual(told / statistics.median(night.values()), 1, places=3)

    def test_a_run_that_is_held_against_none_has_no_nights(self):
        self.simulate(16)
        page = Page(self.page())
        self.assertEqual(page.block("history"), {"left_out": 0, "nights": [], "nodes": page.block("history")["nodes"]})
        self.assertFalse([name for name in page.scripts if name.startswith("data-past-")])

    def test_a_comparison_says_what_the_table_says(self):
        path = self.compared()
        rows = list(csv.DictReader(self.rackproof("compare", "acme.h5", "bolt.h5", "--csv").stdout.splitlines()))
        pair, = Page(path).block("comparison")["pairs"]
        told = {metric["name"]: metric for metric in pair["metrics"]}
        self.assertEqual(set(told), {row["metric"] for row in rows})
        for row in rows:
            self.assertAlmostEqual(told[row["metric"]]["difference"], float(row["difference"]), places=9)
        self.assertEqual([told[name]["standing"] for name in ("gemm.bf16", "membw.triad")], ["worse", "no difference shown"])
        done = self.rackproof("compare", "acme.h5", "bolt.h5", "--html", "x.html", "--csv", status=2)
        self.assertIn("excludes", done.stderr)

    def test_a_comparison_does_not_grow_with_the_fleet(self):
        small = self.compared().stat().st_size
        large = [f"fleet.nodes={nodes}" for nodes in (768, 769)]
        for name, size in zip(("acme.h5", "bolt.h5"), large):
            self.rackproof("simulate", "vendor.toml", "-o", name, "--seed", 1, "--set", size, status=0)
        self.rackproof("compare", "acme.h5", "bolt.h5", "--html", "out.html", status=0)
        self.assertLess((self.folder / "out.html").stat().st_size, small + 20_000)

    def test_a_full_disk_leaves_no_half_of_a_page(self):
        self.simulate(16)
        self.page()
        (self.folder / "full").mkdir()
        (self.folder / "full" / "out.html").mkdir()
        done = self.rackproof("report", "run.h5", "--html", "full/out.html", status=3)
        self.assertIn("full/out.html", done.stderr)
        self.assertEqual([path.name for path in (self.folder / "full").iterdir()], ["out.html"])


class SeenTest(HtmlTest):
    def see(self, test, path, folder=None):
        done = subprocess.run(["node", DRIVER / "page_test.mjs", test, path, folder or self.folder],
                              capture_output=True, text=True, timeout=900, cwd=DRIVER, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check_counts(self, seen, verdicts):
        self.assertEqual(seen["counts"], [verdicts["summary"][verdict] for verdict in VERDICTS])
        self.assertEqual(sum(seen["counts"]), verdicts["summary"]["nodes"])
        self.assertEqual(seen["headline"], "FAIL")
        self.assertTrue(seen["floor"])


class Browser(SeenTest):
    def walk_through(self, nodes):
        path = self.page()
        seen = self.see("everything", path)
        verdicts = self.judged()
        self.check_counts(seen, verdicts)
        told = [finding["sentence"] for finding in verdicts["findings"]
                if finding["node"] == seen["node"]]
        for sentence in told:
            self.assertTrue(any(sentence in text for text in seen["node_findings"]), sentence)
        self.assertEqual(next(node["verdict"] for node in verdicts["nodes"]
                              if node["node"] == seen["node"]), "fail")
        self.assertGreater(seen["node_metrics"], 0)
        cells = sum(each["cells"] for each in verdicts["coverage"])
        self.assertIn(f"{cells:,}".replace(",", "\u202f"), seen["coverage"])
        self.assertEqual(verdicts["summary"]["nodes"], nodes)
        return path, seen

    def test_16_nodes(self):
        self.simulate(16)
        self.walk_through(16)

    def test_640_nodes(self):
        self.simulate(640, "mixed")
        path, _ = self.walk_through(640)
        self.assertLess(path.stat().st_size, 5e6)

    def test_pairs_and_curves(self):
        self.write("fabric.toml", FABRIC)
        self.simulate(24, "fabric.toml")
        add_telemetry(self.folder / "run.h5")
        seen = self.see("everything", self.page())
        self.assertEqual((seen["heat_maps"], seen["curves"]), (1, 2))

    def test_earlier_nights_of_a_node(self):
        self.simulate_nights()
        self.rackproof("report", "nights/night-12.h5", "--html", "out.html", "--history", "nights")
        pictures = pathlib.Path(PICTURES) if PICTURES else self.folder
        pictures.mkdir(parents=True, exist_ok=True)
        seen = self.see("history", self.folder / "out.html", pictures)
        self.assertEqual((seen["at_once"], seen["all"]), (4, 6))
        self.assertIn(" went from ", seen["labels"][0])
        self.assertIn("`rackproof history` shows any node", seen["of_passed"])

    def test_a_comparison(self):
        pictures = pathlib.Path(PICTURES) if PICTURES else self.folder
        pictures.mkdir(parents=True, exist_ok=True)
        hostile = "<img src=x onerror=alert(1)>.h5"
        seen = self.see("comparison", self.compared(second=hostile), pictures)
        self.assertEqual(seen["headline"], f"{hostile} against acme.h5")
        self.assertEqual((seen["elements"]["foreign"], seen["elements"]["handlers"]), (0, 0))
        by_standing, rising, falling = seen["sorted"]
        self.assertEqual(by_standing[0], "gemm.bf16")
        self.assertEqual(rising, sorted(by_standing))
        self.assertEqual(falling, rising[::-1])
        self.assertTrue(seen["drawn"])
        self.assertTrue((pictures / "comparison.pdf").read_bytes().startswith(b"%PDF"))

    def test_dark_light_phone_and_paper(self):
        self.simulate(32, "mixed")
        add_telemetry(self.folder / "run.h5")
        pictures = pathlib.Path(PICTURES) if PICTURES else self.folder
        pictures.mkdir(parents=True, exist_ok=True)
        self.see("looks", self.page(), pictures)
        for name in ("desktop-light", "phone-dark"):
            self.assertGreater((pictures / f"{name}.png").stat().st_size, 20_000)
        paper = (pictures / "report.pdf").read_bytes()
        self.assertTrue(paper.startswith(b"%PDF"))
        self.assertRegex(paper, rb"/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]")  # A4, in points

    def test_hostile_names_are_only_text(self):
        stored_run.build(stored_run.STORED / "version-1.json", self.folder / "run.h5")
        path = self.page()
        seen = self.see("hostile", path)
        self.assertIn("<script>alert(1)</script>", seen["pages"])
        self.assertIn("=cmd()", seen["pages"])
        self.assertEqual(sorted(seen["pages"]), sorted(Page(path).block("nodes")["name"]))
        built_in = len([name for name in Page(path).scripts if not name.startswith("data-")])
        self.assertEqual(seen["elements"], {"scripts": built_in, "foreign": 0, "handlers": 0})


class Million(SeenTest):
    def test_131072_nodes(self):
        self.rackproof("simulate", "million", "-o", "run.h5", "--seed", 7, status=0)
        began = time.monotonic()
        child = subprocess.Popen([BINARY, "report", "run.h5", "--html", "out.html"],
                                 cwd=self.folder)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took_s = time.monotonic() - began
        if child.returncode == 2:
            self.skipTest("this build has no Apache ECharts")
        self.assertEqual(child.returncode, 1)
        path = self.folder / "out.html"
        seen = self.see("speed", path)
        seen.pop("cards")
        print(f"written in {took_s:.1f} s, peak {usage.ru_maxrss * 1024 / 1e9:.2f} GB, "
              f"{path.stat().st_size / 1e6:.1f} MB; seen: {seen}", file=sys.stderr)
        self.assertLess(path.stat().st_size, 60e6)
        self.assertEqual(sum(seen["counts"]), 131_072)
        self.assertTrue(seen["floor"])


def add_telemetry(path):
    """Two sensors of a burn-in over all devices, into a run file that has none: they warm up, and
    the first device is hotter. A gap of five minutes, in which nothing was read."""
    import numpy

    with h5py.File(path, "r+") as run:
        devices = run["devices/node"].shape[0]
        telemetry = run["telemetry"]
        time_s = numpy.concatenate([numpy.arange(0, 1500, 30.0), numpy.arange(1800, 3600, 30.0)])
        del telemetry["time"]
        telemetry.create_dataset("time", data=time_s, track_times=False)
        random = numpy.random.default_rng(7)
        for name, unit, base, rise in (("gpu.temperature", "degC", 30, 35),
                                       ("gpu.power_average", "W", 120, 560)):
            warm = base + rise * (1 - numpy.exp(-time_s / 240))
            values = warm[:, None] * random.normal(1, 0.01, (len(time_s), devices))
            values[:, 0] *= 1.1
            dataset = telemetry.create_dataset(name, data=values.astype("<f4"), track_times=False)
            for key, text in (("unit", unit), ("scope", "device")):
                kind = stored_run.text_type([text])
                dataset.attrs.create(key, numpy.array(text.encode(), dtype=kind), dtype=kind)
            dataset.attrs.create("resolution", 1.0, dtype="<f8")


def what_is_missing():
    """Why no browser can be opened here; None if one can."""
    for what, is_there in (("chromium", pathlib.Path(CHROMIUM).exists()),
                           ("node", shutil.which("node")),
                           ("Playwright", (DRIVER / "node_modules/playwright-core").is_dir())):
        if not is_there:
            return f"needs {what}; scripts/setup browser installs it"
    return None


if __name__ == "__main__":
    wants_browser = any(argument.startswith(("Browser", "Million")) for argument in sys.argv[1:])
    problem = what_is_missing() if wants_browser else None
    if problem:
        print(f"SKIPPED: {problem}")
        sys.exit(SKIPPED)
    main()
