"""One file an axis: its value type and one pure function Evidence -> axis. No I/O, no clock."""
