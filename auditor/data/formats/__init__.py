"""One file a data set format: how it is recognised and read."""
