"""Turns the words that a source uses into the concepts of the official code lists.

The reading of ontology/concepts is also written in service/catalogue/codes.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .parsing import literal_parts, parse_statements
from .report import CallError
from .vocabulary import ISCED_F, SCHEMES, SKOS

# Lists of countries, languages, currencies and fields of education are longer than a message can be.
_WHOLE, _BEGINNING = 30, 12
_NOTATION, _LABEL, _SCHEME = (f"<{SKOS}{name}>" for name in ("notation", "prefLabel", "inScheme"))


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Official code lists.

    Attributes:
        concepts: IRI by scheme and by what the concept is called, in lower case.
        notations: the first notation of each concept, by scheme, sorted.
        labels: labels by language, of each concept.
    """

    concepts: Mapping[tuple[str, str], str]
    notations: Mapping[str, Sequence[str]]
    labels: Mapping[str, Mapping[str, str]]

    def find(self, scheme_iri: str, word: str) -> str | None:
        """Return the IRI of the concept that the word names: its notation, a label of it in any case, or its IRI."""
        return self.concepts.get((scheme_iri, word.strip().casefold()))

    def find_field(self, code: str) -> str | None:
        """Return the ISCED-F field of a code; a narrow or detailed field is known by its broad field."""
        known = self.find(SCHEMES["field"], code)
        if not known and len(code) in (3, 4) and code.isascii() and code.isdigit():
            return ISCED_F + code if self.find(SCHEMES["field"], code[:2]) else None
        return known

    def words(self, scheme_iri: str) -> str:
        """Return the codes that are accepted, for a message; where they are very many, some and where all stand."""
        words = self.notations.get(scheme_iri, ())
        if len(words) <= _WHOLE:
            return ", ".join(words)
        return f"{', '.join(words[:_BEGINNING])}, … (docs/codes.md lists all {len(words)})"


def read_code_lists(folder: Path) -> CodeLists:
    """Read every Turtle file of a folder; a notation wins over a label where two concepts share a word.

    Raises:
        CallError: there is no such folder.
        SourceError: a file does not parse.
    """
    if not folder.is_dir():
        raise CallError(f"there is no folder of code lists {folder}; name one with --vocabulary")
    schemes: dict[str, list[str]] = {}
    notations: dict[str, list[str]] = {}
    labels: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.ttl")):
        with path.open("rb") as stream:
            for subject, predicate, value in parse_statements(stream, "ttl", path.name):
                concept = subject[1:-1]
                if predicate == _SCHEME:
                    schemes.setdefault(concept, []).append(value[1:-1])
                elif predicate == _NOTATION:
                    notations.setdefault(concept, []).append(literal_parts(value)[0])
                elif predicate == _LABEL:
                    text, language, _ = literal_parts(value)
                    labels.setdefault(concept, {})[language] = text
    concepts: dict[tuple[str, str], str] = {}
    codes: dict[str, list[str]] = {}
    for names in ({concept: [concept] for concept in schemes}, notations):
        for concept, words in names.items():
            for scheme in schemes.get(concept, ()):
                for word in words:
                    concepts.setdefault((scheme, word.casefold()), concept)
    for concept, words in notations.items():
        for scheme in schemes.get(concept, ()):
            codes.setdefault(scheme, []).append(words[0])
    for concept, texts in labels.items():
        for scheme in schemes.get(concept, ()):
            for text in texts.values():
                concepts.setdefault((scheme, text.casefold()), concept)
    return CodeLists(concepts, {scheme: sorted(words) for scheme, words in codes.items()}, labels)
