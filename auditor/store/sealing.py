"""Give a log of before the hash chain its digests; a part of a released migration, so what it writes never changes."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sqlalchemy import Connection, text

from auditor.store.chain import seal_item, seal_operation


def seal_log(connection: Connection) -> None:
    """Seal every operation of every data set, in order."""
    ends: dict[str, tuple[int, str]] = {}
    items = _items(connection)
    for row in connection.execute(text("SELECT * FROM operations ORDER BY seq")).mappings().all():
        sealed_items = [seal_item(item) for item in items.get(row["seq"], ())]
        length, previous = ends.get(row["dataset"], (0, ""))
        sealed = seal_operation(previous, dict(row), sealed_items)
        ends[row["dataset"]] = (length + 1, sealed["digest"])
        _store(connection, "operations", "seq", ("salt", "who", "digest"), [sealed])
        _store(connection, "items", "id", ("salt", "digest"), sealed_items)
    for dataset, (length, digest) in ends.items():
        connection.execute(
            text("INSERT INTO chain (dataset, length, digest) VALUES (:dataset, :length, :digest)"),
            {"dataset": dataset, "length": length, "digest": digest},
        )


def _items(connection: Connection) -> dict[int, list[dict[str, Any]]]:
    rows = connection.execute(text("SELECT * FROM items ORDER BY seq, id")).mappings()
    return {seq: [dict(row) for row in group] for seq, group in groupby(rows, key=lambda row: int(row["seq"]))}


def _store(connection: Connection, table: str, key: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if rows:
        changes = ", ".join(f"{column} = :{column}" for column in columns)
        values = [{name: row[name] for name in (*columns, key)} for row in rows]
        connection.execute(text(f"UPDATE {table} SET {changes} WHERE {key} = :{key}"), values)
