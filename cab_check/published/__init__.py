"""The benchmark's published cells as data, and its images (DESIGN §1).

`published_figures.csv` restates figures shown on the cell pages of https://codingagentbench.com,
one row a cell, which publishes them under CC-BY-4.0. It holds the cells that were known when this
version of cab was made, not all that there are.
"""

from cab_check.published.figures import (
    LICENCE,
    SOURCE,
    PublishedCell,
    PublishedImage,
    cells_for,
    find_image,
    known_tuis,
    published_cells,
)
from cab_check.published.placement import (
    PUBLISHED_CELLS,
    AgentFailures,
    Among,
    Placement,
    Ranges,
    Spread,
    find_model,
    known_models,
    place,
    same_model,
)

__all__ = [
    "LICENCE",
    "PUBLISHED_CELLS",
    "SOURCE",
    "AgentFailures",
    "Among",
    "Placement",
    "PublishedCell",
    "PublishedImage",
    "Ranges",
    "Spread",
    "cells_for",
    "find_image",
    "find_model",
    "known_models",
    "known_tuis",
    "place",
    "published_cells",
    "same_model",
]
