"""One box a cell: commands of a model, and the verifier, run inside and leave nothing."""
