import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from reviews import totals

EXPORT = (ROOT / "data" / "reviews.csv").read_text(encoding="utf-8")


class TestTotals(unittest.TestCase):
    def test_no_review(self):
        self.assertEqual(totals("id;vendor;stars;text\n"), [])

    def test_vendors_are_sorted(self):
        self.assertEqual(
            [vendor for vendor, _, _ in totals(EXPORT)],
            ["Bramble Paper", "Fern, Moss & Sons; Ltd", "Larkspur Tools", "Quill"],
        )

    def test_every_review_is_counted(self):
        self.assertEqual([reviews for _, reviews, _ in totals(EXPORT)], [2, 2, 3, 1])

    def test_stars_are_added_up(self):
        stars = {vendor: stars for vendor, _, stars in totals(EXPORT)}
        self.assertEqual(stars["Bramble Paper"], 7)
        self.assertEqual(stars["Fern, Moss & Sons; Ltd"], 9)
        self.assertEqual(stars["Quill"], 5)


if __name__ == "__main__":
    unittest.main()
