"""Data: open a data set, its counts and its problems."""
