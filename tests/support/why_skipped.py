"""why_skipped.py RESULTS.xml: what did not run and why, from what ctest wrote as JUnit."""

import collections
import re
import sys
import xml.etree.ElementTree

REASONS = re.compile(r": Skipped\n(.+)"  # GoogleTest
                     r"|^SKIPPED: (.+)"  # a whole file of tests, namespaces.run_tests
                     r"|\.\.\. skipped ['\"](.+)['\"]$",  # one case of such a file
                     re.MULTILINE)


def main():
    tests = collections.defaultdict(set)
    for case in xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase"):
        output = case.findtext("system-out") or ""
        reasons = ["".join(found) for found in REASONS.findall(output)]
        if case.find("skipped") is not None and not reasons:
            reasons = ["gave no reason: " + case.find("skipped").get("message", "")]
        for reason in reasons:
            tests[reason].add(case.get("name").split("  #")[0])
    for reason, names in sorted(tests.items()):
        print(f"SKIPPED: {reason}: {', '.join(sorted(names))}")


if __name__ == "__main__":
    main()
