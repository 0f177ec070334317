"""Runs: start a training, watch it, and look at earlier runs."""
