"""Map: every image as a point; a lasso selects images."""
