"""The EU code lists by short code and by label: `level=6` and `country=FI` mean official IRIs.

The reading of ontology/concepts is also written in loaders/codes.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..errors import InvalidArgument
from ..rdf.media_types import TURTLE
from ..rdf.namespaces import SKOS
from ..rdf.syntax import triples_from_text
from ..rdf.terms import local_name, parse_iri
from ..resources import CODE_LISTS

_FILES = {"country": "country", "language": "language", "level": "eqf", "mode": "mode", "field": "isced-f"}
_SHOWN = 12


class Codes:
    """The concepts of every list in `ontology/concepts`: their codes, by list, and their labels."""

    def __init__(self, codes: Mapping[str, Mapping[str, str]], labels: Mapping[str, Mapping[str, str]]) -> None:
        self._codes = codes
        self._labels = labels

    def iri(self, name: str, code: str) -> str:
        """Return the concept that a code of the list of a filter means; an IRI stands for itself.

        Raises:
            InvalidArgument: the list has no such code, or the IRI is malformed.
        """
        found = self._codes[name].get(code.strip().lower())
        if found is not None:
            return found
        if ":" in code:
            return parse_iri(code).value
        known = sorted(self._codes[name])
        examples = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
        raise InvalidArgument(f"{name} must be a code such as {examples} or an IRI, got {code[:50]!r}")

    def labels(self, iri: str) -> Mapping[str, str]:
        """Return the names of a concept by language; empty for what is in no list."""
        return self._labels.get(iri, {})


@cache
def load_codes() -> Codes:
    """Return the code lists; the files are read once."""
    codes: dict[str, dict[str, str]] = {}
    labels: dict[str, dict[str, str]] = {}
    for path in sorted(CODE_LISTS.glob("*.ttl")):
        found: dict[str, str] = {}
        with path.open("rb") as file:
            for triple in triples_from_text(file, TURTLE):
                if triple.predicate == SKOS + "prefLabel":
                    labels.setdefault(triple.subject.value, {})[triple.object.language or ""] = triple.object.value
                elif triple.predicate == SKOS + "inScheme":
                    found.setdefault(local_name(triple.subject.value).lower(), triple.subject.value)
                elif triple.predicate == SKOS + "notation":
                    found[triple.object.value.lower()] = triple.subject.value
        codes[path.stem] = found
    return Codes({name: codes.get(file, {}) for name, file in _FILES.items()}, labels)
