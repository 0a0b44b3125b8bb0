import time

LATENCY_S = 0.0

_USERS = {
    1: {"id": 1, "name": "Ada", "team": "compilers"},
    2: {"id": 2, "name": "Grace", "team": "languages"},
    3: {"id": 3, "name": "Edsger", "team": "structures"},
}


def fetch_user(user_id: int) -> dict:
    """Return a copy of one user's record; a stand-in for a database that takes 100 ms a call."""
    time.sleep(LATENCY_S)
    return dict(_USERS[user_id])
