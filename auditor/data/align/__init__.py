"""Alignment: the eyes of every face at one place and size."""
