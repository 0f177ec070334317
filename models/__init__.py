"""The noisy-label methods: networks that take tensors and return tensors.

Importing this package does not import torch, so the app may import it. `models.registry` finds the methods,
`models.base` defines the interface that each implements, and `python -m models` prints the catalogue as JSON.
"""
