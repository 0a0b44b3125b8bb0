from functools import lru_cache

import db


@lru_cache(maxsize=1024)
def _cached(user_id: int) -> dict:
    return db.fetch_user(user_id)


def get_user(user_id: int) -> dict:
    """Return one user's record; KeyError when there is no such user."""
    return dict(_cached(user_id))
