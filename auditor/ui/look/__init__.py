"""The look of the screens: charts, colours, theme, wording, empty states."""
