"""The attacks themselves: copied into a box and run there as `python3 -I -S weapons NAME FIELD`."""
