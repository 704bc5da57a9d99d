"""Reads the list of endpoints that public queries may call by SERVICE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

_PRIVATE = "private+"
_PORTS = {"http": 80, "https": 443}


class Place(NamedTuple):
    """Where an address of the web leads: whom to connect to, and by which scheme."""

    scheme: str
    host: str
    port: int


class Endpoint(NamedTuple):
    """One endpoint. `private` says that its host may stand on a network that is not public, such as one's own."""

    iri: str
    place: Place
    private: bool


def parse_endpoints(text: str) -> tuple[Endpoint, ...]:
    """Return the endpoints of a list with spaces between; `private+` before one allows it a private address.

    Raises:
        ValueError: one is no address of the web.
    """
    return tuple(_endpoint(entry) for entry in text.split())


def endpoint_iris(endpoints: Sequence[Endpoint]) -> tuple[str, ...]:
    """Return the names that queries call the endpoints by."""
    return tuple(endpoint.iri for endpoint in endpoints)


def place_of(address: str) -> Place:
    """Return where an address leads.

    Raises:
        ValueError: it is no address of the web, or holds a user or a fragment.
    """
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError(f"an endpoint must be an http or https address without user and fragment, got {address!r}")
    if not address.isascii() or not address.isprintable() or any(sign in address for sign in '<>"{}|\\^` '):
        raise ValueError(f"an endpoint must be a valid IRI, got {address!r}")
    return Place(parts.scheme, parts.hostname.lower(), parts.port or _PORTS[parts.scheme])


def _endpoint(entry: str) -> Endpoint:
    iri = entry.removeprefix(_PRIVATE)
    return Endpoint(iri, place_of(iri), iri != entry)
