"""What a plan costs: nothing is free in any currency, and what is not known is never a number."""

from __future__ import annotations

from decimal import Decimal

import pyoxigraph as ox
import pytest

from service.stacking.answers.audit import find_path
from service.stacking.answers.to_json import answer_to_json
from service.stacking.matrix.build import gather
from service.stacking.question.from_json import Question
from service.stacking.requirements.tree import Credits
from service.store.oxigraph import OxigraphStore
from tests.support.stacking_cases import credential, problem

PREFIXES = {
    "mc": "https://w3id.org/pinoamo/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "elm": "http://data.europa.eu/snb/model/elm/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "currency": "http://publications.europa.eu/resource/authority/currency/",
}


def offer(name: str, price: str = "", unit: str = "") -> str:
    """Return a micro-credential of the catalogue whose offer has a price."""
    amount = f'rdf:value "{price}"^^xsd:decimal{f"; elm:unit currency:{unit}" if unit else ""}'
    return f"""
        <http://example.org/{name}> a mc:MicroCredential .
        <http://example.org/{name}/offer> elm:learningAchievementSpecification <http://example.org/{name}> ;
            elm:priceDetail [ elm:amount [ {amount} ] ] .
        """


def costs_of(*offers: str) -> dict[str, int]:
    """Return the price in cents that a catalogue of these knows, by the end of the name; -1: not known."""
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    data = ox.serialize(ox.parse(prefixes + "\n".join(offers), format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_QUADS)
    assert data is not None
    lines = [line.removesuffix(b".") + b"<http://example.org/graph> ." for line in data.splitlines()]
    arrays, texts = gather(OxigraphStore.in_memory(b"\n".join(lines)))
    return {iri.rpartition("/")[2]: int(cost) for iri, cost in zip(texts["iris"], arrays["cost"], strict=True)}


def test_nothing_is_free_in_any_currency() -> None:
    found = costs_of(
        offer("krona", "0", "SEK"), offer("zloty", "0.00", "PLN"), offer("bare", "0"), offer("euro", "0", "EUR")
    )
    assert set(found.values()) == {0}


def test_price_that_is_not_in_euros_is_not_known() -> None:
    assert costs_of(offer("krona", "75", "SEK"), offer("bare", "75"), offer("euro", "75", "EUR")) == {
        "krona": -1, "bare": -1, "euro": 7500,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("prices", "total", "unknown"),
    [((None, None), None, 2), ((None, 7), 7, 1), ((None, 0), 0, 1), ((0, 0), 0, 0), ((3, 7), 10, 0)],
)
def test_sum_of_what_nobody_knows_is_no_number(prices: tuple[int | None, ...], total: int | None, unknown: int) -> None:
    offers = [
        credential(f"c{place}", cost=None if price is None else Decimal(price)) for place, price in enumerate(prices)
    ]
    asked = problem(Credits("goal", Decimal(10)), (), offers)
    body = answer_to_json(Question(asked), find_path(asked))
    assert (body["total_cost"], len(body["cost_unknown"])) == (total, unknown)
