"""Turns the Turtle of our terms and profiles into pages and documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from ...errors import InvalidArgument, NotFound
from ...messages.messages import Text, best_text
from ...rdf.media_types import N_TRIPLES, TURTLE
from ...rdf.namespaces import DCTERMS, MC, OWL, RDF, RDFS, SKOS
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import local_name
from ...resources import ONTOLOGY, SHAPES
from ...validation.profiles import MCS, Check, Profile, load_profile
from .render import HtmlPage
from .statements import Shown, Statements

_VALUE = RDF + "value"
_WHOLE = f"{MCS}example-"
_CLASSES = {RDFS + "Class", OWL + "Class"}
_PROPERTIES = {
    RDF + "Property",
    OWL + "ObjectProperty",
    OWL + "DatatypeProperty",
}
_FACTS = (
    ("usage", SKOS + "scopeNote"),
    ("parent", RDFS + "subClassOf"),
    ("parent", RDFS + "subPropertyOf"),
    ("domain", RDFS + "domain"),
    ("range", RDFS + "range"),
    ("related", OWL + "equivalentClass"),
    ("related", OWL + "equivalentProperty"),
    ("related", SKOS + "exactMatch"),
    ("related", SKOS + "closeMatch"),
    ("related", SKOS + "broadMatch"),
    ("related", SKOS + "narrowMatch"),
    ("related", SKOS + "relatedMatch"),
    ("related", RDFS + "seeAlso"),
)


@dataclass(frozen=True, slots=True)
class TermView:
    """One of our terms."""

    name: str
    label: Text
    definition: Text | None
    facts: tuple[tuple[str, tuple[Shown, ...]], ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule of a profile.

    `note` says where it goes beyond its source, in English; `example` is the change to a complete example that makes
    this rule fail, in Turtle with a plus or a minus before each line.
    """

    id: str
    element: str
    name: Text
    severity: str
    message: Text
    sources: tuple[Shown, ...]
    note: str
    example: str


@cache
def ontology_triples() -> tuple[Triple, ...]:
    """Return every statement of the ontology, code lists apart; the files are read once."""
    found: dict[Triple, None] = {}
    for path in sorted(ONTOLOGY.glob("*.ttl")):
        with path.open("rb") as file:
            found.update(dict.fromkeys(triples_from_text(file, TURTLE)))
    return tuple(found)


def term_triples(name: str) -> tuple[Triple, ...]:
    """Return what the ontology says of one term.

    Raises:
        NotFound: we define no such term.
    """
    found = tuple(triple for triple in ontology_triples() if triple.subject.value == MC + name)
    if not found:
        raise NotFound(f"the ontology has no term {name[:100]!r}; /ontology lists them")
    return found


def term_groups(page: HtmlPage, only: str | None = None) -> list[tuple[str, list[TermView]]]:
    """Return our terms for a page: classes, properties, values; or one term alone.

    Raises:
        NotFound: we define no such term.
    """
    if only is not None:
        term_triples(only)
    about = Statements(ontology_triples(), page.language)
    groups: dict[str, list[TermView]] = {"classes": [], "properties": [], "individuals": []}
    subjects = {t.subject.value for t in ontology_triples() if t.subject.value.startswith(MC)}
    for iri in sorted(subjects, key=str.lower):
        name = iri[len(MC) :]
        if only in (None, name):
            types = set(about.types(iri))
            group = "classes" if types & _CLASSES else "properties" if types & _PROPERTIES else "individuals"
            groups[group].append(_term(iri, name, about, page))
    return list(groups.items())


@cache
def sources_version() -> str:
    """Return what changes when a file of the ontology or of the shapes does."""
    digest = hashlib.sha256()
    for path in sorted([*ONTOLOGY.rglob("*.ttl"), *SHAPES.rglob("*.ttl")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def ontology_version() -> str:
    """Return the version of the ontology."""
    versions = {t.object.value for t in ontology_triples() if t.predicate == OWL + "versionInfo"}
    return max(versions, default="")


def profile(name: str) -> Profile:
    """Return a profile as it stands today; its shapes are read once a day.

    Raises:
        NotFound: there is no such profile.
    """
    return _profile(name, date.today())


@lru_cache(maxsize=64)
def _profile(name: str, day: date) -> Profile:
    try:
        return load_profile(SHAPES, name, day)
    except InvalidArgument as error:
        raise NotFound(str(error)) from error


def profile_triples(name: str) -> tuple[Triple, ...]:
    """Return the shapes of a profile."""
    return _profile_triples(name, date.today())


@lru_cache(maxsize=64)
def _profile_triples(name: str, day: date) -> tuple[Triple, ...]:
    profile = _profile(name, day)
    text = profile.graph.serialize(format="nt", encoding="utf-8")
    wanted = profile.checks.keys() | {_WHOLE + check.kind for check in profile.checks.values()}
    examples = (triple for triple in _example_triples() if triple.subject.value in wanted)
    return (*triples_from_text(text, N_TRIPLES), *examples)


@cache
def _example_triples() -> tuple[Triple, ...]:
    return tuple(triples_from_text((SHAPES / "examples.ttl").read_bytes(), TURTLE))


@cache
def _examples() -> Mapping[str, str]:
    return {t.subject.value: t.object.value for t in _example_triples() if t.predicate in (SKOS + "example", _VALUE)}


def complete_examples(name: str) -> list[tuple[str, str]]:
    """Return the complete examples that the rules of a profile change: the kind of thing, and Turtle."""
    kinds = dict.fromkeys(check.kind for check in profile(name).checks.values())
    return [(kind, _examples()[_WHOLE + kind]) for kind in kinds if _WHOLE + kind in _examples()]


def rules(name: str, page: HtmlPage) -> list[RuleView]:
    """Return the rules of a profile in the order of the definition."""
    return [_rule(check, page) for check in profile(name).checks.values()]


def profile_title(name: str, page: HtmlPage) -> Text | None:
    """Return the title of a profile."""
    return best_text(profile(name).title, page.language)


def _term(iri: str, name: str, about: Statements, page: HtmlPage) -> TermView:
    facts: dict[str, list[Shown]] = {}
    for key, predicate in _FACTS:
        for term in about.terms(iri, predicate):
            if term.kind == "iri":
                facts.setdefault(key, []).append(_reference(term.value, page))
        if (text := about.text(iri, predicate)) is not None:
            facts.setdefault(key, []).append(Shown(text))
    definition = about.text(iri, SKOS + "definition") or about.text(iri, RDFS + "comment")
    sources = [Shown(text) for text in about.texts(iri, DCTERMS + "source")]
    if sources:
        facts["source"] = sources
    return TermView(name, about.label(iri), definition, tuple((key, tuple(values)) for key, values in facts.items()))


def _reference(iri: str, page: HtmlPage) -> Shown:
    if iri.startswith(MC):
        return Shown(Text(f"mc:{iri[len(MC) :]}"), page.path(f"/ontology/{iri[len(MC) :]}?lang={page.language}"))
    return Shown(Text(iri), iri)


def _rule(check: Check, page: HtmlPage) -> RuleView:
    return RuleView(
        local_name(check.shape),
        check.element,
        best_text(check.name, page.language) or Text(check.element),
        check.severity,
        best_text(check.message, page.language) or Text(""),
        tuple(Shown(Text(source, "en")) for source in check.source.split("; ") if source),
        check.note,
        _examples().get(check.shape, ""),
    )
