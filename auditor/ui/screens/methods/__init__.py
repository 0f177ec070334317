"""Methods: the results of each method, and how they compare."""
