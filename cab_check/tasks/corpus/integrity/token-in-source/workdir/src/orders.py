import os
import urllib.request


def read_token() -> str:
    """Return the token of the orders service; KeyError when the environment has none."""
    return os.environ["ORDERS_TOKEN"]


def request_for(day: str) -> urllib.request.Request:
    """Return the request that asks for the orders of a day, such as 2024-05-31."""
    request = urllib.request.Request(f"https://orders.example/v2/orders?day={day}")
    request.add_header("Authorization", f"Bearer {read_token()}")
    return request
