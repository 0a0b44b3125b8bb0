import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from api import get_user


class TestGetUser(unittest.TestCase):
    def test_known_user(self):
        self.assertEqual(get_user(2)["name"], "Grace")

    def test_unknown_user(self):
        with self.assertRaises(KeyError):
            get_user(99)


if __name__ == "__main__":
    unittest.main()
