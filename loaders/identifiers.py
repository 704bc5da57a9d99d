"""Decides which IRI a thing gets (docs/model.md §1), and which text may be an IRI at all.

The IRIs of things are also written in service/web/models/addresses.py.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote

# RFC 3987, 2.2: an absolute IRI with its scheme. Letters and signs of the world, then what stands for itself anywhere.
_UCS = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14)
) + f"{chr(0xE1000)}-{chr(0xEFFFD)}"  # fmt: skip
_PRIVATE = f"\ue000-\uf8ff{chr(0xF0000)}-{chr(0xFFFFD)}{chr(0x100000)}-{chr(0x10FFFD)}"
_PLAIN = rf"A-Za-z0-9\-._~!$&'()*+,;={_UCS}"
_ENCODED = "%[0-9A-Fa-f]{2}"
_HOST = rf"(?:\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]|(?:[{_PLAIN}]|{_ENCODED})*)"
_AUTHORITY = rf"//(?:(?:[{_PLAIN}:]|{_ENCODED})*@)?{_HOST}(?::[0-9]*)?"
_PATH = rf"(?:{_AUTHORITY}(?:/(?:[{_PLAIN}:@/]|{_ENCODED})*)?|(?!//)(?:[{_PLAIN}:@/]|{_ENCODED})*)"
_END = rf"(?:\?(?:[{_PLAIN}:@/?{_PRIVATE}]|{_ENCODED})*)?(?:#(?:[{_PLAIN}:@/?]|{_ENCODED})*)?"
_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_PATH}{_END}")
_WITH_HOST = re.compile(r"https?://[^/?#]")
# BCP 47, 2.1: well-formed tags. Those registered before it are listed where they do not follow it.
_LANGUAGE = re.compile(
    r"""(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})
    (?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*
    (?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?
    |x(?:-[a-z0-9]{1,8})+
    |en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


class InvalidIri(ValueError):
    """A text that cannot be an IRI."""


class InvalidTag(ValueError):
    """A text that cannot be a language tag."""


@lru_cache(maxsize=16384)
def iri_term(iri: str) -> str:
    """Return `<iri>` as N-Quads writes it.

    Raises:
        InvalidIri: it is relative, or is none by RFC 3987, such as one with a space or a `%` that encodes nothing.

    >>> iri_term("http://example.org/x")
    '<http://example.org/x>'
    """
    if not is_iri(iri):
        raise InvalidIri(f"an absolute IRI (RFC 3987) is needed, got {iri[:200]!r}")
    return f"<{iri}>"


def is_iri(text: str) -> bool:
    """Tell whether the text can stand in the graph as an absolute IRI."""
    return _IRI.fullmatch(text) is not None and ("[" not in text or _has_address(text))


def is_web_iri(text: str) -> bool:
    """Tell whether the text is an absolute http or https IRI with a host."""
    return _WITH_HOST.match(text) is not None and is_iri(text)


def is_identifier(text: str) -> bool:
    """Tell whether the text can end an address: `.` and `..` cannot, since clients fold them away (RFC 3986, 5.2.4)."""
    return text not in ("", ".", "..")


def is_language_tag(text: str) -> bool:
    """Tell whether the text is a well-formed language tag (BCP 47)."""
    return _LANGUAGE.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def mended_tag(tag: str) -> str:
    """Return a language tag, its underscores as hyphens.

    Raises:
        InvalidTag: that is none either.

    >>> mended_tag("en_US")
    'en-US'
    """
    mended = tag.replace("_", "-")
    if not is_language_tag(mended):
        raise InvalidTag(f"a language tag (BCP 47) is needed, got {tag[:50]!r}")
    return mended


def part_iri(owner_iri: str, name: str) -> str:
    """Return the IRI of a part of something.

    >>> part_iri("http://example.org/x", "credit"), part_iri("http://example.org/doc#uni", "address")
    ('http://example.org/x#credit', 'http://example.org/doc#uni-address')
    """
    return f"{owner_iri}-{name}" if "#" in owner_iri else f"{owner_iri}#{name}"


def _has_address(iri: str) -> bool:
    address = iri[iri.index("[") + 1 : iri.index("]")]
    try:
        return address[:1] in "vV" or bool(IPv6Address(address))
    except ValueError:
        return False


class Names:
    """IRIs under one base URL. An identifier that is an http(s) IRI already is kept as it is.

    `prefix` stands before the other identifiers of micro-credentials, so that those of two sources differ.
    """

    def __init__(self, base: str, prefix: str = "") -> None:
        self.base = base.rstrip("/")
        self._prefix = prefix

    def credential(self, identifier: str) -> str:
        """Return the IRI of a micro-credential.

        >>> Names("http://localhost:8000").credential("data ethics/1")
        'http://localhost:8000/id/credential/data%20ethics%2F1'
        >>> Names("http://localhost:8000", "uni-a.").credential("101")
        'http://localhost:8000/id/credential/uni-a.101'
        >>> Names("http://localhost:8000", "https://uni.example/course/").credential("10 1")
        'https://uni.example/course/10%201'
        """
        if is_web_iri(identifier) or not is_identifier(identifier):
            return self._named("credential", identifier)
        tail = quote(identifier, safe="") if is_web_iri(self._prefix) else identifier
        return self._named("credential", self._prefix + tail)

    def organisation(self, identifier: str) -> str:
        """Return the IRI of an organisation."""
        return self._named("organisation", identifier)

    def named_organisation(self, name: str) -> str:
        """Return the IRI of an organisation of which only the name is known: one name is one organisation.

        >>> Names("http://localhost:8000").named_organisation("An Agency, Ltd.")
        'http://localhost:8000/id/organisation/an-agency-ltd'
        """
        return self.organisation("-".join(re.findall(r"\w+", name.casefold())) or "unnamed")

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
