"""A thing keeps its name on the way through addresses: short keys, whole IRIs, percent-encoding."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalogue.records import Item, Kind
from service.errors import InvalidArgument
from service.web.models.addresses import COLLECTIONS, Addresses

BASE = "https://example.org/pinoamo"
KINDS: tuple[Kind, ...] = tuple(COLLECTIONS)
addresses = Addresses(BASE)


@given(
    st.sampled_from(KINDS),
    st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: ":" not in t.split("/")[0]),
)
def test_a_local_id_comes_back_from_its_iri(kind: Kind, local_id: str) -> None:
    iri = addresses.iri_from_key(kind, local_id)
    assert addresses.iri_from_key(kind, unquote(addresses.key_from_iri(kind, iri))) == iri


@pytest.mark.parametrize(
    "iri",
    [
        "http://data.europa.eu/esco/skill/abc",
        "https://other.example/courses/1?x=2",
        "urn:uuid:1",
        BASE + "/id/credential/a%2Fb",
        BASE + "/id/credential/",
        BASE + "/id/credential/a:b/c",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_any_iri_comes_back_from_its_key(kind: Kind, iri: str) -> None:
    assert addresses.iri_from_key(kind, unquote(addresses.key_from_iri(kind, iri))) == iri


@pytest.mark.parametrize(
    ("kind", "iri", "key"),
    [
        ("credential", BASE + "/id/credential/python", "python"),
        ("provider", BASE + "/id/organisation/koivula", "koivula"),
        ("skill", "http://data.europa.eu/esco/skill/ccd0a1d9", "ccd0a1d9"),
        ("credential", BASE + "/id/credential/a%2Fb", "a%2Fb"),
        ("credential", "https://other.example/x", "https%3A%2F%2Fother.example%2Fx"),
    ],
)
def test_a_key_is_short_when_the_iri_follows_our_pattern(kind: Kind, iri: str, key: str) -> None:
    assert addresses.key_from_iri(kind, iri) == key


def test_links_of_pages_stay_below_the_base() -> None:
    item = Item(BASE + "/id/programme/x", "programme", {})
    pages = Addresses(BASE, with_host=False)
    assert pages.page(item, "fi") == "/pinoamo/fi/programmes/x"
    assert pages.document(item.iri, "ttl") == "/pinoamo/doc/programme/x.ttl"


def test_other_addresses_are_absolute() -> None:
    item = Item(BASE + "/id/programme/x", "programme", {})
    assert addresses.page(item, "fi") == f"{BASE}/fi/programmes/x"
    assert addresses.api(item, "credentials") == f"{BASE}/api/v1/programmes/x/credentials"


@pytest.mark.parametrize(
    ("iri", "address"),
    [
        (BASE + "/id/credential/x", BASE + "/doc/credential/x.ttl"),
        ("http://x.example/a", BASE + "/resource?uri=http%3A%2F%2Fx.example%2Fa&format=ttl"),
    ],
)
def test_documents_of_our_things_and_of_others_have_addresses(iri: str, address: str) -> None:
    assert addresses.document(iri, "ttl") == address


@pytest.mark.parametrize(
    ("path", "iri"),
    [
        ("credential/x", "/id/credential/x"),
        ("credential/a%2Fb", "/id/credential/a%2Fb"),
        ("credential/%7Ex", "/id/credential/~x"),
        ("credential/%c3%a9", "/id/credential/%C3%A9"),
        ("credential/" + quote("ä"), "/id/credential/%C3%A4"),
    ],
)
def test_a_path_is_read_as_the_graph_writes_names(path: str, iri: str) -> None:
    assert addresses.iri_from_path(path) == BASE + iri


@pytest.mark.parametrize("key", ["http://a b", "x:<y>", "http://x/{y}"])
def test_a_key_that_is_a_broken_iri_is_refused(key: str) -> None:
    with pytest.raises(InvalidArgument):
        addresses.iri_from_key("credential", key)


@pytest.mark.parametrize(
    ("iri", "kind"),
    [
        ("http://data.europa.eu/esco/occupation/1", "occupation"),
        (BASE + "/id/organisation/x", "provider"),
        (BASE + "/id/organisation/x#address", None),
        ("http://elsewhere.example/x", None),
    ],
)
def test_a_pattern_tells_the_kind(iri: str, kind: Kind | None) -> None:
    assert addresses.kind_of(iri) == kind
