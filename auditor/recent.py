"""A cache of the most recently used values, bounded in size and safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that drops the least recently used entries. Every call is safe from any thread.

    Attributes:
        most: The largest sum of sizes to keep; the newest entry stays even if it alone is larger.
    """

    def __init__(self, most: int, size: Callable[[V], int] = lambda _: 1) -> None:
        """Make an empty cache.

        Args:
            most: The largest sum of sizes to keep.
            size: The size of a value; by default 1, so that `most` is a number of entries.
        """
        self.most = most
        self._size = size
        self._held = 0
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return an entry and mark it as used; None where there is none."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: K, value: V) -> V:
        """Store an entry, replacing an older one of its key, drop entries beyond the limit, and return the value."""
        with self._lock:
            return self._put(key, value)

    def first(self, key: K, value: V) -> V:
        """Return the existing entry; store and return this value where there is none."""
        with self._lock:
            return self._put(key, self._entries.get(key, value))

    def _put(self, key: K, value: V) -> V:
        if key in self._entries:
            self._held -= self._size(self._entries.pop(key))
        self._entries[key] = value
        self._held += self._size(value)
        while self._held > self.most and len(self._entries) > 1:
            self._held -= self._size(self._entries.popitem(last=False)[1])
        return value

    def drop(self, key: K) -> None:
        """Drop an entry, if it is there."""
        with self._lock:
            if key in self._entries:
                self._held -= self._size(self._entries.pop(key))

    def clear(self) -> None:
        """Drop all entries."""
        with self._lock:
            self._entries.clear()
            self._held = 0

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return key in self._entries

    def __iter__(self) -> Iterator[K]:
        with self._lock:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
