import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from invoice import total_cents


class TestTotal(unittest.TestCase):
    def test_nothing_bought(self):
        self.assertEqual(total_cents([], 10, 20), 0)

    def test_lines_are_added_up(self):
        self.assertEqual(total_cents([[2, 350], [1, 299]], 0, 0), 999)

    def test_discount_and_tax(self):
        self.assertEqual(total_cents([[1, 10000]], 25, 20), 9000)

    def test_free_of_charge(self):
        self.assertEqual(total_cents([[3, 120]], 100, 20), 0)

    def test_half_a_cent(self):
        self.assertAlmostEqual(total_cents([[1, 50]], 0, 5), 53, delta=1)


if __name__ == "__main__":
    unittest.main()
