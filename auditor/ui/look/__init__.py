"""How the screens look and read: charts, colours, theme, words, empty states."""
