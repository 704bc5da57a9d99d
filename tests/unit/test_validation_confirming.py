"""Where the engines differ on a record pySHACL is right, and the log says so; tried with engines that lie."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.loading.gate import gate
from service.rdf.statements import Triple
from service.rdf.terms import Term
from service.validation.documents import CONFIRMED_STATEMENTS, Document, engine_of, verdicts
from service.validation.engines import confirming, engine
from service.validation.engines.confirming import Confirmation
from service.validation.engines.engine import EngineName
from service.validation.profiles import Profile, load_profile
from service.validation.results import Engine, Result
from tests.conftest import ROOT
from tests.support.records import BASE, CodeLists, record, written

GOOD, BAD = record("good"), record("bad", without="#assessment")


class Blind:
    """An engine that finds nothing wrong with anything."""

    parallel = True

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        return ()

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        return ()


class Grumpy(Blind):
    """An engine that refuses every record for its title."""

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        focus = nquads.split(b"<", 1)[1].split(b">", 1)[0].decode()
        shape = "https://w3id.org/pinoamo/shapes#MicroCredential-title"
        return (Result(Term("iri", focus), shape, "violation", None, "MinCountConstraintComponent", ""),)


@pytest.fixture(scope="module")
def eu() -> Profile:
    return load_profile(ROOT / "shapes", "eu")


def lie(monkeypatch: pytest.MonkeyPatch, liar: Engine) -> None:
    honest = engine.engine_for

    def found(profile: Profile, name: EngineName | None = None) -> Engine:
        return liar if name is None else honest(profile, name)

    monkeypatch.setattr(confirming, "engine_for", found)


def decisions(path: Path, eu: Profile, how: Confirmation) -> list[str]:
    return [one.decision for one in gate(path, profile=eu, context=CodeLists(), confirmation=how) if one.iri]


def test_record_that_the_fast_engine_refuses_wrongly_is_accepted_and_logged(
    tmp_path: Path, eu: Profile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lie(monkeypatch, Grumpy())
    with caplog.at_level(logging.WARNING):
        assert decisions(written(tmp_path, GOOD), eu, Confirmation(refused=1, share=0)) == ["accepted"]
    assert BASE + "good" in caplog.text
    assert "MicroCredential-title" in caplog.text


def test_record_that_the_fast_engine_lets_in_wrongly_is_refused_where_it_is_picked(
    tmp_path: Path, eu: Profile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lie(monkeypatch, Blind())
    path = written(tmp_path, BAD)
    assert decisions(path, eu, Confirmation(refused=0, share=0)) == ["accepted"]
    assert not caplog.records
    assert decisions(path, eu, Confirmation(refused=0, share=1)) == ["refused"]
    assert BASE + "bad" in caplog.text


def test_after_one_lie_the_reference_judges_the_rest_of_the_load(
    tmp_path: Path, eu: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Turncoat(Blind):
        parallel = False

        def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
            return Grumpy().run_text(nquads) if b"first" in nquads else ()

    lie(monkeypatch, Turncoat())
    path = written(tmp_path, record("first"), BAD)
    assert decisions(path, eu, Confirmation(refused=1, share=0)) == ["accepted", "refused"]


def test_no_more_refusals_are_confirmed_than_may_be(
    tmp_path: Path, eu: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked(Blind):
        times = 0

        def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
            self.times += 1
            return Grumpy().run_text(nquads)

    asked = Asked()
    monkeypatch.setattr(confirming, "engine_for", lambda _, name: Grumpy() if name is None else asked)
    path = written(tmp_path, *(record(f"r{number}") for number in range(5)))
    assert decisions(path, eu, Confirmation(refused=2, share=0)) == ["refused"] * 5
    assert asked.times == 2


def test_the_same_records_are_picked_in_every_load(
    tmp_path: Path, eu: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    picked: list[list[bytes]] = []

    class Noted(Blind):
        def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
            picked[-1].append(nquads)
            return ()

    monkeypatch.setattr(confirming, "engine_for", lambda _, name: Blind() if name is None else Noted())
    path = written(tmp_path, *(record(f"r{number}") for number in range(40)))
    for _ in range(2):
        picked.append([])
        decisions(path, eu, Confirmation(share=0.25))
    assert sorted(picked[0]) == sorted(picked[1])
    assert 0 < len(picked[0]) < 40


def test_document_is_judged_by_both_engines_and_the_reference_decides(
    eu: Profile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from service.rdf.syntax import triples_from_text

    triples = tuple(triples_from_text(BAD.encode(), "application/n-quads"))
    document = Document("bad", triples, ())
    both = engine.BothEngines(Blind(), engine.engine_for(eu, "reference"))
    monkeypatch.setattr(engine, "_engine", lambda _, name: both if name == "both" else Blind())
    with caplog.at_level(logging.WARNING):
        (verdict,) = verdicts(document, [eu], CodeLists())
    assert verdict.outcome == "fails"
    assert "disagree" in caplog.text
    assert BASE not in caplog.text  # what a document says is logged nowhere


def test_large_document_is_left_to_the_fast_engine() -> None:
    one = Triple(Term("iri", "urn:x:a"), "urn:x:b", Term("iri", "urn:x:c"))
    assert engine_of(Document("small", (one,) * CONFIRMED_STATEMENTS, ())) == "both"
    assert engine_of(Document("large", (one,) * (CONFIRMED_STATEMENTS + 1), ())) is None
