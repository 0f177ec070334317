"""Exports of the corrected labels, in the format of their source and in others."""
