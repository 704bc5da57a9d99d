"""Converts between the IRIs of things and the addresses of their pages, documents and API resources.

The IRIs of things are also written in loaders/identifiers.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from ...catalogue.records import Item, Kind
from ...errors import InvalidArgument
from ...rdf.namespaces import ESCO_THINGS
from ...rdf.terms import parse_iri

COLLECTIONS: dict[Kind, str] = {
    "credential": "credentials",
    "skill": "skills",
    "occupation": "occupations",
    "programme": "programmes",
    "provider": "providers",
}
_IN: dict[Kind, Kind] = {"listed": "credential"}
"""Kinds whose things have the IRIs and addresses of another: what is listed may be complete by the next load."""
_UNRESERVED = "-._~"


def _collection(kind: Kind) -> str:
    return COLLECTIONS[_IN.get(kind, kind)]


def raw_path(scope: Mapping[str, Any]) -> str:
    """Return the path of a request as it was sent: a `%2F` in a key is still one."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.decode("latin-1").partition("?")[0]


class Addresses:
    """Addresses below one public base, such as `https://example.org/pinoamo`."""

    def __init__(self, base_url: str, release: str = "", *, with_host: bool = True) -> None:
        """Take the base, and the number of the release that links shall stay in; empty: the serving one.

        Pages link to each other without the host: a browser knows it. Whatever else is answered outlives its request.
        """
        self.base_url = base_url
        self.release = release
        self._root = base_url if with_host else urlsplit(base_url).path
        self._starts: dict[Kind, str] = {
            "credential": f"{base_url}/id/credential/",
            "skill": f"{ESCO_THINGS}skill/",
            "occupation": f"{ESCO_THINGS}occupation/",
            "programme": f"{base_url}/id/programme/",
            "provider": f"{base_url}/id/organisation/",
        }

    def path(self, rest: str) -> str:
        """Return an address of this service, below the public base."""
        return self._root + rest

    def kept(self, address: str) -> str:
        """Return an address with the release that links shall stay in."""
        if not self.release:
            return address
        start, mark, part = address.partition("#")
        return f"{start}{'&' if '?' in start else '?'}release={self.release}{mark}{part}"

    def iri_from_key(self, kind: Kind, key: str) -> str:
        """Return the IRI a key of an address stands for: a local id, an ESCO id, or a whole IRI.

        Raises:
            InvalidArgument: it looks like an IRI and is none.
        """
        if ":" in key.partition("/")[0]:
            return parse_iri(key).value
        return self._starts[kind] + quote(key, safe=_UNRESERVED)

    def key_from_iri(self, kind: Kind, iri: str) -> str:
        """Return the key of a thing, percent-encoded for a path: short when the IRI follows our pattern."""
        kind = _IN.get(kind, kind)
        start = self._starts[kind]
        rest = iri[len(start) :] if iri.startswith(start) else ""
        if rest and self.iri_from_key(kind, unquote(rest)) == iri:
            return rest
        return quote(iri, safe="")

    def kind_of(self, iri: str) -> Kind | None:
        """Return the kind that the pattern of an IRI tells; None: only the graph can tell."""
        if "#" in iri:
            return None
        return next((kind for kind, start in self._starts.items() if iri.startswith(start)), None)

    def api(self, item: Item, part: str = "") -> str:
        """Return the address of an item in the API."""
        address = self.path(f"/api/v1/{_collection(item.kind)}/{self.key_from_iri(item.kind, item.iri)}")
        return self.kept(f"{address}/{part}" if part else address)

    def page(self, item: Item, language: str) -> str:
        """Return the address of an item's page."""
        return self.kept(self.path(f"/{language}/{_collection(item.kind)}/{self.key_from_iri(item.kind, item.iri)}"))

    def resource_page(self, iri: str, language: str) -> str:
        """Return the address of the page of anything at all."""
        return self.kept(self.path(f"/{language}/resource?{urlencode({'uri': iri})}"))

    def document(self, iri: str, suffix: str) -> str:
        """Return where a description of a thing stands in one format (`ttl`, `jsonld`, …)."""
        if iri.startswith(f"{self.base_url}/id/"):
            return self.kept(self.path(f"/doc/{iri[len(self.base_url) + 4 :]}.{suffix}"))
        return self.kept(self.path(f"/resource?{urlencode({'uri': iri, 'format': suffix})}"))

    def iri_from_path(self, raw_path: str) -> str:
        """Return the IRI `{B}/id/…` of a request, its percent-encoding as the graph writes it.

        Raises:
            InvalidArgument: no IRI can be made of it.
        """
        segments = [quote(unquote(segment), safe=_UNRESERVED + ":@!$&'()*+,;=") for segment in raw_path.split("/")]
        if not any(segments):
            raise InvalidArgument("an address below /id/ names a thing, such as /id/credential/x")
        return f"{self.base_url}/id/" + "/".join(segments)
