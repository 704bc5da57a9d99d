"""The fast engine and the reference report the same on every example and on records spoiled in every statement."""

from __future__ import annotations

from functools import cache

import pytest
from rdflib import Graph

from service.oxigraph import triples_from_text
from service.store import Triple
from service.validation.context import surroundings
from service.validation.engine import engine_for
from service.validation.profiles import Profile, load_profile, profile_names
from tests.catalogue import RECORD, CodeLists, record
from tests.conformance.test_manifest import CASES, DEFAULT_DAY, PREFIXES, SHAPES, Case, described, profile

pytest.importorskip("shacl", reason="needs the fast extra")

LINES = [line for line in RECORD.splitlines() if line]
NAMES = profile_names(SHAPES)


def triples_of(example: Case) -> list[Triple]:
    data = Graph().parse(example.data)
    if example.change:
        data.update(example.change, initNs=PREFIXES)
    return list(triples_from_text(described(data).serialize(format="nt").encode(), "application/n-triples"))


@cache
def any_profile(name: str) -> Profile:
    return load_profile(SHAPES, name)


@pytest.mark.parametrize("example", CASES, ids=lambda example: example.name.replace(" ", "-"))
def test_engines_agree_on_the_example(example: Case) -> None:
    triples, shapes = triples_of(example), profile(example.profile, example.day)
    assert engine_for(shapes, "fast").run(triples) == engine_for(shapes, "reference").run(triples)


@pytest.mark.parametrize("number", range(len(LINES)))
@pytest.mark.parametrize("spoil", ["removed", "as-text", "as-blank-node"])
def test_engines_agree_on_a_record_with_one_statement_spoiled(number: int, spoil: str) -> None:
    subject, predicate, _ = LINES[number].split(" ", 2)
    replaced = {"removed": "", "as-text": f'{subject} {predicate} "7"', "as-blank-node": ""}[spoil]
    text = record("a", without=LINES[number].replace("{x}", "http://localhost:8000/id/credential/a"), extra=replaced)
    if spoil == "as-blank-node":
        text = text.replace("<http://localhost:8000/id/credential/a#body>", "_:body")
    triples = list(triples_from_text(text.encode(), "application/n-quads"))
    triples += surroundings(triples, CodeLists())[0]
    for name in NAMES:
        shapes = any_profile(name)
        assert engine_for(shapes, "fast").run(triples) == engine_for(shapes, "reference").run(triples)


def test_every_profile_runs_on_the_fast_engine() -> None:
    for name in NAMES:
        engine_for(profile(name, DEFAULT_DAY), "fast")
