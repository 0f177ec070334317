"""Team: roles, and work shared out among people."""
