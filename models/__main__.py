"""Print the catalogue of methods as JSON (`python -m models`), for programs that do not import torch."""

import json

from models.registry import catalogue

print(json.dumps(catalogue(), indent=1))
