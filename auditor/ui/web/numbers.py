"""Whole numbers in a route: at most nine digits, so that none is too long for Python to read."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class Short(Convertor[int]):
    """A number from 0 to 999,999,999; an address with a longer one does not exist (404)."""

    regex = "[0-9]{1,9}"

    def convert(self, value: str) -> int:
        """Parse the digits."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Format the number."""
        return str(value)


NAME = "short"
register_url_convertor(NAME, Short())
