"""Erase an image, an annotator or a whole data set from the workspace: list what would go, do it, report it."""
