"""rackproof accept: racks as a whole against a contract, and the outcome under a signature."""

import json

from harness import SELFTESTS_BY_LIMIT, HarnessTest, main

CONTRACT = """name = "annex B"
allowed_defects = {defects}
retests = {retests}

[[limit]]
case = "gemm.fp64"
unit = "FLOP/s"
min = 0.95e12
source = "annex B, 2.1"
"""
ALONE = """name = "alone"
[cpu]
devices_per_node = 1
[[stage]]
name = "device"
[[stage.suite]]
suite = "selftest"
[[stage]]
name = "links"
over = "pairs"
alone = "skip"
[[stage.suite]]
suite = "collectives"
""" + SELFTESTS_BY_LIMIT
PAIRS = """name = "annex C"
[[limit]]
case = "selftest.pass"
unit = "1/s"
min = 1
source = "annex C, 1"
[[limit]]
case = "collectives.*.pairs"
unit = "B/s"
min = 1e9
source = "annex C, 2"
"""
FIRST = "node,rack,device,metric,value,unit,attempt,outcome,reason\n"


class Acceptance(HarnessTest):
    def setUp(self):
        super().setUp()
        rows = [FIRST]
        for node in range(20):
            for device in range(2):
                value = 1 + (node + device) % 3 / 1000
                failed = (node, device) == (3, 1)
                rows.append(f"n{node},r{node // 10},{device},gemm.fp64,"
                            f"{'' if failed else value},TFLOP/s,0,"
                            f"{'failed,no memory' if failed else 'completed,'}\n")
        rows.append("n3,r0,1,gemm.fp64,1.0,TFLOP/s,1,completed,\n")
        self.write("run.csv", "".join(rows))
        self.rackproof("import", "csv", "run.csv", "-o", "run.h5", status=0)

    def accept(self, *arguments, status):
        done = self.rackproof("accept", "run.h5", "--contract", "contract.toml", "--json", "-",
                              *arguments, status=status)
        return json.loads(done.stdout)

    def contract(self, defects=0, retests=0):
        self.write("contract.toml", CONTRACT.format(defects=defects, retests=retests))

    def test_the_retest_rule_decides_and_each_attempt_is_listed(self):
        self.contract(retests=0)
        refused = self.accept(status=1)
        self.assertEqual([rack["acceptance"] for rack in refused["racks"]],
                         ["refused", "accepted"])
        self.assertEqual([each["node"] for each in refused["racks"][0]["defects"]], ["n3"])
        cell, = refused["retested"]
        self.assertEqual(cell["where"], "n3 device 1")
        self.assertEqual([(each["outcome"], each["counts"]) for each in cell["attempts"]],
                         [("failed", True), ("completed", False)])
        self.assertEqual(cell["attempts"][0]["reason"], "no memory")
        self.contract(retests=1)
        accepted = self.accept(status=0)
        self.assertEqual(accepted["acceptance"], "accepted")
        self.assertEqual([each["counts"] for each in accepted["retested"][0]["attempts"]],
                         [False, True])

    def test_the_share_of_defects_decides(self):
        self.contract(defects=0.1)
        self.assertEqual(self.accept(status=0)["racks"][0]["clauses"][0]["sentence"],
                         "of 10 nodes 1 are defects; 1 may be")
        text = self.rackproof("accept", "run.h5", "--contract", "contract.toml", status=0).stdout
        self.assertIn("+ ACCEPTED   2 of 2 racks accepted by the contract annex B", text)
        self.assertIn("attempt 0: failed, no memory (counts)", text)

    def test_what_nobody_measured_is_no_acceptance(self):
        self.contract(retests=1)
        with open(self.folder / "contract.toml", "a") as file:
            file.write('\n[[hours]]\ncase = "gemm.fp64"\nmin = 48\nsource = "annex B, 4"\n')
        incomplete = self.accept(status=3)
        self.assertEqual({rack["acceptance"] for rack in incomplete["racks"]}, {"incomplete"})
        self.assertEqual(len(incomplete["racks"][0]["no_data"]), 10)

    def test_a_buyer_sees_the_stages_that_were_left_out(self):
        self.rackproof("run", self.write("alone.toml", ALONE), "--out", "alone", status=0)
        left_out = "stage links was not run: it measures pairs of nodes, and there are no two nodes for it"
        self.write("pairs.toml", PAIRS)
        accept = ("accept", "alone/run.h5", "--contract", "pairs.toml")
        incomplete = json.loads(self.rackproof(*accept, "--json", "-", status=3).stdout)
        self.assertEqual(incomplete["left_out"], [left_out])
        self.assertIn(f"no metric of this run is named 'collectives.*.pairs', of which the contract speaks; {left_out}",
                      [clause["sentence"] for clause in incomplete["racks"][0]["clauses"]])
        text = " ".join(self.rackproof(*accept, status=3).stdout.split())
        self.assertIn(f"Left out {left_out}", text)
        self.rackproof("keygen", "key", status=0)
        signed = self.rackproof("sign", "alone/run.h5", "--key", "key", status=0).stdout
        self.assertIn(f"left out: {left_out}\n", signed)
        self.assertIn(f"left_out {left_out} #", (self.folder / "alone" / "run.h5.cert").read_text())
        verified = self.rackproof("verify", "alone/run.h5.cert", "--key", "key.pub", status=0).stdout
        self.assertIn(f"left out: {left_out}\n", verified)
        junit = self.rackproof("report", "alone/run.h5", "--junit", status=0).stdout
        self.assertIn(f'name="stage links was not run"><skipped message="{left_out}"/>', junit)
        self.assertIn("\nrackproof_stages_left_out 1\n",
                      self.rackproof("report", "alone/run.h5", "--prometheus", status=0).stdout)
        markdown = self.rackproof("report", "alone/run.h5", "--markdown", status=0).stdout
        self.assertIn(left_out, " ".join(markdown.split()))

    def test_what_is_wrong_in_a_contract_is_refused_with_its_place(self):
        self.write("contract.toml", CONTRACT.format(defects=2, retests=0))
        done = self.rackproof("accept", "run.h5", "--contract", "contract.toml", status=2)
        self.assertIn("contract.toml:2:19: 'allowed_defects' is 2; expected 0 to 1", done.stderr)
        self.write("contract.toml", CONTRACT.format(defects=0, retests=0).replace("FLOP/s", "B/s"))
        done = self.rackproof("accept", "run.h5", "--contract", "contract.toml", status=2)
        self.assertIn("is in B/s; gemm.fp64 is measured in FLOP/s", done.stderr)

    def test_a_certificate_holds_the_outcome_and_the_contract(self):
        self.rackproof("keygen", "key", status=0)
        self.contract(retests=1)
        arguments = ("sign", "run.h5", "--key", "key", "--contract", "contract.toml")
        self.assertIn("acceptance: accepted", self.rackproof(*arguments, status=0).stdout)
        verify = ("verify", "run.h5.cert", "--key", "key.pub")
        self.assertIn("acceptance: accepted", self.rackproof(*verify, status=0).stdout)
        self.assertIn("\nacceptance accepted #", (self.folder / "run.h5.cert").read_text())
        self.contract(retests=2)
        done = self.rackproof(*verify, status=2)
        self.assertIn("contract.toml (the contract file) was changed", done.stderr)
        (self.folder / "contract.toml").unlink()
        self.assertIn("contract.toml: is missing", self.rackproof(*verify, status=2).stderr)
        self.contract()
        self.rackproof(*arguments, status=1)
        self.assertIn("acceptance: refused", self.rackproof(*verify, status=1).stdout)


if __name__ == "__main__":
    main()
