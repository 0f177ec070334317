"""Data sets on disk, read into columns of one row an image."""
