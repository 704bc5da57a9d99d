"""Takes a description apart for a page: values of properties, labels in the reader's language, parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...messages.messages import Text, best_text
from ...rdf.namespaces import DCTERMS, RDFS, ROV, SKOS
from ...rdf.statements import Triple
from ...rdf.terms import RDF_TYPE, Term, local_name

LABELS = (SKOS + "prefLabel", DCTERMS + "title", ROV + "legalName", RDFS + "label", SKOS + "notation")

_NUMBERS = re.compile(r"([0-9]+)")


class Shown(NamedTuple):
    """A value as a page shows it: its name, where it leads, and a remark."""

    label: Text
    address: str = ""
    note: str = ""


class Statements:
    """The triples of a description by subject, read in one language."""

    def __init__(
        self,
        triples: Iterable[Triple],
        language: str,
        other_labels: Callable[[str], Mapping[str, str]] = lambda _: {},
    ) -> None:
        self.language = language
        self._other_labels = other_labels
        self._about: dict[str, dict[str, list[Term]]] = {}
        self._inverse: dict[tuple[str, str], list[str]] = {}
        for triple in triples:
            self._about.setdefault(triple.subject.value, {}).setdefault(triple.predicate, []).append(triple.object)
            if triple.object.kind != "literal":
                self._inverse.setdefault((triple.predicate, triple.object.value), []).append(triple.subject.value)

    def terms(self, subject: str, *properties: str) -> list[Term]:
        """Return the values at the end of a chain of properties, each once, in the order met."""
        found = [Term("iri", subject)]
        for name in properties:
            found = [value for term in found for value in self._about.get(term.value, {}).get(name, ())]
        return list(dict.fromkeys(found))

    def values(self, subject: str, *properties: str) -> list[str]:
        """Return the same as plain strings, sorted so that `#outcome-2` comes before `#outcome-10`."""
        return sorted({term.value for term in self.terms(subject, *properties)}, key=_natural)

    def value(self, subject: str, *properties: str) -> str | None:
        """Return the first value, or None."""
        found = self.values(subject, *properties)
        return found[0] if found else None

    def subjects(self, name: str, value: str) -> list[str]:
        """Return what points to a thing by a property."""
        return sorted(self._inverse.get((name, value), ()), key=_natural)

    def text(self, subject: str, *properties: str) -> Text | None:
        """Return the text at the end of a chain in the reader's language, or in the best other one."""
        by_language: dict[str, str] = {}
        for term in self.terms(subject, *properties):
            if term.kind == "literal":
                tag = term.language or ""
                by_language[tag] = min(by_language.get(tag, term.value), term.value)
        return best_text(by_language, self.language)

    def texts(self, subject: str, name: str) -> list[Text]:
        """Return every text in the reader's language, or in the best other one, sorted."""
        best = self.text(subject, name)
        tag = best.language if best else ""
        found = {t.value for t in self.terms(subject, name) if t.kind == "literal" and (t.language or "") == tag}
        return [Text(words, tag) for words in sorted(found, key=str.lower)]

    def label(self, iri: str) -> Text:
        """Return the name of a thing, or the end of its IRI when the description has none."""
        for name in LABELS:
            if (text := self.text(iri, name)) is not None:
                return text
        return best_text(self._other_labels(iri), self.language) or Text(local_name(iri) or iri)

    def labels(self, subject: str, *properties: str) -> list[Text]:
        """Return the names of the things at the end of a chain."""
        return sorted(
            (self.label(iri) for iri in self.values(subject, *properties)), key=lambda text: text.words.lower()
        )

    def types(self, subject: str) -> list[str]:
        """Return the classes of a thing."""
        return self.values(subject, RDF_TYPE)

    def about(self, subject: str) -> Iterator[tuple[str, Sequence[Term]]]:
        """Give every property of a thing with its values, sorted."""
        for name, values in sorted(self._about.get(subject, {}).items()):
            yield name, sorted(values, key=lambda term: (term.language or "", _natural(term.value)))

    def has(self, subject: str) -> bool:
        """Return whether anything is said of it."""
        return subject in self._about


def _natural(text: str) -> tuple[object, ...]:
    return tuple(
        (0, int(p), "") if p.isdecimal() and p.isascii() else (1, 0, p) for p in re.split(r"([0-9]+)", text[:500])
    )
