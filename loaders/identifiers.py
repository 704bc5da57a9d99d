"""Decides which IRI a thing gets (docs/model.md §1), and which text may be an IRI at all.

The IRIs of things are also written in service/web/models/addresses.py.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

# What N-Quads allows between the angle brackets; a scheme makes it absolute.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]*")
_WEB = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\\ud800-\udfff/?#]+[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


class InvalidIri(ValueError):
    """A text that cannot be an IRI."""


@lru_cache(maxsize=16384)
def iri_term(iri: str) -> str:
    """Return `<iri>` as N-Quads writes it.

    Raises:
        InvalidIri: it is relative, or holds a space, a control character or another character no IRI may hold.

    >>> iri_term("http://example.org/x")
    '<http://example.org/x>'
    """
    if not _IRI.fullmatch(iri):
        raise InvalidIri(f"an absolute IRI without spaces or control characters is needed, got {iri[:200]!r}")
    return f"<{iri}>"


def is_iri(text: str) -> bool:
    """Tell whether the text can stand in the graph as an absolute IRI."""
    return _IRI.fullmatch(text) is not None


def is_web_iri(text: str) -> bool:
    """Tell whether the text is an absolute http or https IRI with a host."""
    return _WEB.fullmatch(text) is not None


def is_identifier(text: str) -> bool:
    """Tell whether the text can end an address: `.` and `..` cannot, since clients fold them away (RFC 3986, 5.2.4)."""
    return text not in ("", ".", "..")


def is_language_tag(text: str) -> bool:
    """Tell whether the text is shaped like a BCP 47 language tag."""
    return _LANGUAGE.fullmatch(text) is not None


def part_iri(owner_iri: str, name: str) -> str:
    """Return the IRI of a part of something.

    >>> part_iri("http://example.org/x", "credit"), part_iri("http://example.org/doc#uni", "address")
    ('http://example.org/x#credit', 'http://example.org/doc#uni-address')
    """
    return f"{owner_iri}-{name}" if "#" in owner_iri else f"{owner_iri}#{name}"


class Names:
    """IRIs under one base URL. An identifier that is an http(s) IRI already is kept as it is."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    def credential(self, identifier: str) -> str:
        """Return the IRI of a micro-credential.

        >>> Names("http://localhost:8000").credential("data ethics/1")
        'http://localhost:8000/id/credential/data%20ethics%2F1'
        """
        return self._named("credential", identifier)

    def organisation(self, identifier: str) -> str:
        """Return the IRI of an organisation."""
        return self._named("organisation", identifier)

    def programme(self, identifier: str) -> str:
        """Return the IRI of a degree programme or module."""
        return self._named("programme", identifier)

    def graph(self, name: str) -> str:
        """Return the name of a source's graph."""
        return f"{self.base}/graph/{quote(name, safe='')}"

    def _named(self, kind: str, identifier: str) -> str:
        if not is_identifier(identifier):
            raise InvalidIri(f"an identifier other than '.' and '..' is needed, got {identifier!r}")
        return identifier if is_web_iri(identifier) else f"{self.base}/id/{kind}/{quote(identifier, safe='')}"
