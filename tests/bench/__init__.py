"""Speed, measured and never asserted: `python -m tests.bench` prints a table."""
