"""Exports that other tools read: Hugging Face, Croissant, Label Studio, FiftyOne, cleanlab and COCO tools."""
