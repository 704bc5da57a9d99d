"""The two feeds of a release: opportunities and qualifications, streamed, in the names of either version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Literal
from urllib.parse import quote

from ...rdf.media_types import RDF_XML, TURTLE
from ...rdf.namespaces import ELM, ELM_3_3, ESCO_SKILLS, ESCO_THINGS, SKOS
from ...rdf.results import write_graph
from ...rdf.statements import Triple
from ...rdf.terms import RDF_TYPE, Term
from ...resources import QUERIES
from ...sparql.binding import bind
from ...sparql.named_queries import load_queries
from ...store.protocol import Store
from ...validation.paths import Graph
from .projection import Projector, Said

FeedName = Literal["loq-opportunities", "loq-qualifications"]
FEEDS: tuple[FeedName, ...] = ("loq-opportunities", "loq-qualifications")
Version = Literal["3.2", "3.3"]
VERSIONS: tuple[Version, ...] = ("3.2", "3.3")
FEED_TYPES: Mapping[str, str] = {"ttl": TURTLE, "rdf": RDF_XML}
"""The formats of a feed, by the suffix of its file."""

_BATCH = 50
_CONCEPT = Term("iri", SKOS + "Concept")
_ESCO_SKILLS = Term("iri", ESCO_THINGS + "concept-scheme/skills")
_SCHEME = Term("iri", SKOS + "ConceptScheme")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What became of a record, or of one offer of it: in the feed, or not, with the reasons of the register.

    `left_out` is what the feed does not say of it.
    """

    record: str
    thing: str
    in_feed: bool
    reasons: tuple[str, ...]
    left_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the entry as the pre-flight writes it."""
        return {
            "record": self.record,
            "thing": self.thing,
            "in_feed": self.in_feed,
            "reasons": list(self.reasons),
            "left_out": list(self.left_out),
        }


def page_about(base_url: str) -> Callable[[str], str]:
    """Return what gives the address, below a base, that leads people to the page about a thing."""
    return lambda iri: f"{base_url}/resource?uri={quote(iri, safe='')}"


class Feed:
    """One feed over one store. `page` gives the address of our page about a record."""

    def __init__(self, store: Store, name: FeedName, page: Callable[[str], str]) -> None:
        self._store = store
        self._name = name
        self._page = page
        self._queries = load_queries(QUERIES / "feed")
        self._concepts: dict[str, None] = {}

    def entries(self) -> Iterator[FeedEntry]:
        """Yield what the register would say of each record, in the order of the feed."""
        return (entry for entry, _ in self._said())

    def triples(self) -> Iterator[Triple]:
        """Yield the statements of the feed, each body and concept once."""
        once: set[Triple] = set()
        for entry, triples in self._said():
            if entry.in_feed:
                mine = dict.fromkeys(triples)
                yield from (triple for triple in mine if triple not in once)
                # Bodies and their places come back in other records; what is the record's own does not.
                once.update(triple for triple in mine if not triple.subject.value.startswith(entry.record))
        yield from self._described(list(self._concepts))

    def write(self, output: IO[bytes], media_type: str, version: Version = "3.2") -> None:
        """Write the feed as a stream, in Turtle or RDF/XML."""
        triples = self.triples()
        write_graph(map(in_elm_3_3, triples) if version == "3.3" else triples, output, media_type)

    def _said(self) -> Iterator[tuple[FeedEntry, Sequence[Triple]]]:
        rows = self._store.select(bind(self._queries["records"], {})).rows
        of_kind = {
            kind: [row["record"].value for row in rows if row["kind"].value == kind]
            for kind in ("credential", "programme")
        }
        whole: set[str] = set()
        if self._name == "loq-qualifications":
            for record, said in self._qualifications(of_kind["programme"], whole):
                if said.fits:
                    whole.add(record)
                yield self._entry(record, record, said)
            for record, said in self._qualifications(of_kind["credential"], whole):
                yield self._entry(record, record, said)
            return
        for records in _batches(of_kind["credential"]):
            projector = self._projector(records, whole)
            for record in records:
                offers = list(projector.offers(Term("iri", record)))
                yield from (self._entry(record, offer, said) for offer, said in offers)
                if not offers:
                    yield (
                        FeedEntry(record, record, False, ("no offer is stated: a start or a price makes one",), ()),
                        (),
                    )

    def _qualifications(self, records: Sequence[str], whole: set[str]) -> Iterator[tuple[str, Said]]:
        for some in _batches(records):
            projector = self._projector(some, whole)
            for record in some:
                yield record, projector.qualification(Term("iri", record))

    def _projector(self, records: Sequence[str], whole: set[str]) -> Projector:
        found = self._store.construct(bind(self._queries["record"], {"record": list(records)}))
        return Projector(Graph(found), whole.__contains__, self._page)

    def _entry(self, record: str, thing: str, said: Said) -> tuple[FeedEntry, Sequence[Triple]]:
        if said.fits:
            self._concepts.update(dict.fromkeys(sorted(said.concepts)))
        reasons, left_out = (tuple(dict.fromkeys(each)) for each in (said.missing, said.left_out))
        return FeedEntry(record, thing, said.fits, reasons, left_out), said.triples

    def _described(self, concepts: Sequence[str]) -> Iterator[Triple]:
        schemes: dict[Term, None] = {}
        for some in _batches(concepts):
            known = self._store.construct(bind(self._queries["concepts"], {"concept": list(some)}))
            graph = Graph(sorted(known, key=lambda t: (t.object.value, t.object.language or "")))
            for concept in (Term("iri", iri) for iri in some):
                labels = {
                    label.language: label for label in graph.objects(concept, SKOS + "prefLabel") if label.language
                }
                inside = [each for each in graph.objects(concept, SKOS + "inScheme") if each.kind == "iri"]
                if concept.value.startswith(ESCO_SKILLS):
                    inside = [_ESCO_SKILLS]  # the profile takes no other list beside it, such as that of digital skills
                schemes.update(dict.fromkeys(inside))
                yield Triple(concept, RDF_TYPE, _CONCEPT)
                yield from (Triple(concept, SKOS + "prefLabel", label) for label in labels.values())
                # Our lists have several notations, so that tables may use any; the profile takes one.
                yield from (
                    Triple(concept, SKOS + "notation", n) for n in graph.objects(concept, SKOS + "notation")[:1]
                )
                yield from (Triple(concept, SKOS + "inScheme", scheme) for scheme in inside)
        yield from (Triple(scheme, RDF_TYPE, _SCHEME) for scheme in schemes)


def write_all(store: Store, base_url: str, output: IO[bytes], version: Version = "3.2") -> None:
    """Write both feeds as one Turtle file."""
    feeds = [Feed(store, name, page_about(base_url)) for name in FEEDS]
    triples = (triple for feed in feeds for triple in feed.triples())
    write_graph(map(in_elm_3_3, triples) if version == "3.3" else triples, output, TURTLE)


def _batches(records: Sequence[str]) -> Iterator[Sequence[str]]:
    waiting = iter(records)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def in_elm_3_3(triple: Triple) -> Triple:
    """Return a statement in the names of ELM 3.3, which has the same local names in a namespace of its own."""
    subject, predicate, value = triple
    if predicate.startswith(ELM):
        predicate = ELM_3_3 + predicate.removeprefix(ELM)
    if value.kind == "iri" and value.value.startswith(ELM):
        value = value._replace(value=ELM_3_3 + value.value.removeprefix(ELM))
    return Triple(subject, predicate, value)
