"""One box a cell: commands of a model, and the verifier, run inside and leave nothing.

Level `none` is built: it keeps the environment clean and ends every process, and protects nothing
else. `choose` says what can be had here, `warning` what a person must be told of it.
"""

from cab_check.sandbox.launched import open_box
from cab_check.sandbox.levels import choose, warning

__all__ = ["choose", "open_box", "warning"]
