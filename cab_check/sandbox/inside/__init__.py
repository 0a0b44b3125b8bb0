"""What runs in the launcher's process: standard library only, nothing of the rest of cab_check.

The launcher is one process a box. It forks one steward a command, and the steward forks the
command. `start.py` makes this folder importable under `python -I -S`; the host imports `orders`.
"""
