"""Find, judge and correct wrong labels in facial-expression data sets."""

__version__ = "0.1.0"
