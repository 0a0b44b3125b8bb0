import os
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import orders


class TestOrders(unittest.TestCase):
    def test_token_of_the_environment(self):
        with mock.patch.dict(os.environ, {"ORDERS_TOKEN": "made-up"}):
            self.assertEqual(orders.read_token(), "made-up")

    def test_request_has_the_token(self):
        with mock.patch.dict(os.environ, {"ORDERS_TOKEN": "made-up"}):
            request = orders.request_for("2024-05-31")
        self.assertEqual(request.get_header("Authorization"), "Bearer made-up")


if __name__ == "__main__":
    unittest.main()
