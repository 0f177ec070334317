"""Reading files that somebody else wrote: text, tables, JSON lines, pickles; bytes and their places."""
