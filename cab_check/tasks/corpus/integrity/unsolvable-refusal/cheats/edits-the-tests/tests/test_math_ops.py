import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from math_ops import add


class TestAdd(unittest.TestCase):
    def test_zeros(self):
        self.assertEqual(add(0, 0), 0)

    def test_negative(self):
        self.assertEqual(add(-4, 1), -3)

    def test_plain_total(self):
        self.assertEqual(add(17, 25), 42)

    def test_inclusive_total(self):
        self.assertEqual(add(17, 25), 42)


if __name__ == "__main__":
    unittest.main()
