"""A temporary database on disk, for what must wait until the end of a source."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_CACHE_KIB = 32 * 1024


@contextmanager
def open_spool(schema: str) -> Iterator[sqlite3.Connection]:
    """Give a private SQLite database that is spilled to disk past its cache and vanishes when it is closed.

    Args:
        schema: SQL that creates its tables.
    """
    connection = sqlite3.connect("", isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", f"cache_size=-{_CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(schema)
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()
