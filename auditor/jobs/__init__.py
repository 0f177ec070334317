"""Start, watch, cancel and resume the processes that train and align."""
