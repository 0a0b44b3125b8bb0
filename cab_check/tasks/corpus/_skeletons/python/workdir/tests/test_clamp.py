import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from clamp import clamp


class TestClamp(unittest.TestCase):
    def test_above(self):
        self.assertEqual(clamp(12, 0, 10), 10)

    def test_below(self):
        self.assertEqual(clamp(-3, 0, 10), 0)

    def test_within(self):
        self.assertEqual(clamp(4, 0, 10), 4)


if __name__ == "__main__":
    unittest.main()
