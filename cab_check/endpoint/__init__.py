"""The user's endpoint: one exchange at a time, what it took, and whose fault a failure was."""
