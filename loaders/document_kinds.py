"""Recognises documents of other models than the one that is read here, and says what can be done with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_AS_STATEMENTS = (
    "it is read as RDF, and no definition here speaks of what it says, since those speak of the European Learning "
    "Model; shapes that do can be brought"
)
_UNREAD = "its terms are not known here, so what it says is not read; what can be checked is "
_AS_EDC = f"{_UNREAD}the same credential as a European Digital Credential of ELM 3 (JSON-LD)"
_AS_CATALOGUE = f"{_UNREAD}the same entry in ELM 3 (any RDF) or in a table"


class _Kind(NamedTuple):
    """How documents of a kind show: by a type, by the start of a type, or by the start of a context's address."""

    says: str
    types: tuple[str, ...] = ()
    type_starts: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()


# The special before the general: an Open Badge 3.0 is a verifiable credential too.
_KINDS = (
    _Kind(
        f"this is an attestation of the DC4EU pilot: {_AS_EDC}",
        type_starts=("EuropeanHigherEducation",),
        contexts=("https://ec.europa.eu/credentials/",),
    ),
    _Kind(
        f"this is a verifiable attestation of EBSI: {_AS_EDC}",
        types=("VerifiableAttestation",),
        contexts=("https://essif.europa.eu/schemas/",),
    ),
    _Kind(
        f"this is a Comprehensive Learner Record 2.0: {_AS_STATEMENTS}",
        types=("ClrCredential",),
        contexts=("https://purl.imsglobal.org/spec/clr/", "https://dc.imsglobal.org/draft/clr/"),
    ),
    _Kind(
        f"this is an Open Badge 3.0: {_AS_STATEMENTS}",
        types=("OpenBadgeCredential", "AchievementCredential"),
        contexts=("https://purl.imsglobal.org/spec/ob/v3p0/",),
    ),
    _Kind(
        "this is an Open Badge 2.0, or a part of one: unless it brings its terms itself what it says is not read; what "
        "can be checked is the same badge as Open Badge 3.0, by shapes of its own, or as a European Digital Credential",
        contexts=("https://w3id.org/openbadges/", "https://openbadgespec.org/v2/"),
        type_starts=("https://w3id.org/openbadges#", "obi:"),
    ),
    _Kind(
        f"this is an entry of the Credential Registry in CTDL: {_AS_CATALOGUE}",
        type_starts=("ceterms:", "https://purl.org/ctdl/terms/"),
        contexts=("http://credreg.net/ctdl/", "https://credreg.net/ctdl/"),
    ),
    _Kind(
        f"this is a W3C verifiable credential of version 2.0: {_AS_STATEMENTS}",
        contexts=("https://www.w3.org/ns/credentials/v2",),
    ),
)
_OURS = ("EuropeanDigitalCredential", "EuropeanDigitalPresentation")
_EDC_CONTEXT = "http://data.europa.eu/snb/model/context/edc-ap"
_SCHEMA = "this is a JSON Schema, which describes documents and is none itself"
_NO_CONTEXT = "this is JSON without a JSON-LD context, which would say what its names mean"
_INLINE_BADGES = "https://w3id.org/openbadges#"
_BADGES = _KINDS[4]

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)([^<>]*)>")
_NOT_ELEMENTS = re.compile(rb"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOTS = (
    (
        b"http://data.europa.eu/snb/model/ap/loq-constraints/", ("Courses", "learningOpportunities", "qualifications"),
        "this is learning opportunities or qualifications in the XML of the QDR (LOQ): it is no RDF and is not read; "
        "what can be checked and loaded is the same entries as RDF in ELM 3, or in a table",
    ),
    (
        b"http://data.europa.eu/snb", ("europassCredential", "verifiablePresentation", "verifiableCredential"),
        "this is a Europass digital credential in the XML of ELM 1 or 2: it is no RDF and is not read; what can be "
        "checked is the credential issued anew as a European Digital Credential of ELM 3 (JSON-LD)",
    ),
    (
        b"https://github.com/emrex-eu/elmo-schemas", ("elmo",),
        "this is a transcript of records in ELMO: it is no RDF and is not read; what can be checked is a credential of "
        "ELM 3 (JSON-LD)",
    ),
)  # fmt: skip


def kind_of_json(document: Mapping[str, Any]) -> str:
    """Return what a document in JSON is and what can be done with it; empty for ELM 3 and for what is unknown."""
    contexts = _as_list(document.get("@context"))
    addresses = [each for each in contexts if isinstance(each, str)]
    types = [each for one in _nodes(document) for each in _types(one)]
    if _EDC_CONTEXT in addresses and not set(types).isdisjoint(_OURS):
        return ""
    for kind in _KINDS:
        if _shows(kind, types, addresses):
            return kind.says
    if any(isinstance(each, dict) and _INLINE_BADGES in each.values() for each in contexts):
        return _BADGES.says
    if document.get("@context") is not None or any(key.startswith("@") or ":" in key for key in document):
        return ""
    return _SCHEMA if "$schema" in document else _NO_CONTEXT


def kind_of_xml(head: bytes) -> str:
    """Return what a document in XML is, by the first element in its beginning; empty for RDF and for what is unknown.

    >>> kind_of_xml(b'<elmo xmlns="https://github.com/emrex-eu/elmo-schemas/tree/v1">').partition(":")[0]
    'this is a transcript of records in ELMO'
    """
    root = _ROOT.search(_NOT_ELEMENTS.sub(b"", head))
    name = root[1].decode("ascii", "replace") if root else ""
    for namespace, names, says in _ROOTS:
        if root and name in names and namespace in root[2]:
            return says
    return ""


def _shows(kind: _Kind, types: Iterable[str], addresses: Iterable[str]) -> bool:
    return any(each in kind.types or each.startswith(kind.type_starts or ("\0",)) for each in types) or any(
        each.startswith(kind.contexts or ("\0",)) for each in addresses
    )


def _nodes(document: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    graph = _as_list(document.get("@graph"))
    return [document, *(each for each in graph if isinstance(each, dict))]


def _types(node: Mapping[str, Any]) -> Iterable[str]:
    return [each for key in ("type", "@type") for each in _as_list(node.get(key)) if isinstance(each, str)]


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
