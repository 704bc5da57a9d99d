"""Leaves out of a loader's N-Quads what no catalogue holds, and reports each statement; the rest stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from ..rdf.terms import RDF_TYPE
from .catalogue_terms import CatalogueTerms, is_address

_TYPE = f"<{RDF_TYPE}>".encode()
_MOST_QUOTED = 300


def admit(nquads: Path, terms: CatalogueTerms) -> tuple[Mapping[str, Any], ...]:
    """Rewrite a file without what its catalogue may not hold; return an issue, a warning, for each statement left out.

    A node that has a class, and none that is let in, or one of persons, goes with all that is said of it and all that
    points to it. Of other nodes, statements go that have another property, another class, or lead to what is no
    address. A file of which nothing goes is read twice and not rewritten.
    """
    filters = _Filter(terms)
    with nquads.open("rb") as file:
        foreign = filters.foreign_nodes(file)
        file.seek(0)
        if not foreign and not any(filters.why_not(line, foreign) for line in file):
            return ()
        file.seek(0)
        kept = nquads.with_name(f"{nquads.name}.admitted")
        issues: list[Mapping[str, Any]] = []
        source, place = "", 0
        with kept.open("wb") as output:
            for line in file:
                if line.startswith(b"#"):
                    source, place = _place(line)
                if why := filters.why_not(line, foreign):
                    issues.append(_issue(line, why, source, place))
                else:
                    output.write(line)
    kept.replace(nquads)
    return tuple(issues)


class _Filter:
    def __init__(self, terms: CatalogueTerms) -> None:
        self._has_class = lru_cache(maxsize=4096)(lambda term: terms.has_class(_iri(term)))
        self._is_person = lru_cache(maxsize=4096)(lambda term: terms.is_person(_iri(term)))
        self._has_property = lru_cache(maxsize=4096)(lambda term: terms.has_property(_iri(term)))
        self._is_address = lru_cache(maxsize=4096)(lambda scheme: is_address(scheme.decode("utf-8", "replace")))

    def foreign_nodes(self, file: IO[bytes]) -> frozenset[bytes]:
        """Return the nodes that have a class, and none that is let in, and those that have one of persons."""
        found = {kind: set[bytes]() for kind in (True, False)}
        persons = set[bytes]()
        for wanted in (False, True):
            file.seek(0)
            for line in file:
                parts = line.split(None, 3)
                if len(parts) < 4 or parts[1] != _TYPE or self._has_class(parts[2]) != wanted:
                    continue
                if not wanted and self._is_person(parts[2]):
                    persons.add(parts[0])
                if not wanted or parts[0] in found[False]:
                    found[wanted].add(parts[0])
            if not found[False]:
                break  # nearly every file has none, and need not be read again
        return frozenset(found[False] - found[True] | persons)

    def why_not(self, line: bytes, foreign: frozenset[bytes]) -> str:
        """Return why a line goes; empty when it stays, or is no statement."""
        if line.startswith(b"#"):
            return ""
        parts = line.split(None, 3)
        if len(parts) < 4:
            return ""
        subject, predicate, value = parts[:3]
        if subject in foreign:
            return "it is about a thing of a class that no catalogue holds"
        if not self._has_property(predicate):
            return "no catalogue holds this property"
        if not value.startswith(b"<"):
            return ""
        if value in foreign:
            return "it leads to a thing of a class that no catalogue holds"
        if predicate == _TYPE:
            return "" if self._has_class(value) else "no catalogue holds this class"
        return "" if self._is_address(value[1:].partition(b":")[0] + b":") else "it leads to what is no address"


def _issue(line: bytes, why: str, source: str, place: int) -> Mapping[str, Any]:
    statement = line.decode("utf-8", "replace").strip()
    field = _iri(line.split(None, 2)[1])
    message = f"left out, since {why} (the setting PINOAMO_VOCABULARIES lets more in): {statement[:_MOST_QUOTED]}"
    return {"severity": "warning", "source": source, "line": place, "field": field, "message": message}


def _place(mark: bytes) -> tuple[str, int]:
    source, _, line = mark.decode("utf-8", "replace").strip().rpartition(" ")[2].rpartition(":")
    return source, int(line) if line.isdigit() else 0


def _iri(term: bytes) -> str:
    return term[1:-1].decode("utf-8", "replace")
