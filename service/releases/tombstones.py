"""Keeps the records that an earlier release had in every later one, so that pruning forgets none."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from ..errors import ServiceError
from ..files import write_json
from ..loading.esco_versions import GoneConcept
from ..store.oxigraph import OxigraphStore
from .fingerprints import record_kinds

logger = logging.getLogger(__name__)

_CONCEPTS = frozenset(("skill", "occupation", "concept", "scheme"))
_FILE = "tombstones.json"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record or concept that is no longer there.

    `release` is the first one without it, `removed` when that was published. `replaced_by` are the concepts that a
    newer version of ESCO has in its place, as far as is known. `redacted` says that it was taken out of releases that
    had it.
    """

    iri: str
    kind: str
    release: int
    removed: str
    replaced_by: tuple[str, ...] = ()
    redacted: bool = False


@lru_cache(maxsize=8)
def tombstones(release: Path) -> Mapping[str, Tombstone]:
    """Return the tombstones of a release by IRI, read once; see `read_tombstones`."""
    return read_tombstones(release)


def read_tombstones(release: Path) -> Mapping[str, Tombstone]:
    """Return the tombstones of a release by IRI; empty for a release that was published without any file of them."""
    try:
        found = json.loads((release / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {entry["iri"]: Tombstone(**{**entry, "replaced_by": tuple(entry.get("replaced_by", ()))}) for entry in found}


def write_tombstones(
    folder: Path,
    number: int,
    created: datetime,
    records: Mapping[str, str],
    previous: Path,
    concepts: Iterable[GoneConcept] = (),
) -> None:
    """Write the tombstones of a release: those of the release before it, and what only that one had.

    Args:
        folder: of the release that is being made.
        number: its number.
        created: its time.
        records: its records with their kinds; one that is back has no tombstone any more.
        concepts: what went with a version of ESCO and is not there.
        previous: the folder of the release before it; nothing is known of the past when there is none.
    """
    before_that, before = _known(previous)
    when = created.isoformat(timespec="seconds")
    found = {iri: tombstone for iri, tombstone in before_that.items() if iri not in records}
    for iri, kind in before.items():
        if iri not in records:
            found[iri] = Tombstone(iri, kind, number, when)
    found = {iri: tombstone for iri, tombstone in found.items() if tombstone.kind not in _CONCEPTS}
    for concept in concepts:
        known = before_that.get(concept.iri)
        release, removed = (known.release, known.removed) if known else (number, when)
        found[concept.iri] = Tombstone(concept.iri, concept.kind, release, removed, concept.replaced_by)
    save_tombstones(folder, found)


def save_tombstones(folder: Path, found: Mapping[str, Tombstone]) -> None:
    """Write tombstones into the folder of a release."""
    write_json(folder / _FILE, [asdict(found[iri]) for iri in sorted(found)])


def _known(previous: Path) -> tuple[Mapping[str, Tombstone], Mapping[str, str]]:
    if not previous.is_dir():
        return {}, {}
    try:
        store = OxigraphStore.read_only(previous / "store")
        try:
            return tombstones(previous), record_kinds(store)
        finally:
            store.close()
    except (OSError, ValueError, TypeError, ServiceError) as error:
        logger.warning("the records of %s cannot be read, so what it had and is gone is forgotten: %s", previous, error)
        return {}, {}
