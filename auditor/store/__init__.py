"""Decisions, runs and data sets in a database."""
