"""Methods: what each method alone shows, and how they compare."""
