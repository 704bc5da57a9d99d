"""Accept and Accept-Language: expectations worked out by hand from RFC 9110 §12.5 and RFC 4647 §3.4."""

from __future__ import annotations

import pytest

from service.errors import NotAcceptable
from service.negotiation import choose, choose_format, choose_language, content_type

JSON, XML, CSV, TURTLE, HTML = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/turtle",
    "text/html",
)
OFFERED = (JSON, XML, CSV)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        (XML, XML),
        ("APPLICATION/SPARQL-RESULTS+XML", XML),
        (f"{XML}, {JSON};q=0.9", XML),
        (f"{JSON};q=0.5, {XML};q=0.6, {CSV};q=0.4", XML),
        ("text/*", CSV),
        ("text/*;q=0.3, */*;q=0.2", CSV),
        # a type the client names beats one that only a wildcard covers
        ("*/*, text/csv", CSV),
        ("text/csv;q=0.5, */*", JSON),
        # the closest range gives the quality, not the highest one (RFC 9110 §12.5.1)
        (f"*/*, {JSON};q=0", XML),
        (f"application/*;q=0.2, {JSON};q=0.1, text/csv;q=0.1", XML),
        ("text/csv;charset=utf-8", CSV),
        ('text/csv;note="a,b;q=0";q=1', CSV),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", JSON),
        # unreadable elements do not count
        ("text/csv;q=2, application/sparql-results+xml", XML),
        ("nonsense", JSON),
        (" , ,text/csv,", CSV),
        ("text/csv ; q=1.000", CSV),
    ],
)
def test_accept_chooses_by_quality_then_exactness(accept: str | None, expected: str) -> None:
    assert choose(accept, OFFERED) == expected


@pytest.mark.parametrize("accept", ["text/turtle", "image/*", "*/*;q=0", f"{JSON};q=0, {XML};q=0, text/*;q=0"])
def test_nothing_acceptable_is_refused_and_names_what_exists(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        choose(accept, OFFERED)
    assert refusal.value.offered == OFFERED


def test_of_equal_quality_the_first_offered_wins() -> None:
    assert choose(f"{XML}, {JSON}", OFFERED) == JSON
    assert choose("text/turtle, text/html", (HTML, TURTLE)) == HTML


@pytest.mark.parametrize(("name", "expected"), [("json", JSON), ("csv", CSV), (XML, XML)])
def test_format_names_a_media_type(name: str, expected: str) -> None:
    assert choose_format(name, OFFERED) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("json", "application/ld+json"), ("xml", "application/rdf+xml"), ("turtle", TURTLE), ("ttl", TURTLE)],
)
def test_format_of_a_graph_goes_by_the_names_clients_use(name: str, expected: str) -> None:
    assert choose_format(name, (TURTLE, "application/ld+json", "application/rdf+xml")) == expected


@pytest.mark.parametrize("name", ["ttl", "exe", "", "text/turtle"])
def test_unknown_or_unfitting_format_is_refused(name: str) -> None:
    with pytest.raises(NotAcceptable, match="json, xml, csv"):
        choose_format(name, OFFERED)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("fi", "fi"),
        ("sv-FI, fi;q=0.9", "sv"),
        ("fi-FI-x-private", "fi"),
        ("de-DE, sv;q=0.5", "sv"),
        ("fi;q=0.4, sv;q=0.6", "sv"),
        ("de", "en"),
        ("*", "en"),
        ("en;q=0, *", "fi"),
        ("en;q=0", "fi"),
        ("fi;q=0, sv", "sv"),
        ("SV", "sv"),
        ("???, fi", "fi"),
        ("en-*;q=0.1, fi;q=0.2", "fi"),
    ],
)
def test_language_is_looked_up(header: str | None, expected: str) -> None:
    assert choose_language(header, ("en", "fi", "sv")) == expected


def test_text_types_say_their_charset_and_json_does_not() -> None:
    assert content_type(CSV) == "text/csv; charset=utf-8"
    assert content_type(TURTLE) == "text/turtle; charset=utf-8"
    assert content_type(JSON) == JSON
