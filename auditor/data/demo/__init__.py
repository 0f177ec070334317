"""The demo data set of drawn faces with planted errors."""
