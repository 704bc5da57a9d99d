"""Brings IRIs into the normal form of RFC 3986, so that two spellings of one name cannot pass for two names."""

from __future__ import annotations

import re

from .terms import Term, parse_iri

RECORD_SCHEMES = ("http", "https", "urn", "did")
"""Schemes that the name of a record may have."""

_ESCO = re.compile(r"https?://data\.europa\.eu(/esco/)", re.IGNORECASE)
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
# RFC 3986, appendix B.
_PARTS = re.compile(r"([^:/?#]+):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z", re.DOTALL)
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORTS = {"http": ":80", "https": ":443"}


def normal_iri(iri: str) -> str:
    """Return the normal form of an absolute IRI: RFC 3986 §6.2.2, and the ports of §6.2.3.

    Text that is no absolute IRI stays as it is.

    >>> normal_iri("HTTP://Data.Example:80/graph/%64erived")
    'http://data.example/graph/derived'
    >>> normal_iri("urn:uuid:%c3%a4"), normal_iri("http://e/a/../b/.")
    ('urn:uuid:%C3%A4', 'http://e/b/')
    """
    found = _PARTS.match(iri)
    if found is None:
        return iri
    scheme, authority, path, query, fragment = found.groups()
    scheme = scheme.lower()
    path = _decoded(path)
    if scheme == "urn":
        kind, colon, rest = path.partition(":")
        path = kind.lower() + colon + rest  # RFC 8141 §3.1
    if authority is not None:
        path = _without_dots(path)
    return "".join(
        (
            f"{scheme}:",
            "" if authority is None else f"//{_host(authority, scheme)}",
            path,
            "" if query is None else f"?{_decoded(query)}",
            "" if fragment is None else f"#{_decoded(fragment)}",
        )
    )


def esco_iri(iri: str) -> str:
    """Return the name that ESCO gives a thing whose name was written with https or capitals; others stay.

    >>> esco_iri("https://data.europa.eu/esco/skill/CCD0A1D9-AFDA-43D9-B901-96344886E14D")
    'http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d'
    """
    found = _ESCO.match(iri)
    if found is None:
        return iri
    start = f"http://data.europa.eu{found[1]}"
    return start + _UUID.sub(lambda name: name[0].lower(), iri[found.end() :])


def parse_thing(text: str) -> Term:
    """Return the IRI of a thing that somebody asks for, by the name that ESCO gives it.

    Raises:
        InvalidArgument: it is no IRI.
    """
    return parse_iri(esco_iri(text))


def fault_of_name(iri: str) -> str:
    """Return why an IRI cannot be the name of a record; empty when it can."""
    scheme = iri.partition(":")[0].lower()
    if scheme not in RECORD_SCHEMES:
        return f"a record's name begins with {', '.join(f'{each}:' for each in RECORD_SCHEMES)}, got {iri[:200]}"
    normal = normal_iri(iri)
    return "" if normal == iri else f"a record's name is in normal form, {normal[:200]}, got {iri[:200]}"


def _host(authority: str, scheme: str) -> str:
    user, at, host = authority.rpartition("@")
    host = _decoded(host).lower()
    host = _ENCODED.sub(lambda found: found[0].upper(), host)
    return user + at + host.removesuffix(_PORTS.get(scheme, "\0"))


def _decoded(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    return _ENCODED.sub(one, text)


def _without_dots(path: str) -> str:
    """Remove `.` and `..`: RFC 3986 §5.2.4, for a path that begins with a slash or is empty."""
    if "/." not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")
    for place, part in enumerate(parts):
        if part == "..":
            if len(kept) > 1:
                kept.pop()
        elif part != ".":
            kept.append(part)
        if part in (".", "..") and place == len(parts) - 1:
            kept.append("")
    return "/".join(kept)
