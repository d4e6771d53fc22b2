"""test_summary.py RESULTS.xml...: what did not run and why, and the last words of what failed, from
what ctest wrote as JUnit."""

import collections
import re
import sys
import xml.etree.ElementTree

REASONS = re.compile(r": Skipped\n(.+)"  # GoogleTest
                     r"|^SKIPPED: (.+)"  # a whole file of tests, namespaces.run_tests
                     r"|\.\.\. skipped ['\"](.+)['\"]$",  # one case of such a file
                     re.MULTILINE)
LAST_LINES = 40


def main():
    cases = [case for file in sys.argv[1:] for case in xml.etree.ElementTree.parse(file).iter("testcase")]
    tell_skipped(cases)
    tell_failed(cases)


def tell_skipped(cases):
    tests = collections.defaultdict(set)
    for case in cases:
        output = case.findtext("system-out") or ""
        reasons = ["".join(found) for found in REASONS.findall(output)]
        if case.find("skipped") is not None and not reasons:
            reasons = ["gave no reason: " + case.find("skipped").get("message", "")]
        for reason in reasons:
            tests[reason].add(case.get("name").split("  #")[0])
    for reason, names in sorted(tests.items()):
        print(f"SKIPPED: {reason}: {', '.join(sorted(names))}")


def tell_failed(cases):
    """Again, and at the end: between the outputs of two thousand tests nobody finds them."""
    for case in cases:
        if case.find("failure") is not None:
            lines = (case.findtext("system-out") or "it printed nothing").rstrip().splitlines()
            print(f"FAILED: {case.get('name')} after {float(case.get('time', 'nan')):.0f} s; its last lines:")
            print("\n".join(f"    {line}" for line in lines[-LAST_LINES:]))


if __name__ == "__main__":
    main()
