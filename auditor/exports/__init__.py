"""Corrected labels, written in the form they came in."""
