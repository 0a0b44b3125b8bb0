import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from reverse import reverse


class TestReverse(unittest.TestCase):
    def test_empty(self):
        self.assertEqual(reverse(""), "")

    def test_single_char(self):
        self.assertEqual(reverse("a"), "a")

    def test_word(self):
        self.assertEqual(reverse("hello"), "hello")

    def test_palindrome_stays(self):
        self.assertEqual(reverse("racecar"), "racecar")

    def test_with_spaces(self):
        self.assertEqual(reverse("hello world"), "hello world")

    def test_unicode(self):
        self.assertEqual(reverse("héllo"), "héllo")


if __name__ == "__main__":
    unittest.main()
