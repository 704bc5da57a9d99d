"""Cutting an N-Quads file in two, so that two cores load it."""

from __future__ import annotations

from pathlib import Path

# Below, nothing is gained; above, the engine uses two cores by itself, and the halves would fill the memory.
_HALVED = range(4 << 20, 256 << 20)


def halves_of(nquads: Path) -> tuple[bytes, ...]:
    """Return the two halves of a file, cut between lines; nothing of a file that had better be read whole.

    That is a small or a huge one, and one with blank nodes, whose labels hold for the whole of a document.
    """
    size = nquads.stat().st_size
    if size not in _HALVED:
        return ()
    with nquads.open("rb") as file:
        halves = file.read(size // 2) + file.readline(), file.read()
    return () if any(b"_:" in half for half in halves) else halves
