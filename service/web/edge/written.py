"""Writes triples in the format that the client asked for, and chooses that format."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from fastapi import Request, Response

from ...negotiation import choose, choose_format, content_type
from ...rdf.durations import in_hours
from ...rdf.jsonld import document, text_from_document
from ...rdf.jsonld_context import JsonLdContext
from ...rdf.media_types import JSON, JSON_LD
from ...rdf.results import write_graph
from ...rdf.statements import Triple
from ...rdf.terms import RDF_TYPE
from ..models.addresses import Addresses
from ..models.languages import asked_language, in_language
from .release_choice import pinned_release
from .services import basics_of


def written(request: Request, iri: str, triples: Iterable[Triple], media_type: str) -> Response:
    """Return triples in a graph format, workloads in hours; as JSON they are nested on `iri` by our context.

    With `lang=` the texts of each property are in one language.
    """
    triples = list(dict.fromkeys(in_hours(triple) for triple in triples))  # N-Triples would say it twice
    language = asked_language(request)
    if language:
        triples = list(in_language(triples, language))
    if media_type in (JSON, JSON_LD):
        body = text_from_document(document(iri, triples, context_of(request), plain=media_type == JSON))
    else:
        body = graph_bytes(triples, media_type, iri)
    named = {"Content-Language": language} if language else {}
    return Response(body, headers={"Content-Type": content_type(media_type), **named})


def graph_bytes(triples: Iterable[Triple], media_type: str, first: str = "") -> bytes:
    """Return triples in one of the graph formats, whole: what is said of `first`, then the rest by name.

    An engine gives triples in any order; a strong entity tag promises the same bytes for the same question.
    """
    output = io.BytesIO()
    write_graph(sorted(set(triples), key=lambda triple: _place(triple, first)), output, media_type)
    return output.getvalue()


def _place(triple: Triple, first: str) -> tuple[object, ...]:
    subject, predicate, value = triple
    whole = (value.kind, value.value, value.language or "", value.datatype or "")
    return (subject.value != first, subject.value, predicate != RDF_TYPE, predicate, whole)


def choose_media_type(request: Request, format_name: str | None, offered: Sequence[str]) -> str:
    """Return the media type that `format=` names, else the one that `Accept` prefers.

    Raises:
        NotAcceptable: it is not offered.
    """
    if format_name == "json" and JSON in offered:
        return JSON
    if format_name:
        return choose_format(format_name, offered)
    return choose(", ".join(request.headers.getlist("accept")), offered)


def addresses_of(request: Request) -> Addresses:
    """Return the addresses below the public base of this service, in the release that was asked for."""
    return Addresses(basics_of(request).settings.base_url, pinned_release(request))


def context_of(request: Request) -> JsonLdContext:
    """Return our JSON-LD context under its address."""
    return basics_of(request).context
