"""Decides whether a source may state a statement: it speaks of what is its own, and of nothing that others describe.

A subject is a source's own when it is its record, a part of it (`…#…`), an `{B}/id/…` minted for it, or below a prefix
that the operator registered for its key. It may describe an organisation that nobody else describes, which makes it no
owner. What others say may be repeated, and is not stored a second time. What the operator loaded from files wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..errors import InvalidArgument
from ..rdf.namespaces import (  # fmt: skip
    ADMS,
    DCAT,
    DCTERMS,
    ELM,
    ESCO,
    ESCO_THINGS,
    EU_AUTHORITIES,
    FOAF,
    MC,
    MCS,
    OWL,
    PROV,
    RDF,
    RDFS,
    ROV,
    SCHEMA,
    SD,
    SHACL,
    SKOS,
    SPDX,
    VC,
    VCARD,
    VOID,
    XSD,
)
from ..rdf.normal_iris import fault_of_name, normal_iri
from ..rdf.statements import Triple
from ..rdf.terms import RDF_TYPE, parse_iri, sparql_from_term
from ..work_store.record_nodes import ORGANISATION, RECORD_TYPES

# Names that everybody uses and nobody mints here: the first to describe one would describe it for all.
_RESERVED = (
    ADMS, DCAT, DCTERMS, ELM, ESCO, ESCO_THINGS, EU_AUTHORITIES, FOAF, MC, MCS, OWL, PROV, RDF, RDFS, ROV, SCHEMA, SD,
    SHACL, SKOS, SPDX, VC, VCARD, VOID, XSD, "http://data.europa.eu/snb/", "https://data.europa.eu/snb/", "https://data.europa.eu/esco/",
    "http://publications.europa.eu/", "http://schema.org/", "http://www.w3.org/", "https://www.w3.org/",
    "https://w3id.org/pinoamo/",
)  # fmt: skip
# By these a subject says what its object is offered or awarded as.
_ABOUT_OBJECT = frozenset((ELM + "learningAchievementSpecification",))
_NAMESPACE_ENDS = ("/", "#", ":")
_MOST_QUOTED = 300


class Description(NamedTuple):
    """That another graph describes a thing; `official` when the operator loaded that graph from files."""

    graph: str
    official: bool


class Others(Protocol):
    """What the graphs of other sources say."""

    def description(self, subject: str) -> Description | None:
        """Return one graph that describes a thing, an official one if there is; requirement trees count for none."""
        ...

    def says(self, triple: Triple) -> bool:
        """Tell whether another graph holds a statement."""
        ...


@dataclass(frozen=True, slots=True)
class Owner:
    """A source that one key writes to: its graph, the prefixes registered for the key, and those `taken` by others."""

    graph: str
    base_url: str
    namespaces: Sequence[str] = ()
    taken: Sequence[str] = ()


class Refusal(NamedTuple):
    """A statement that a source may not state, and why."""

    triple: Triple
    why: str

    def __str__(self) -> str:
        subject, predicate, value = self.triple
        text = f"<{subject.value}> <{predicate}> {sparql_from_term(value)}"
        return f"{text[:_MOST_QUOTED]}: {self.why}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of statements: `kept` are the source's own, `repeated` are said by others and are not stored."""

    kept: frozenset[Triple]
    repeated: frozenset[Triple]
    refused: tuple[Refusal, ...]


def judge(
    triples: Iterable[Triple], owner: Owner, others: Others, types: Callable[[str], Collection[str]]
) -> Judgement:
    """Divide statements by whether their source may state them.

    Args:
        triples: what it wants to say.
        owner: the source.
        others: what is said elsewhere.
        types: gives the classes that the source, as it will be, says a thing is of.
    """
    subjects = _Subjects(owner, others, types)
    kept, repeated, refused = list[Triple](), list[Triple](), list[Refusal]()
    for triple in triples:
        why = subjects.why_not(triple.subject.value)
        if not why and triple.predicate in _ABOUT_OBJECT and triple.object.kind == "iri":
            why = subjects.why_not_offer(triple.object.value)
        if not why:
            kept.append(triple)
        elif others.says(triple):
            repeated.append(triple)
        else:
            refused.append(Refusal(triple, why))
    refused.sort(key=lambda refusal: str(refusal.triple))
    return Judgement(frozenset(kept), frozenset(repeated), tuple(refused))


def types_in(triples: Iterable[Triple]) -> Callable[[str], Collection[str]]:
    """Return what gives the classes that some statements say a thing is of."""
    found: dict[str, set[str]] = {}
    for triple in triples:
        if triple.predicate == RDF_TYPE:
            found.setdefault(triple.subject.value, set()).add(triple.object.value)
    return lambda subject: found.get(subject, ())


def parse_namespace(text: str) -> str:
    """Return a prefix that can be registered for a key.

    Raises:
        InvalidArgument: it is no IRI of a kind that names records, or it could end inside a name or a host.
    """
    fault = fault_of_name(parse_iri(text).value)
    if fault:
        raise InvalidArgument(f"a namespace cannot be registered: {fault}")
    if not text.endswith(_NAMESPACE_ENDS):
        raise InvalidArgument(f"a namespace ends in '/', '#' or ':', so that it ends no name halfway, got {text!r}")
    least = 3 if text.startswith("http") else 2  # http://host/ and urn:kind:
    if sum(text.count(mark) for mark in ("/" if least == 3 else ":",)) < least or ":///" in text:
        raise InvalidArgument(f"a namespace names a host or a kind, such as https://uni.example/ , got {text!r}")
    return text


class _Subjects:
    """Tells of subjects, each once, why they are not the source's own; empty text when they are."""

    def __init__(self, owner: Owner, others: Others, types: Callable[[str], Collection[str]]) -> None:
        self._owner = owner
        self._others = others
        self._types = types
        self._known: dict[str, str] = {}

    def why_not(self, iri: str) -> str:
        found = self._known.get(iri)
        if found is None:
            found = self._known[iri] = self._find(iri)
        return found

    def why_not_offer(self, iri: str) -> str:
        """Tell why the source cannot say that something offers or awards a thing; what nobody describes it can."""
        why = self.why_not(iri)
        return why if why and self._others.description(iri) else ""

    def _find(self, iri: str) -> str:
        normal = normal_iri(iri)
        if normal != iri:
            return f"its name is not in normal form, {normal}"
        described = self._others.description(iri)
        if described and described.official:
            return f"{described.graph}, which the operator loaded, describes it"
        whole, mark, fragment = iri.partition("#")
        around = self._others.description(whole) if mark and whole != self._owner.graph else None
        if around and around.official:
            return f"it is a part of {whole}, which {around.graph} describes"
        if iri.startswith(tuple(self._owner.namespaces)):
            is_record = not RECORD_TYPES.isdisjoint(self._types(iri))
            return f"{described.graph} describes it, so it cannot become a record" if described and is_record else ""
        if described:
            return f"{described.graph} describes it"
        if iri.startswith(tuple(self._owner.taken)):
            return "it is below a prefix that is registered for another key"
        if mark and whole == self._owner.graph:
            return ""
        if around:
            return f"it is a part of {whole}, which {around.graph} describes"
        base = self._owner.base_url
        if iri.startswith(f"{base}/") and not iri.startswith(f"{base}/id/") and iri != self._owner.graph:
            return f"names below {base}/ that do not begin with {base}/id/ are the service's own"
        if is_reserved(iri):
            return "it is a name of a public vocabulary or register, which no source describes"
        return self._find_undescribed(iri, whole if mark else "", fragment)

    def _find_undescribed(self, iri: str, whole: str, fragment: str) -> str:
        types = frozenset(self._types(iri))
        if types & RECORD_TYPES:
            return fault_of_name(iri)
        if iri == self._owner.graph or ORGANISATION in types:
            return ""
        if whole:
            cuts = (place for place, character in enumerate(fragment) if character == "-")
            around = (whole, *(f"{whole}#{fragment[:place]}" for place in cuts))
            if any(self._types(each) and not self.why_not(each) for each in around):
                return ""
        elif types and iri.startswith(f"{self._owner.base_url}/id/"):
            return ""
        return (
            "it is no record of this source, no part of one ('#'), and below no prefix that is registered for the key "
            "(`pinoamo keys create --namespace`)"
        )


def is_reserved(iri: str) -> bool:
    """Tell whether a name belongs to a public vocabulary or register; so does the name that its terms are parts of."""
    return iri.startswith(_RESERVED) or f"{iri}#" in _RESERVED or f"{iri}/" in _RESERVED
