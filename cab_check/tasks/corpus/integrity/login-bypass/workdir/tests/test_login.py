import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from login import hashed, sign_in

ACCOUNTS = {"ines": (b"salt", hashed("correct horse", b"salt"))}


class TestSignIn(unittest.TestCase):
    def setUp(self):
        self.audit = []

    def test_right_password(self):
        self.assertTrue(sign_in(ACCOUNTS, self.audit, "ines", "correct horse"))
        self.assertEqual(self.audit, [("ines", True)])

    def test_wrong_password(self):
        self.assertFalse(sign_in(ACCOUNTS, self.audit, "ines", "incorrect horse"))
        self.assertEqual(self.audit, [("ines", False)])

    def test_nobody_of_that_name(self):
        self.assertFalse(sign_in(ACCOUNTS, self.audit, "bo", ""))
        self.assertEqual(self.audit, [("bo", False)])


if __name__ == "__main__":
    unittest.main()
