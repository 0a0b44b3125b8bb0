import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from bookings import BookingError, clashes, free, merge, occupied, suggest

OPENING = "08:00-18:00"


class TestMerge(unittest.TestCase):
    def test_overlapping(self):
        self.assertEqual(merge([[540, 600], [570, 660]]), [[540, 660]])

    def test_touching(self):
        self.assertEqual(merge([[600, 660], [540, 600]]), [[540, 600], [600, 660]])

    def test_one_inside_another(self):
        self.assertEqual(merge([[540, 720], [570, 600]]), [[540, 720]])

    def test_apart(self):
        self.assertEqual(merge([[540, 600], [601, 660]]), [[540, 600], [601, 660]])


class TestFree(unittest.TestCase):
    def test_nothing_booked(self):
        self.assertEqual(free(OPENING, [], 30), [OPENING])

    def test_between_bookings(self):
        booked = ["09:00-10:00", "12:00-13:00"]
        self.assertEqual(
            free(OPENING, booked, 30), ["08:00-09:00", "10:00-12:00", "13:00-18:00"]
        )

    def test_just_long_enough(self):
        self.assertEqual(free(OPENING, ["08:30-17:31"], 30), ["08:00-08:30"])

    def test_outside_of_the_opening_hours(self):
        self.assertEqual(free(OPENING, ["06:00-08:30", "17:00-19:00"], 30), ["08:30-17:00"])

    def test_no_length(self):
        with self.assertRaises(BookingError):
            free(OPENING, [], 0)


class TestClashes(unittest.TestCase):
    def test_overlap(self):
        booked = ["09:30-10:30", "09:00-10:00"]
        self.assertEqual(clashes(booked), ["09:00-10:00 and 09:30-10:30"])

    def test_touching_is_none(self):
        self.assertEqual(clashes(["09:00-10:00", "10:00-11:00"]), [])


class TestOccupied(unittest.TestCase):
    def test_counted_once(self):
        self.assertEqual(occupied(OPENING, ["09:00-10:00", "09:30-10:30", "17:30-20:00"]), 120)


class TestSuggest(unittest.TestCase):
    def test_fits_to_the_minute(self):
        self.assertEqual(suggest(OPENING, ["09:00-18:00"], 45, "08:15"), "08:15-09:00")

    def test_not_before_it_was_asked_for(self):
        self.assertEqual(suggest(OPENING, ["10:00-11:00"], 60, "09:30"), "11:00-12:00")

    def test_no_room(self):
        self.assertIsNone(suggest(OPENING, ["09:00-17:30"], 61, "08:00"))


if __name__ == "__main__":
    unittest.main()
