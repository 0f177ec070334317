"""Overview: how many labels are wrong, in which classes, and the progress of the review."""
