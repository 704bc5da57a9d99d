"""Two spellings of one IRI have one normal form: RFC 3986 §6.2.2, with the examples of the RFC."""

from __future__ import annotations

import pytest

from service.errors import InvalidArgument
from service.rdf.normal_iris import fault_of_name, normal_iri
from service.writing.ownership import parse_namespace


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("example://a/b/c/%7Bfoo%7D", "example://a/b/c/%7Bfoo%7D"),
        ("eXAMPLE://a/./b/../b/%63/%7bfoo%7d", "example://a/b/c/%7Bfoo%7D"),  # RFC 3986 §6.2.2
        ("HTTP://www.EXAMPLE.com/", "http://www.example.com/"),  # §6.2.2.1
        ("http://example.com:80/", "http://example.com/"),  # §6.2.3
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://e/a/b/c/./../../g", "http://e/a/g"),  # §5.2.4
        ("http://e/../x", "http://e/x"),
        ("http://e/a/..", "http://e/"),
        ("http://b/graph/%64erived", "http://b/graph/derived"),
        ("http://b/%2Fx%c3%a4", "http://b/%2Fx%C3%A4"),
        ("http://e/x?%61#%62", "http://e/x?a#b"),
        ("URN:ISBN:0451450523", "urn:isbn:0451450523"),  # RFC 8141 §3.1
        ("did:web:Uni.example", "did:web:Uni.example"),
        ("no iri", "no iri"),
    ],
)
def test_the_normal_form(given: str, normal: str) -> None:
    assert normal_iri(given) == normal
    assert normal_iri(normal) == normal


def test_a_record_has_one_of_four_schemes() -> None:
    for name in ("http://e/x", "https://e/x", "urn:uuid:x", "did:web:uni.example"):
        assert fault_of_name(name) == ""
    for name in ("javascript:x", "ftp://e/x", "tag:e,2024:x", "http://E/x"):
        assert fault_of_name(name)


@pytest.mark.parametrize(
    "text", ["http://uni.example", "http://", "http:///", "https://uni.example/cour", "urn:", "ftp://e/", "x",
             "http://UNI.example/"],
)  # fmt: skip
def test_a_prefix_that_ends_inside_a_name_is_not_registered(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_namespace(text)


@pytest.mark.parametrize("text", ["http://uni.example/", "https://uni.example/x#", "urn:uni:", "did:web:uni.example:"])
def test_a_prefix_of_a_host_or_kind_is_registered(text: str) -> None:
    assert parse_namespace(text) == text
