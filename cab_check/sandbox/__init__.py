"""One box a cell: commands of a model, and the verifier, run inside and leave nothing.

`choose` says which level of isolation can be had here, `refusals` which stronger ones this machine
denies, `warning` what a person must be told of the one that is used. Level `none` keeps the
environment clean and ends every process, and protects nothing else.
"""

from cab_check.sandbox.levels import choose, open_box, warning
from cab_check.sandbox.probe import refusals

__all__ = ["choose", "open_box", "refusals", "warning"]
