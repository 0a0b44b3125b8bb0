"""The embedded agent: a minimal loop around the endpoint, five tools, and what came of it."""
