"""What the program remembers from start to start, in small files that people can read."""
