"""History: who decided what, when, and undoing it."""
