"""Code lists: from the words a source uses to the concepts of the official lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .parsing import literal_parts, parse_statements
from .report import CallError
from .vocabulary import SKOS

_NOTATION, _LABEL, _SCHEME = (f"<{SKOS}{name}>" for name in ("notation", "prefLabel", "inScheme"))


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Concepts by the scheme they are in and by what they are called, and their labels by language."""

    concepts: Mapping[tuple[str, str], str]
    labels: Mapping[str, Mapping[str, str]]

    def find(self, scheme_iri: str, word: str) -> str | None:
        """Return the IRI of the concept that the word names: its notation, a label of it in any case, or its IRI."""
        return self.concepts.get((scheme_iri, word.strip().casefold()))

    def words(self, scheme_iri: str, limit: int = 12) -> str:
        """Return some of the words that are accepted, for a message: the shortest name of each concept."""
        shortest: dict[str, str] = {}
        for (scheme, word), concept in self.concepts.items():
            if (
                scheme == scheme_iri
                and not word.startswith("http")
                and len(word) < len(shortest.get(concept, word + " "))
            ):
                shortest[concept] = word
        words = sorted(shortest.values())
        return ", ".join(words[:limit]) + (", …" if len(words) > limit else "")


def read_code_lists(folder: Path) -> CodeLists:
    """Read every Turtle file of a folder; a notation wins over a label where two concepts share a word.

    Raises:
        CallError: there is no such folder.
        SourceError: a file does not parse.
    """
    if not folder.is_dir():
        raise CallError(f"there is no folder of code lists {folder}; name one with --vocabulary")
    schemes: dict[str, list[str]] = {}
    notations: list[tuple[str, str]] = []
    labels: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.ttl")):
        with path.open("rb") as stream:
            for subject, predicate, value in parse_statements(stream, "ttl", path.name):
                concept = subject[1:-1]
                if predicate == _SCHEME:
                    schemes.setdefault(concept, []).append(value[1:-1])
                elif predicate == _NOTATION:
                    notations.append((concept, literal_parts(value)[0]))
                elif predicate == _LABEL:
                    text, language, _ = literal_parts(value)
                    labels.setdefault(concept, {})[language] = text
    concepts: dict[tuple[str, str], str] = {}
    for concept, word in (*((concept, concept) for concept in schemes), *notations):
        for scheme in schemes.get(concept, ()):
            concepts.setdefault((scheme, word.casefold()), concept)
    for concept, texts in labels.items():
        for scheme in schemes.get(concept, ()):
            for text in texts.values():
                concepts.setdefault((scheme, text.casefold()), concept)
    return CodeLists(concepts, labels)
