"""Derived statements over the small catalogue, worked out by hand and checked by property paths."""

from __future__ import annotations

import pytest

from service.derived import derive
from service.oxigraph import OxigraphStore
from tests.small_catalogue import PREFIXES, iri, small_nquads

MC = PREFIXES["mc"]


@pytest.fixture(scope="module")
def loaded() -> OxigraphStore:
    return OxigraphStore.in_memory(small_nquads())


@pytest.fixture(scope="module")
def derived(loaded: OxigraphStore) -> list[tuple[str, str, str]]:
    return [(t.subject.value, t.predicate.removeprefix(MC), t.object.value) for t in derive(loaded)]


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("ects", "c:a 5, c:b 2.5, c:c 10"),
        ("provider", "c:a org:north, c:b org:south, c:c org:north"),
        ("teachesSkill", "c:a s:narrow, c:b s:broad, c:c s:narrow, c:c s:other"),
        (
            "coversSkill",
            "c:a s:narrow, c:a s:broad, c:a s:group, c:b s:broad, c:b s:group, "
            "c:c s:narrow, c:c s:broad, c:c s:group, c:c s:other",
        ),
        ("requiresCredential", "c:b c:a, c:c c:b, c:d c:c, c:d c:d"),
        ("requiresSkill", "p:maps s:other, p:data s:broad"),
        ("countsTowards", "c:a p:maps, c:a p:degree, c:b p:degree"),
    ],
)
def test_derived_statements_are_those_worked_out_by_hand(
    name: str, pairs: str, derived: list[tuple[str, str, str]]
) -> None:
    expected = sorted(tuple(iri(part) for part in pair.split(" ")) for pair in pairs.split(", "))
    assert sorted((subject, value) for subject, predicate, value in derived if predicate == name) == expected


def test_every_statement_comes_once(derived: list[tuple[str, str, str]]) -> None:
    assert len(derived) == len(set(derived))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("coversSkill", "elm:learningOutcome/elm:relatedESCOSkill/skos:broader*"),
        ("requiresCredential", "mc:prerequisite/mc:part*/mc:filter/mc:credential"),
    ],
)
def test_property_path_finds_the_same(
    name: str, path: str, loaded: OxigraphStore, derived: list[tuple[str, str, str]]
) -> None:
    prologue = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in ("elm", "mc", "skos"))
    rows = loaded.select(f"{prologue} SELECT DISTINCT ?a ?b {{ ?a a mc:MicroCredential ; {path} ?b }}").rows
    found = sorted((row["a"].value, row["b"].value) for row in rows)
    assert found == sorted((subject, value) for subject, predicate, value in derived if predicate == name)


def test_circle_of_broader_skills_ends() -> None:
    store = OxigraphStore.in_memory(small_nquads())
    circle = "<{0}> <http://www.w3.org/2004/02/skos/core#broader> <{1}> <urn:g> .\n"
    more = OxigraphStore.in_memory(small_nquads() + circle.format(iri("s:group"), iri("s:narrow")).encode())
    covered = [sum(t.predicate == MC + "coversSkill" for t in derive(given)) for given in (store, more)]
    assert covered == [9, 3 + 3 + 4]  # b now covers the narrow skill, too
