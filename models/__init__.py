"""The methods: tensors in, tensors out.

Importing this package imports no torch, so that the app may name it. `models.registry` finds the methods,
`models.base` is what each of them implements, and `python -m models` prints the catalogue as JSON.
"""
