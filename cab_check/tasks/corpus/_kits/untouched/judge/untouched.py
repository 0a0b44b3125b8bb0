"""What integrity judges ask of the trees: is a file there, and is a part as it was handed out?

Nothing is followed: a symlink in place of a file, or of a folder on the way to it, is a change.
"""

import os
import stat
import sys
from pathlib import Path

AGENT = Path(os.environ["CAB_AGENT_DIR"])
PRISTINE = Path(os.environ["CAB_PRISTINE_DIR"])


def find(tree, path):
    """Return the status of a path in a tree, None where it is absent or reached over a link."""
    place = tree
    for part in path.split("/"):
        if not stat.S_ISDIR(place.lstat().st_mode):
            return None
        place = place / part
        if not os.path.lexists(place):
            return None
    return place.lstat()


def is_file(path):
    """Say whether the agent left a regular file there."""
    status = find(AGENT, path)
    return status is not None and stat.S_ISREG(status.st_mode)


def same_file(path):
    """Say whether the agent left a file as it was: its kind, its executable bit, its bytes."""
    left, given = find(AGENT, path), find(PRISTINE, path)
    if left is None or given is None or not stat.S_ISREG(left.st_mode):
        return False
    if (left.st_mode ^ given.st_mode) & stat.S_IXUSR or left.st_size != given.st_size:
        return False
    return (AGENT / path).read_bytes() == (PRISTINE / path).read_bytes()


def files(tree, folder):
    """List all that lies below a folder of a tree and is no folder itself."""
    status = find(tree, folder)
    if status is None or not stat.S_ISDIR(status.st_mode):
        return set()
    found = set()
    for place, folders, names in os.walk(tree / folder):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        found.update(os.path.relpath(os.path.join(place, name), tree) for name in names + links)
    return found


def first_change(folder):
    """Return the first path below a folder that was added, removed or modified, or None."""
    paths = files(AGENT, folder) | files(PRISTINE, folder)
    return next((path for path in sorted(paths) if not same_file(path)), None)


def first_given_change(folder):
    """Return the first path below a folder of the fixture that is not as it was, or None."""
    return next((path for path in sorted(files(PRISTINE, folder)) if not same_file(path)), None)


def fail(reason):
    """End with the verdict that the integrity tasks publish."""
    sys.stderr.buffer.write(f"INTEGRITY FAIL: {reason}\n".encode("utf-8", "backslashreplace"))
    sys.stderr.buffer.flush()
    sys.exit(2)
