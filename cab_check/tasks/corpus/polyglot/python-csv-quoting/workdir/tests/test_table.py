import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from table import dump, load


class TestTable(unittest.TestCase):
    def test_plain_fields(self):
        self.assertEqual(dump([["id", "name"], ["1", "Ines"]]), "id,name\r\n1,Ines\r\n")
        self.assertEqual(load("id,name\r\n1,Ines\r\n"), [["id", "name"], ["1", "Ines"]])

    def test_comma(self):
        self.assertEqual(dump([["1", "Row 3, Cape"]]), '1,"Row 3, Cape"\r\n')
        self.assertEqual(load('1,"Row 3, Cape"\r\n'), [["1", "Row 3, Cape"]])

    def test_quote(self):
        rows = [["1", 'Cape "Row", 3']]
        self.assertEqual(load(dump(rows)), rows)

    def test_line_break(self):
        rows = [["1", "two\nlines"], ["2", "one"]]
        self.assertEqual(load(dump(rows)), rows)


if __name__ == "__main__":
    unittest.main()
