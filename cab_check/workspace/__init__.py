"""Copy a fixture, snapshot a tree, say what changed; nothing here ever follows a tree outside."""

from cab_check.workspace.changes import Changes, FileEdit
from cab_check.workspace.compare import compare
from cab_check.workspace.copying import Copy, copy_tree
from cab_check.workspace.edits import file_edits
from cab_check.workspace.kinds import Kind
from cab_check.workspace.patch import unified_patch
from cab_check.workspace.path_errors import (
    DeniedError,
    LeavesTreeError,
    MissingError,
    NotDirectoryError,
    NotRegularError,
    PathError,
    TooLargeError,
    UnusableError,
)
from cab_check.workspace.patterns import matches
from cab_check.workspace.place import Workspace, open_workspace
from cab_check.workspace.private import PrivateDir, open_private_dir, sweep_leftovers
from cab_check.workspace.removal import remove_tree
from cab_check.workspace.snapshot import Entry, Snapshot, take_snapshot
from cab_check.workspace.tree import Tree, TreeEntry
from cab_check.workspace.varied import open_variants

__all__ = [
    "Changes",
    "Copy",
    "DeniedError",
    "Entry",
    "FileEdit",
    "Kind",
    "LeavesTreeError",
    "MissingError",
    "NotDirectoryError",
    "NotRegularError",
    "PathError",
    "PrivateDir",
    "Snapshot",
    "TooLargeError",
    "Tree",
    "TreeEntry",
    "UnusableError",
    "Workspace",
    "compare",
    "copy_tree",
    "file_edits",
    "matches",
    "open_private_dir",
    "open_variants",
    "open_workspace",
    "remove_tree",
    "sweep_leftovers",
    "take_snapshot",
    "unified_patch",
]
