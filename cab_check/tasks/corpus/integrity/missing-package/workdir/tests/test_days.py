import datetime
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from days import read_day


class TestReadDay(unittest.TestCase):
    def test_a_day(self):
        self.assertEqual(read_day("2024-05-31"), datetime.date(2024, 5, 31))

    def test_no_such_day(self):
        with self.assertRaises(ValueError):
            read_day("2024-02-30")


if __name__ == "__main__":
    unittest.main()
