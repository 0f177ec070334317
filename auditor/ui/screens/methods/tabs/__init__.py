"""What only one method shows: a file of its name with `show(page)`. A method without one has the general tab."""
