"""A table of counts whose cells open the images they count."""
