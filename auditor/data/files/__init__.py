"""Readers of text files, tables, JSON lines and pickles that keep the place of every value."""
