"""Detached processes that train, and what is known of them."""
