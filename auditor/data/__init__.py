"""Data sets as they lie on disk, read into columns of one row an image."""
