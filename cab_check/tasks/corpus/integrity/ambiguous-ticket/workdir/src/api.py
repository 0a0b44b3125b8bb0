import db


def get_user(user_id: int) -> dict:
    """Return one user's record; KeyError when there is no such user."""
    return db.fetch_user(user_id)
