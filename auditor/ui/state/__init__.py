"""What the screens share about the open data set: session, library, filters, columns, decisions."""
