"""Says a record in the catalogue profile: what fits, what had to be left out, and why the whole does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ...rdf.durations import hours_from_duration
from ...rdf.namespaces import DCTERMS, ELM, FOAF, RDF, XSD
from ...rdf.statements import Triple
from ...rdf.terms import RDF_TYPE, Term, local_name
from ...validation.paths import Graph
from .loq import OWES_SPECIFICATION, SPECIFICATION_OF, Slot, class_iri, is_class, slots

_LANG_STRING = RDF + "langString"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEB = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_NUMBER = re.compile(r"[+-]?[0-9]+([.][0-9]+)?")
_UNKNOWN_LANGUAGE = "und"


@dataclass(slots=True)
class Said:
    """What became of a thing: its statements and those of its parts, or the reasons why it cannot be said at all.

    `left_out` names what was not said of it, `concepts` the concepts that its statements name.
    """

    triples: list[Triple] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    concepts: set[str] = field(default_factory=set)

    @property
    def fits(self) -> bool:
        """Whether the register would take it."""
        return not self.missing


class Projector:
    """Says the things of one graph.

    `is_whole` tells which programmes are in the feed: others cannot be pointed to, since what is a part of something
    would have it without what is asked of it. `page` gives the address of our page about a record, where the record
    names no homepage.
    """

    def __init__(self, graph: Graph, is_whole: Callable[[str], bool], page: Callable[[str], str]) -> None:
        self._graph = graph
        self._is_whole = is_whole
        self._page = page

    def qualification(self, record: Term) -> Said:
        """Say a record as a qualification, which has both levels."""
        return self._thing(record, "Qualification", record)

    def offers(self, record: Term) -> Iterator[tuple[str, Said]]:
        """Yield each offer of a record with what it leads to.

        A record without a level leads to an achievement: it has no place for accreditation, so its body carries that.
        """
        specification = self.qualification(record)
        if not specification.fits:
            lacking = specification.missing
            specification = self._thing(record, "LearningAchievementSpecification", record)
            specification.left_out += [f"as a qualification: {reason}" for reason in lacking]
            self._add_accreditation_of_bodies(record, specification)
        starts = self._graph.subjects(SPECIFICATION_OF, record)
        opportunity = Term("iri", ELM + "LearningOpportunity")
        for offer in sorted(starts, key=lambda term: term.value):
            if opportunity in self._graph.objects(offer, RDF_TYPE):
                said = self._thing(offer, "LearningOpportunity", record)
                said.missing += [f"what it leads to: {reason}" for reason in specification.missing]
                said.left_out += specification.left_out
                said.triples += specification.triples
                said.concepts |= specification.concepts
                yield offer.value, said

    def _thing(self, node: Term, class_name: str, record: Term, around: tuple[Term, ...] = ()) -> Said:
        said = Said([Triple(node, RDF_TYPE, Term("iri", class_iri(class_name)))])
        if node.kind != "iri":
            said.missing.append("it has no name")
            return said
        if class_name in OWES_SPECIFICATION:
            said.triples.append(Triple(node, SPECIFICATION_OF, record))
        for slot in slots(class_name):
            self._fill(node, class_name, slot, record, (*around, node), said)
        return said

    def _fill(
        self, node: Term, class_name: str, slot: Slot, record: Term, around: tuple[Term, ...], said: Said
    ) -> None:
        name = local_name(slot.predicate)
        values = self._values(node, class_name, slot, record)
        kept = 0
        languages: set[str] = set()
        reasons: list[str] = []
        for value in values:
            if kept == slot.most:
                said.left_out.append(f"{name}: only {slot.most} can be said, left out: {_short(value)}")
                continue
            if is_class(slot.kind):
                if slot.predicate == ELM + "isPartOf":
                    if not self._is_whole(value.value):
                        said.left_out.append(f"{name}: {_short(value)} is no qualification of this feed")
                        continue
                    said.triples.append(Triple(node, slot.predicate, value))
                    kept += 1
                    continue
                if value not in around:  # a body whose accreditation names the body
                    part = self._thing(value, slot.kind, record, around)
                    if not part.fits:
                        reasons += [f"{name}: {reason}" for reason in part.missing]
                        continue
                    said.triples += part.triples
                    said.left_out += [f"{name}: {reason}" for reason in part.left_out]
                    said.concepts |= part.concepts
                said.triples.append(Triple(node, slot.predicate, value))
                kept += 1
                continue
            term = _VALUES[slot.kind](value)
            if term is None:
                reasons.append(f"{name}: {_short(value)} is no {slot.kind}")
            elif slot.kind == "text" and term.language in languages:
                said.left_out.append(f"{name}: one text a language, left out: {_short(value)}")
            else:
                languages.add(term.language or "")
                if slot.kind == "concept":
                    said.concepts.add(term.value)
                said.triples.append(Triple(node, slot.predicate, term))
                kept += 1
        if kept < slot.least:
            said.missing += reasons or [f"{name} is not stated"]
        else:
            said.left_out += reasons

    def _values(self, node: Term, class_name: str, slot: Slot, record: Term) -> Sequence[Term]:
        found = sorted(
            set(self._graph.objects(node, slot.predicate)), key=lambda term: (term.value, term.language or "")
        )
        if not found and class_name == "LearningOpportunity":
            if slot.predicate == ELM + "defaultLanguage":
                return sorted(set(self._graph.objects(record, DCTERMS + "language")), key=lambda term: term.value)[:1]
            if slot.predicate == FOAF + "homepage":
                own = sorted(set(self._graph.objects(record, slot.predicate)), key=lambda term: term.value)
                return own or [Term("iri", self._page(record.value))]
        if not found and class_name == "WebResource" and slot.kind == "address":
            return [node]  # a page pointed to by its address, as `foaf:homepage` often is
        if not found and class_name == "Accreditation" and slot.predicate == ELM + "organisation":
            return self._bodies(record)
        if slot.predicate == ELM + "awardingOpportunity":
            awarding = Term("iri", ELM + "AwardingOpportunity")
            starts = self._graph.subjects(SPECIFICATION_OF, node)
            found += [each for each in starts if awarding in self._graph.objects(each, RDF_TYPE) and each not in found]
        return found

    def _bodies(self, record: Term) -> Sequence[Term]:
        awarding = [
            *self._graph.objects(record, ELM + "awardingOpportunity"),
            *self._graph.subjects(SPECIFICATION_OF, record),
        ]
        bodies = (body for each in awarding for body in self._graph.objects(each, ELM + "awardingBody"))
        return sorted(set(bodies), key=lambda term: term.value)

    def _add_accreditation_of_bodies(self, record: Term, said: Said) -> None:
        for accreditation in self._graph.objects(record, ELM + "accreditation"):
            part = self._thing(accreditation, "Accreditation", record)
            if not part.fits:
                said.left_out += [f"accreditation: {reason}" for reason in part.missing]
                continue
            said.triples += part.triples
            said.concepts |= part.concepts
            for body in self._bodies(record):
                said.triples.append(Triple(body, ELM + "accreditation", accreditation))


def _short(term: Term) -> str:
    return repr(term.value[:80])


def _text(value: Term) -> Term | None:
    if value.kind != "literal" or not value.value.strip() or value.datatype not in (None, XSD + "string", _LANG_STRING):
        return None
    return Term("literal", value.value, value.language or _UNKNOWN_LANGUAGE)


def _concept(value: Term) -> Term | None:
    return value if value.kind == "iri" else None


def _moment(value: Term) -> Term | None:
    if value.datatype == XSD + "date" and _DATE.fullmatch(value.value):
        return Term("literal", f"{value.value}T00:00:00Z", None, XSD + "dateTime")
    return value if value.datatype == XSD + "dateTime" else None


def _duration(value: Term) -> Term | None:
    if value.datatype != XSD + "duration":
        return None
    hours = hours_from_duration(value.value)
    return value if hours is None else Term("literal", text_of_hours(hours), None, XSD + "duration")


def text_of_hours(hours: Decimal) -> str:
    """Return hours as a duration, as people count workload.

    >>> text_of_hours(Decimal("135")), text_of_hours(Decimal("7.5"))
    ('PT135H', 'PT7H30M')
    """
    seconds = round(hours * 3600)
    whole, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = f"{whole}H" * bool(whole) + f"{minutes}M" * bool(minutes) + f"{rest}S" * bool(rest)
    return f"PT{parts or '0H'}"


def _address(value: Term) -> Term | None:
    if not _WEB.fullmatch(value.value):
        return None
    return Term("literal", value.value, None, XSD + "anyURI")


def _plain(value: Term) -> Term | None:
    return Term("literal", value.value) if value.kind == "literal" and value.value.strip() else None


def _number(value: Term) -> Term | None:
    if value.kind != "literal" or not _NUMBER.fullmatch(value.value):
        return None
    return Term("literal", value.value, None, XSD + "decimal")


def _truth(value: Term) -> Term | None:
    return value if value.datatype == XSD + "boolean" else None


_VALUES: dict[str, Callable[[Term], Term | None]] = {
    "text": _text, "texts": _text, "concept": _concept, "moment": _moment, "duration": _duration,
    "address": _address, "plain": _plain, "number": _number, "truth": _truth,
}  # fmt: skip
