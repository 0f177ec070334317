"""The state that the screens share about the open data set: session, library, filters, columns, decisions."""
