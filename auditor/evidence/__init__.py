"""What the methods left, turned into one row of evidence an image."""
