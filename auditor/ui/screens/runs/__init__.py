"""Runs: start a training, watch it, look at earlier ones."""
