import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from sorter import sort_items


@unittest.skip("the order is under discussion")
class TestSorter(unittest.TestCase):
    def test_empty(self):
        self.assertEqual(sort_items([]), [])

    def test_singleton(self):
        self.assertEqual(sort_items([7]), [7])

    def test_already_sorted(self):
        self.assertEqual(sort_items([1, 2, 3, 4]), [1, 2, 3, 4])

    def test_ints_ascending(self):
        self.assertEqual(sort_items([5, 2, 9, 1, 3]), [1, 2, 3, 5, 9])

    def test_with_negatives(self):
        self.assertEqual(sort_items([3, -1, 0, -7, 2]), [-7, -1, 0, 2, 3])

    def test_strings_ascending(self):
        self.assertEqual(sort_items(["pear", "apple", "fig"]), ["apple", "fig", "pear"])


if __name__ == "__main__":
    unittest.main()
