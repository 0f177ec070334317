"""A device that is not there, and the contract of all methods on it; run in a process of its own."""
