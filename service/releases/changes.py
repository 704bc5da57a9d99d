"""Lists the records added, changed and removed between two releases, without holding either in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal, NamedTuple

from ..store.oxigraph import OxigraphStore
from .fingerprints import Fingerprint, fingerprints
from .made_files import made_file

Kind = Literal["added", "changed", "removed"]
_FILE = "records.tsv"


class ReleaseChange(NamedTuple):
    """A record that is not the same in two releases."""

    iri: str
    record: str
    change: Kind


def record_list(release: Path, store: OxigraphStore) -> Path:
    """Return the file of all records of a release with their fingerprints, made on first request.

    Raises:
        Overloaded: somebody else makes a file of this release at this moment.
        StoreUnavailable: it cannot be written.
    """

    def write(file: IO[bytes]) -> None:
        file.writelines(("\t".join(found) + "\n").encode() for found in fingerprints(store))

    return made_file(release, _FILE, write)


def changes_between(old: Path, new: Path) -> Iterator[ReleaseChange]:
    """Return what turns one list of records into another, ordered by IRI; both are read once, line by line."""
    before, after = _read(old), _read(new)
    one, other = next(before, None), next(after, None)
    while one or other:
        if other is None or (one is not None and one.iri < other.iri):
            assert one is not None
            yield ReleaseChange(one.iri, one.kind, "removed")
            one = next(before, None)
        elif one is None or other.iri < one.iri:
            yield ReleaseChange(other.iri, other.kind, "added")
            other = next(after, None)
        else:
            if one != other:
                yield ReleaseChange(other.iri, other.kind, "changed")
            one, other = next(before, None), next(after, None)


@lru_cache(maxsize=64)
def count_changes(old: Path, new: Path) -> Mapping[Kind, int]:
    """Return how many records were added, changed and removed between two lists."""
    found = Counter(change.change for change in changes_between(old, new))
    return {"added": found["added"], "changed": found["changed"], "removed": found["removed"]}


def _read(path: Path) -> Iterator[Fingerprint]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Fingerprint(*line.rstrip("\n").split("\t"))
