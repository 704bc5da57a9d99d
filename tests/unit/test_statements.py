"""Descriptions are read for pages without changing what they say: durations, numbers, order, safe markup."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.messages.messages import Text
from service.rdf.durations import hours_from_duration, in_hours, plain_number
from service.rdf.namespaces import DCTERMS, ELM, XSD
from service.rdf.statements import Triple
from service.rdf.terms import Term
from service.web.pages.schema_org import markup
from service.web.pages.statements import Shown, Statements
from service.web.pages.views import CredentialView

X = "http://example.org/x"


def workload(text: str, datatype: str = XSD + "duration") -> Triple:
    return Triple(Term("iri", X), ELM + "volumeOfLearning", Term("literal", text, None, datatype))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("PT135H", 135), ("P5DT15H", 135), ("P1D", 24), ("PT90M", Decimal("1.5")), ("PT36S", Decimal("0.01")),
        ("P1M", None), ("P1Y", None), ("P", None), ("PT", None), ("135", None), ("-PT1H", None), ("", None),
    ],
)  # fmt: skip
def test_durations_are_read_in_hours(text: str, hours: int | Decimal | None) -> None:
    assert hours_from_duration(text) == hours


@given(st.integers(0, 10_000), st.integers(0, 23))
def test_a_workload_is_written_in_hours_and_keeps_its_value(days: int, hours: int) -> None:
    found = in_hours(workload(f"P{days}DT{hours}H")).object
    assert (found.value, found.datatype) == (f"PT{days * 24 + hours}H", XSD + "duration")


@pytest.mark.parametrize(
    "triple", [workload("P60M"), workload("PT90M"), workload("five"), workload("P1D", XSD + "string")]
)
def test_what_is_no_whole_number_of_hours_stays(triple: Triple) -> None:
    assert in_hours(triple) == triple


@pytest.mark.parametrize(
    ("text", "shown"), [("5.00", "5"), ("7.50", "7.5"), ("60", "60"), ("0", "0"), ("five", "five"), ("NaN", "NaN")]
)
def test_numbers_lose_needless_zeros_only(text: str, shown: str) -> None:
    assert plain_number(text) == shown


def test_parts_come_in_the_order_of_their_numbers() -> None:
    triples = [Triple(Term("iri", X), ELM + "learningOutcome", Term("iri", f"{X}#outcome-{n}")) for n in (10, 2, 1)]
    found = Statements(triples, "en").values(X, ELM + "learningOutcome")
    assert [iri.rpartition("-")[2] for iri in found] == ["1", "2", "10"]


def test_a_label_comes_from_elsewhere_when_the_description_has_none() -> None:
    about = Statements([], "fi", lambda iri: {"fi": "verkossa"} if iri == X else {})
    assert about.label(X) == Text("verkossa", "fi")
    assert about.label("http://example.org/things/y") == Text("y")


@given(st.text())
def test_no_title_can_end_the_script_it_stands_in(title: str) -> None:
    nasty = title + "</script><!--&\u2028"
    about = Statements([Triple(Term("iri", X), DCTERMS + "title", Term("literal", nasty, "en"))], "en")
    view = CredentialView(
        Text(nasty, "en"), Text(nasty, "en"), (Shown(Text(nasty)),), "5", None, (), (), None, None, None, (), (), ()
    )
    text = str(markup(X, view, about, f"http://x/?q={nasty}", lambda item: item.iri + nasty))
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text)["name"] == nasty
