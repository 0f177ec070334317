"""What keeps faces where they belong: permissions, folders that may be opened and written to, and leftovers."""
