"""Derived statements over the small catalogue, worked out by hand and checked by property paths."""

from __future__ import annotations

import pytest

from service.releases.derived import PROPERTIES
from service.store.oxigraph import OxigraphStore
from tests.support.small_catalogue import PREFIXES, derived_triples, iri, small_nquads, small_store

MC = PREFIXES["mc"]


@pytest.fixture(scope="module")
def loaded() -> OxigraphStore:
    return OxigraphStore.in_memory(small_nquads())


@pytest.fixture(scope="module")
def derived(loaded: OxigraphStore) -> list[tuple[str, str, str]]:
    return [(t.subject.value, t.predicate.removeprefix(MC), t.object.value) for t in derived_triples(loaded)]


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("ects", "c:a 5, c:b 2.5, c:c 10"),
        ("provider", "c:a org:north, c:b org:south, c:c org:north"),
        ("teachesSkill", "c:a s:narrow, c:b s:broad, c:c s:narrow, c:c s:other"),
        (
            "isOrNarrows",
            "s:narrow s:narrow, s:narrow s:broad, s:narrow s:group, s:broad s:broad, s:broad s:group, "
            "s:other s:other, s:other s:group",
        ),
        ("requiresCredential", "c:b c:a, c:c c:b, c:d c:c, c:d c:d"),
        ("namesCredential", "c:b c:a, c:c c:b, c:d c:c, c:d c:d"),
        ("requiresSkill", "p:maps s:other, p:data s:broad"),
        ("namesSkill", "p:maps s:other, p:data s:broad"),
        ("awardedBy", "c:a org:north, c:b org:south, c:c org:north"),
        ("countsTowards", "c:a p:maps, c:a p:degree, c:b p:degree"),
        ("claimedTowards", "c:a p:maps, c:a p:degree"),
        ("acceptedTowards", "c:b p:degree"),
    ],
)
def test_derived_statements_are_those_worked_out_by_hand(
    name: str, pairs: str, derived: list[tuple[str, str, str]]
) -> None:
    expected = sorted(tuple(iri(part) for part in pair.split(" ")) for pair in pairs.split(", "))
    assert sorted((subject, value) for subject, predicate, value in derived if predicate == name) == expected


MORE = """
<{a}> <{elm}volumeOfLearning> "PT135H"^^<http://www.w3.org/2001/XMLSchema#duration> <urn:g> .
<{b}> <{elm}volumeOfLearning> "P2M"^^<http://www.w3.org/2001/XMLSchema#duration> <urn:g> .
<urn:offer> <{elm}learningAchievementSpecification> <{a}> <urn:g> .
<urn:offer> <{elm}providedBy> <{south}> <urn:g> .
<{a}> <{mc}prerequisite> <urn:any> <urn:g> .
<urn:any> <{mc}minimum> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <urn:g> .
<urn:any> <{mc}filter> <urn:filter> <urn:g> .
<urn:filter> <{mc}credential> <{b}> <urn:g> .
<urn:filter> <{mc}credential> <{c}> <urn:g> .
"""


def test_any_of_two_requires_none_and_who_offers_is_not_who_awards() -> None:
    names = {name: iri(f"c:{name}") for name in "abc"}
    text = MORE.format(**names, south=iri("org:south"), elm=PREFIXES["elm"], mc=MC)
    found = derived_triples(OxigraphStore.in_memory(small_nquads() + text.encode()))
    of_a = {(t.predicate.removeprefix(MC), t.object.value) for t in found if t.subject.value == names["a"]}
    assert {("namesCredential", names["b"]), ("namesCredential", names["c"])} <= of_a
    assert "requiresCredential" not in {name for name, _ in of_a}
    assert {("hours", "135"), ("awardedBy", iri("org:north")), ("offeredBy", iri("org:south"))} <= of_a
    # Two months have no number of hours.
    assert "hours" not in {t.predicate.removeprefix(MC) for t in found if t.subject.value == names["b"]}


def test_who_awards_both_accepts_what_it_claims() -> None:
    elm = PREFIXES["elm"]
    # p:degree, of which p:maps is a module, is awarded by the body that awards c:a.
    more = (
        f"<{iri('p:degree')}> <{elm}awardingOpportunity> <urn:awarding> <urn:g> .\n"
        f"<urn:awarding> <{elm}awardingBody> <{iri('org:north')}> <urn:g> .\n"
    )
    found = derived_triples(OxigraphStore.in_memory(small_nquads() + more.encode()))
    accepted = {(t.subject.value, t.object.value) for t in found if t.predicate == MC + "acceptedTowards"}
    assert accepted == {(iri("c:a"), iri("p:maps")), (iri("c:a"), iri("p:degree")), (iri("c:b"), iri("p:degree"))}


def test_what_is_derived_is_listed(derived: list[tuple[str, str, str]]) -> None:
    assert {predicate for _, predicate, _ in derived} <= set(PROPERTIES)


def test_every_statement_comes_once(derived: list[tuple[str, str, str]]) -> None:
    assert len(derived) == len(set(derived))


@pytest.mark.parametrize(
    ("derived_path", "path"),
    [
        ("mc:teachesSkill/mc:isOrNarrows", "elm:learningOutcome/elm:relatedESCOSkill/skos:broader*"),
        ("mc:namesCredential", "mc:prerequisite/mc:part*/mc:filter/mc:credential"),
    ],
)
def test_property_path_over_what_is_loaded_finds_the_same(derived_path: str, path: str) -> None:
    store = small_store()
    prologue = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in ("elm", "mc", "skos"))
    found, expected = (
        store.select(f"{prologue} SELECT DISTINCT ?a ?b {{ ?a a mc:MicroCredential ; {given} ?b }} ORDER BY ?a ?b").rows
        for given in (derived_path, path)
    )
    assert found == expected


def test_circle_of_broader_skills_ends() -> None:
    store = OxigraphStore.in_memory(small_nquads())
    circle = "<{0}> <http://www.w3.org/2004/02/skos/core#broader> <{1}> <urn:g> .\n"
    more = OxigraphStore.in_memory(small_nquads() + circle.format(iri("s:group"), iri("s:narrow")).encode())
    narrows = [
        {(t.subject.value, t.object.value) for t in derived_triples(given) if t.predicate == MC + "isOrNarrows"}
        for given in (store, more)
    ]
    new = {
        (iri(skill), iri(broader))
        for skill, broader in (("s:broad", "s:narrow"), ("s:other", "s:narrow"), ("s:other", "s:broad"))
    }
    assert narrows[1] - narrows[0] == new
