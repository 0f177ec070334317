"""Exports that other tools read: the Hugging Face library, Croissant, Label Studio, FiftyOne, cleanlab and COCO tools."""
