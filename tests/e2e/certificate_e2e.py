"""rackproof keygen, sign, verify: what was signed holds, and nothing else does."""

import hashlib
import os
import random
import stat
import sys
import unittest

import stored_run
from harness import HarnessTest, main, seed

KEY, PUBLIC = "acceptance.key", "acceptance.key.pub"


class CertificateTest(HarnessTest):
    def setUp(self):
        super().setUp()
        self.rackproof("keygen", KEY, status=0)

    def small_run(self, slow=0):
        rows = [f"n{node},{device},gemm.fp64,{900 if node == slow else 1000 + (node + device) % 3}"
                for node in range(1, 6) for device in range(2)]
        self.write("run.csv", "node,device,metric,value\n" + "\n".join(rows) + "\n")
        self.rackproof("import", "csv", "run.csv", "-o", "run.h5", status=0)

    def sign(self, *arguments, status=0):
        return self.rackproof("sign", "run.h5", "--key", KEY, *arguments, status=status)

    def verify(self, *arguments, status=0):
        return self.rackproof("verify", "run.h5.cert", "--key", PUBLIC, *arguments, status=status)

    def flip(self, name, offset):
        """Changes one bit of a file; again puts it back."""
        with open(self.folder / name, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ (1 << offset % 8)]))

    def refuse_each(self, name, offsets):
        for offset in offsets:
            self.flip(name, offset)
            done = self.verify(status=2)
            self.assertIn(name, done.stderr, offset)
            self.flip(name, offset)
        self.verify()


class Certificate(CertificateTest):
    def test_what_is_signed_holds_and_is_judged_again(self):
        self.small_run()
        signed = self.sign().stdout
        verified = self.verify().stdout
        fingerprint = signed.split("fingerprint ")[1].splitlines()[0]
        self.assertIn(f"fingerprint {fingerprint}\n", verified)
        self.assertIn("judged again, with the same verdicts", verified)
        self.assertIn("verdict: pass; acceptance: none; nodes: 5, of them 5 pass", verified)
        lines = (self.folder / "run.h5.cert").read_text().splitlines()
        digest = hashlib.sha256((self.folder / "run.h5").read_bytes()).hexdigest()
        size = (self.folder / "run.h5").stat().st_size
        self.assertTrue(any(line.startswith(f"file run {size} {digest} run.h5 #")
                            for line in lines), lines)
        self.assertLess((self.folder / "run.h5.cert").stat().st_size, 16384)

    def test_a_run_that_fails_is_no_success_signed_or_not(self):
        self.small_run(slow=3)
        self.write("policy.toml", 'name = "p"\n[[limit]]\ncase = "gemm.*"\nunit = "FLOP/s"\n'
                                  'min = 950.0\nsource = "contract"\n')
        self.sign("--policy", "policy.toml", status=1)
        self.assertIn("verdict: fail", self.verify(status=1).stdout)

    def test_some_changed_bits_of_every_file(self):
        random.seed(seed())
        self.small_run()
        self.write("policy.toml", 'name = "p"\nmin_cohort = 5\n')
        self.sign("--policy", "policy.toml")
        for name, count in (("run.h5", 12), ("run.h5.cert", 12), ("policy.toml", 4)):
            size = (self.folder / name).stat().st_size
            self.refuse_each(name, random.sample(range(size), count))

    def test_another_key_a_missing_file_and_other_versions_are_told_apart(self):
        self.small_run()
        self.sign()
        self.rackproof("keygen", "other.key", status=0)
        done = self.rackproof("verify", "run.h5.cert", "--key", "other.key.pub", status=2)
        self.assertIn("was signed with another key", done.stderr)
        done = self.rackproof("verify", "run.h5.cert", "--key", KEY, status=2)
        self.assertIn("is a secret key; expected the public one", done.stderr)
        (self.folder / "run.h5").rename(self.folder / "moved.h5")
        self.assertIn("run.h5: is missing: the certificate is of this run file",
                      self.verify(status=2).stderr)
        self.verify("--run", "moved.h5")
        done = self.rackproof("verify", "none.cert", "--key", PUBLIC, status=2)
        self.assertIn("none.cert: cannot be opened", done.stderr)
        for version in (0, 2):
            first = f"rackproof-certificate {version}"
            check = hashlib.sha256(f"1 {first}".encode()).hexdigest()[:8]
            lines = (self.folder / "run.h5.cert").read_text().splitlines(keepends=True)
            self.write("run.h5.cert", "".join([f"{first} #{check}\n", *lines[1:]]))
            self.assertIn(f"is a certificate of format version {version}; this rackproof knows 1",
                          self.verify("--run", "moved.h5", status=2).stderr)

    def test_a_shipped_policy_is_found_by_its_name(self):
        self.small_run()
        self.sign("--policy", "strict-acceptance")
        self.verify()
        self.write("strict-acceptance.toml", 'name = "mine"\n')
        done = self.verify(status=2)
        self.assertIn("strict-acceptance.toml (the policy file) has 14 bytes", done.stderr)

    def test_waivers_count_as_on_the_day_of_the_signature(self):
        self.small_run(slow=3)
        self.write("policy.toml", 'name = "p"\n[[limit]]\ncase = "gemm.*"\nunit = "FLOP/s"\n'
                                  'min = 950.0\nsource = "contract"\n')
        self.write("waivers.toml", '[[waiver]]\nnode = "n3"\nmetric = "*"\nreason = "known"\n'
                                   'until = "2999-01-01"\nby = "NAME"\n')
        self.sign("--policy", "policy.toml", "--waivers", "waivers.toml")
        self.assertIn("verdict: watch", self.verify().stdout)
        (self.folder / "waivers.toml").unlink()
        self.assertIn("waivers.toml: is missing", self.verify(status=2).stderr)

    def test_no_key_is_written_over_and_no_open_one_is_used(self):
        secret = (self.folder / KEY).read_bytes()
        self.assertEqual(stat.S_IMODE((self.folder / KEY).stat().st_mode), 0o600)
        for name in (KEY, "fresh.key"):
            self.write("fresh.key.pub", "somebody's\n")
            done = self.rackproof("keygen", name, status=2)
            self.assertIn("is there already", done.stderr)
        self.assertEqual((self.folder / KEY).read_bytes(), secret)
        self.assertEqual((self.folder / "fresh.key.pub").read_text(), "somebody's\n")
        self.assertFalse((self.folder / "fresh.key").exists())
        self.small_run()
        (self.folder / KEY).chmod(0o640)
        done = self.sign(status=2)
        self.assertIn("others than its owner may use this secret key", done.stderr)
        self.assertNotIn(secret.split()[2].decode(), done.stderr)
        self.assertFalse((self.folder / "run.h5.cert").exists())

    def test_texts_from_outside_stay_texts(self):
        stored_run.build(stored_run.STORED / "version-1.json", self.folder / "run.h5")
        (self.folder / "run.h5").rename(self.folder / "a\nverdict pass.h5")
        self.rackproof("sign", "a\nverdict pass.h5", "--key", KEY, "-o", "run.h5.cert", status=1)
        lines = (self.folder / "run.h5.cert").read_text().splitlines()
        self.assertEqual([line.split(" #")[0] for line in lines if line.startswith("verdict")],
                         ["verdict fail"])
        self.verify("--run", "a\nverdict pass.h5", status=1)


class EveryByte(CertificateTest):
    """Of the certificate and the policy, and many of the run file, of which app/ tries every one
    without starting a process for each; takes long."""

    @unittest.skipUnless(os.environ.get("RACKPROOF_EVERY_BYTE"), "with the label long")
    def test_of_every_file_is_caught(self):
        self.small_run()
        self.write("policy.toml", 'name = "p"\nmin_cohort = 5\n')
        self.sign("--policy", "policy.toml")
        for name in ("policy.toml", "run.h5.cert", "run.h5"):
            size = (self.folder / name).stat().st_size
            tried = range(0, size, 16 if name == "run.h5" else 1)
            self.refuse_each(name, tried)
            print(f"{name}: {len(tried)} of {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
