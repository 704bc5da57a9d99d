"""Synthetic records with one planted defect each, for every check of every profile, catalogue entries and credentials.

The defects are the examples of `tests/conformance`: a check without one fails a test there, so that a new shape brings
its own planted defect. A record differs from the example in identifiers, titles, credits, level, number of learning
outcomes and in which nodes are blank, where the defect leaves these alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from rdflib import Graph

from tests.conformance.manifest import CASES, PREFIXES, Case

_EXAMPLE = "<https://example.org/"
_ELM = "http://data.europa.eu/snb/model/elm/"
_TITLES = ('"Data ethics"@en', '"Dataetiikka"@fi', '"Dataetik"@sv')
_POINT, _VOLUME = f'<{_ELM}point> "5" .', '"PT135H"^^'
_LEVEL = "<http://data.europa.eu/snb/eqf/6>"
_OUTCOME = f"<{_ELM}learningOutcome> {_EXAMPLE}outcome> ."
_BLANKED = ("address", "assessment", "award", "awarding", "credit", "grade", "place", "test")
CREDITS = (5, 6, 7, 8)
"""Credits that suit every country's range."""


@dataclass(frozen=True)
class Record:
    """A record, the example it was made of, and so what must be found in it: `case.expected`."""

    case: Case
    nquads: bytes


@cache
def _lines(case: Case) -> tuple[str, ...]:
    data = Graph().parse(case.data)
    if case.change:
        data.update(case.change, initNs=PREFIXES)
    return tuple(sorted(data.serialize(format="nt").splitlines()))


def planted(count: int, seed: int = 7) -> Iterator[Record]:
    """Yield records, each kind of defect as often as any other give or take one, in an order that the seed decides."""
    rng = random.Random(seed)
    cases = [case for _ in range(-(-count // len(CASES))) for case in CASES][:count]
    for number, case in enumerate(cases):
        yield Record(case, _varied(_lines(case), number, rng).encode())


def _varied(lines: tuple[str, ...], number: int, rng: random.Random) -> str:
    text = "\n".join(rng.sample(lines, len(lines))) + "\n"
    for title in _TITLES:
        text = text.replace(title, f"{title[:-4]} {number}{title[-4:]}")
    if text.count(_POINT) == text.count(_VOLUME) == 1:
        points = rng.choice(CREDITS)
        text = text.replace(_POINT, f'<{_ELM}point> "{points}" .').replace(_VOLUME, f'"PT{points * 27}H"^^')
    if text.count(_LEVEL) == text.count("/eqf/") == 1:
        text = text.replace(_LEVEL, f"<http://data.europa.eu/snb/eqf/{rng.choice((6, 7))}>")
    about = [line for line in lines if line.startswith(_EXAMPLE + "outcome>")]
    owned = [line for line in lines if line.endswith(_OUTCOME)]
    if owned and len(about) >= 4:
        for extra in range(rng.randrange(6)):
            copy = [line.replace("/outcome>", f"/outcome-{extra}>") for line in (*owned, *about)]
            text += "\n".join(copy) + "\n"
    if rng.random() < 0.5:
        for name in _BLANKED:
            text = text.replace(f"{_EXAMPLE}{name}>", f"_:{name}")
    return text.replace(_EXAMPLE, f"<http://localhost:8000/id/planted/{number}/")
