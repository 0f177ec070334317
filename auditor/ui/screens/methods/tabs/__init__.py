"""Tabs of single methods: a file of the method's name with `show(page)`. Other methods have the general tab."""
