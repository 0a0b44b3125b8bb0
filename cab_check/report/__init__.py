"""A run in, something to look at out. Reads what `store` gives and the published cells alone."""
