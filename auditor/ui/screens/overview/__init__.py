"""Overview: how many labels are wrong, where, and how far the review has come."""
