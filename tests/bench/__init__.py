"""Speed and memory, measured beside what a user would do otherwise; never asserted in a test."""
