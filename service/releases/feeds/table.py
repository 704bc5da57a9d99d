"""The catalogue as a table, a row a micro-credential, which `load table` reads back; what a row cannot say is named.

The columns are also written in loaders/table/columns.py, and what a row becomes in loaders/table/records.py.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from typing import IO
from urllib.parse import unquote

from ...rdf.durations import hours_from_duration, plain_number
from ...rdf.namespaces import ADMS, DCTERMS, ELM, FOAF, ISCED_FIELDS, MC, RDF, ROV, SKOS
from ...rdf.statements import Triple
from ...rdf.terms import RDF_TYPE, Term, local_name
from ...resources import QUERIES
from ...sparql.binding import bind
from ...sparql.named_queries import load_queries
from ...store.protocol import Store
from ...validation.paths import Graph
from ..derived import PROPERTIES

_COLUMNS = (
    "id", "title@", "description@", "provider", "provider_name@", "country", "language", "ects", "workload_hours",
    "eqf_level", "nqf_level", "mode", "assessment", "supervision", "quality_assurance", "accreditor",
    "accreditor_country", "learning_outcomes@", "skills", "prerequisites", "entry_requirement", "entry_requirement@",
    "stackability", "part_of", "isced_f", "start", "price", "currency", "homepage", "modified",
)  # fmt: skip
_ECTS = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
_SEPARATOR = "|"
_UNKNOWN_LANGUAGE = "und"
_BATCH = 50
_NUMBER = re.compile(r"(\d+)\Z")
# What rows say, and what publishing derives; anything else that a record states a row has no column for.
_SAID = frozenset(
    [RDF_TYPE, DCTERMS + "title", DCTERMS + "description", DCTERMS + "language", DCTERMS + "modified",
     ADMS + "identifier", FOAF + "homepage", MC + "prerequisite", MC + "stackability"]
    + [ELM + name for name in (
        "awardingOpportunity", "creditPoint", "volumeOfLearning", "EQFLevel", "NQFLevel", "mode", "provenBy",
        "accreditation", "learningOutcome", "entryRequirement", "isPartOf", "ISCEDFCode",
    )]
    + [MC + name for name in PROPERTIES]
)  # fmt: skip


@dataclass(slots=True)
class TableRow:
    """A row, by column; `lost` names what of the record it does not say."""

    record: str
    cells: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def table_rows(store: Store, base_url: str) -> Iterator[TableRow]:
    """Yield a row for each micro-credential, by IRI."""
    queries = load_queries(QUERIES / "feed")
    rows = store.select(bind(queries["records"], {})).rows
    waiting = iter([row["record"].value for row in rows if row["kind"].value == "credential"])
    while records := list(islice(waiting, _BATCH)):
        found = store.construct(bind(queries["record"], {"record": records}))
        concepts = sorted({t.object.value for t in found if t.object.kind == "iri"})
        words: list[Triple] = []
        for start in range(0, len(concepts), 500):
            words += store.construct(bind(queries["concepts"], {"concept": concepts[start : start + 500]}))
        writer = _Writer(Graph([*found, *words]), base_url)
        yield from (writer.row(record) for record in records)


def write_table(rows: Sequence[TableRow], output: IO[bytes]) -> None:
    """Write rows as CSV, with the columns that some row fills."""
    filled = {column for row in rows for column in row.cells}
    columns = [
        column
        for name in _COLUMNS
        for column in (sorted(c for c in filled if c.startswith(name)) if name.endswith("@") else [name])
        if column in filled
    ]
    text = TextIOWrapper(output, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.cells.get(column, "") for column in columns] for row in rows)
    text.detach()


class _Writer:
    def __init__(self, graph: Graph, base_url: str) -> None:
        self._graph = graph
        self._base = f"{base_url}/id/"

    def row(self, record: str) -> TableRow:
        node, row = Term("iri", record), TableRow(record)
        row.cells["id"] = self._key(record, "credential")
        self._texts(row, node, DCTERMS + "title", "title")
        self._texts(row, node, DCTERMS + "description", "description")
        for column, predicate in (
            ("language", DCTERMS + "language"), ("eqf_level", ELM + "EQFLevel"), ("nqf_level", ELM + "NQFLevel"),
            ("mode", ELM + "mode"),
        ):  # fmt: skip
            self._put(row, column, [self._word(concept) for concept in self._values(node, predicate)])
        fields = self._values(node, ELM + "ISCEDFCode")
        self._put(row, "isced_f", [one.value.removeprefix(ISCED_FIELDS) for one in fields])
        self._put(row, "part_of", [self._key(one.value, "programme") for one in self._values(node, ELM + "isPartOf")])
        self._put(row, "stackability", [local_name(one.value) for one in self._values(node, MC + "stackability")])
        self._put(row, "modified", [one.value[:10] for one in self._values(node, DCTERMS + "modified")])
        pages = [
            url for page in self._values(node, FOAF + "homepage") for url in self._values(page, ELM + "contentUrl")
        ]
        self._one(row, "homepage", [url.value for url in pages])
        self._body(row, node)
        self._workload(row, node)
        self._assessment(row, node)
        self._quality(row, node)
        self._outcomes(row, node)
        self._entry(row, node)
        self._offer(row, node)
        stated = {triple.predicate for triple in self._graph.triples if triple.subject == node}
        row.lost += [f"{local_name(predicate)} has no column" for predicate in sorted(stated - _SAID)]
        return row

    def _values(self, node: Term, predicate: str) -> list[Term]:
        return sorted(set(self._graph.objects(node, predicate)), key=_place)

    def _body(self, row: TableRow, node: Term) -> None:
        bodies = [
            b for a in self._values(node, ELM + "awardingOpportunity") for b in self._values(a, ELM + "awardingBody")
        ]
        for body in self._first(row, "awardingBody", bodies):
            if not body.value.startswith(row.record + "#"):
                row.cells["provider"] = self._key(body.value, "organisation")
            self._texts(row, body, ROV + "legalName", "provider_name")
            self._put(row, "country", self._countries(body))

    def _countries(self, body: Term) -> list[str]:
        places = [a for place in self._values(body, ELM + "location") for a in self._values(place, ELM + "address")]
        return [self._word(country) for place in places for country in self._values(place, ELM + "countryCode")]

    def _workload(self, row: TableRow, node: Term) -> None:
        every = self._values(node, ELM + "creditPoint")
        ects = [one for one in every if Term("iri", _ECTS) in self._graph.objects(one, ELM + "framework")]
        if len(ects) < len(every):
            row.lost.append("credits of another framework have no column")
        self._one(row, "ects", [point.value for one in ects for point in self._values(one, ELM + "point")])
        volumes = [volume.value for volume in self._values(node, ELM + "volumeOfLearning")]
        hours = [hours_from_duration(volume) for volume in volumes]
        self._one(row, "workload_hours", [plain_number(one) for one in hours if one is not None])
        if None in hours:
            row.lost.append("volumeOfLearning is no number of hours")

    def _assessment(self, row: TableRow, node: Term) -> None:
        assessments = self._values(node, ELM + "provenBy")
        self._put(row, "assessment", [self._word(t) for a in assessments for t in self._values(a, DCTERMS + "type")])
        supervisions = [self._word(s) for a in assessments for s in self._values(a, MC + "supervision")]
        self._put(row, "supervision", list(dict.fromkeys(supervisions)))

    def _quality(self, row: TableRow, node: Term) -> None:
        found = self._values(node, ELM + "accreditation")
        own = [self._own_type(row, one) for one in found]
        self._put(row, "quality_assurance", [word for word in own if word])
        agents = dict.fromkeys(agent for one in found for agent in self._values(one, ELM + "accreditingAgent"))
        for agent in self._first(row, "accreditingAgent", list(agents)):
            names = [name.value for name in self._values(agent, ROV + "legalName")]
            by_name = [name for name in names if unquote(agent.value) == f"{self._base}organisation/{_slug(name)}"]
            row.cells["accreditor"] = by_name[0] if by_name else agent.value
            if len(names) > len(by_name):
                row.lost.append("the name of an accreditor that has an address")
            self._put(row, "accreditor_country", self._countries(agent))

    def _own_type(self, row: TableRow, accreditation: Term) -> str:
        for concept in self._values(accreditation, DCTERMS + "type"):
            if not concept.value.startswith(row.record + "#"):
                return self._word(concept)
            return next((label.value for label in self._values(concept, SKOS + "prefLabel")), "")
        return ""

    def _outcomes(self, row: TableRow, node: Term) -> None:
        outcomes = self._values(node, ELM + "learningOutcome")
        titles = [
            {t.language or _UNKNOWN_LANGUAGE: t.value for t in self._values(o, DCTERMS + "title")} for o in outcomes
        ]
        for language in sorted({language for one in titles for language in one}):
            texts = [one.get(language, "") for one in titles]
            if any(_SEPARATOR in text for text in texts):
                row.lost.append(f"a learning outcome holds {_SEPARATOR}, which separates outcomes")
            row.cells[f"learning_outcomes@{language}"] = _SEPARATOR.join(t.replace(_SEPARATOR, "/") for t in texts)
        skills = [" ".join(s.value for s in self._values(o, ELM + "relatedESCOSkill")) for o in outcomes]
        if any(skills):
            row.cells["skills"] = _SEPARATOR.join(skills).rstrip(_SEPARATOR)

    def _entry(self, row: TableRow, node: Term) -> None:
        for note in self._values(node, ELM + "entryRequirement"):
            for text in self._values(note, ELM + "noteLiteral"):
                unmarked = text.language in (None, _UNKNOWN_LANGUAGE)
                row.cells["entry_requirement" if unmarked else f"entry_requirement@{text.language}"] = text.value
        for root in self._values(node, MC + "prerequisite"):
            filters = self._values(root, MC + "filter")
            needed = [one for each in filters for one in self._values(each, MC + "credential")]
            (least, *_) = [one.value for one in self._values(root, MC + "minimum")] or [""]
            properties = {t.predicate for t in self._graph.triples if t.subject in (root, *filters)}
            simple = {RDF_TYPE, MC + "filter", MC + "minimum", MC + "credential"}
            if needed and least == str(len(needed)) and properties <= simple:
                self._put(row, "prerequisites", [self._key(one.value, "credential") for one in needed])
            else:
                row.lost.append("prerequisites are a tree: a row says only what is needed, all of it")

    def _offer(self, row: TableRow, node: Term) -> None:
        starts = self._graph.subjects(ELM + "learningAchievementSpecification", node)
        opportunity = Term("iri", ELM + "LearningOpportunity")
        offers = [one for one in sorted(starts, key=_place) if opportunity in self._graph.objects(one, RDF_TYPE)]
        for offer in self._first(row, "offer", offers):
            times = [
                s for time in self._values(offer, DCTERMS + "temporal") for s in self._values(time, ELM + "startDate")
            ]
            self._one(row, "start", [time.value for time in times])
            prices = [
                a for price in self._values(offer, ELM + "priceDetail") for a in self._values(price, ELM + "amount")
            ]
            self._one(row, "price", [value.value for one in prices for value in self._values(one, RDF + "value")])
            units = [unit for one in prices for unit in self._values(one, ELM + "unit")]
            self._one(row, "currency", [unit.value.rpartition("/")[2] for unit in units])

    def _texts(self, row: TableRow, node: Term, predicate: str, column: str) -> None:
        for text in self._values(node, predicate):
            name = f"{column}@{text.language or _UNKNOWN_LANGUAGE}"
            if name in row.cells:
                row.lost.append(f"{name} has a second text")
            row.cells.setdefault(name, text.value)

    def _put(self, row: TableRow, column: str, words: Sequence[str]) -> None:
        if words:
            row.cells[column] = _SEPARATOR.join(words)

    def _one(self, row: TableRow, column: str, values: Sequence[str]) -> None:
        for value in self._first(row, column, [Term("literal", value) for value in values]):
            row.cells[column] = value.value

    def _first(self, row: TableRow, name: str, values: Sequence[Term]) -> Sequence[Term]:
        if len(values) > 1:
            row.lost.append(f"{name} has {len(values)} values, a row has room for one")
        return values[:1]

    def _word(self, concept: Term) -> str:
        """Return the shortest code word of a concept, else its IRI."""
        words = [one.value for one in self._graph.objects(concept, SKOS + "notation")]
        return min(words, key=lambda word: (len(word), word), default=concept.value)

    def _key(self, iri: str, kind: str) -> str:
        start = f"{self._base}{kind}/"
        return unquote(iri.removeprefix(start)) if iri.startswith(start) else iri


def _place(term: Term) -> tuple[str, int, str]:
    """Order parts by the number that ends their names: outcome-10 comes after outcome-9."""
    number = _NUMBER.search(term.value) if term.kind == "iri" and "#" in term.value else None
    start = term.value[: number.start()] if number else term.value
    return start, int(number[1]) if number else 0, term.language or ""


def _slug(name: str) -> str:
    """Return what names an organisation of which only the name is known; see loaders/identifiers.py."""
    return "-".join(re.findall(r"\w+", name.casefold())) or "unnamed"
