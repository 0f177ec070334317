"""The screens, one folder each; no screen imports another."""
