"""Serves our vocabulary, profiles and JSON-LD context at their addresses: data for machines, pages for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from ...errors import NotFound
from ...messages.messages import best_text
from ...rdf.jsonld import text_from_document
from ...rdf.jsonld_context import CONTEXT_VERSION, CONTEXT_VERSIONS, NUMBERS_VERSION, with_numbers
from ...rdf.media_types import HTML, JSON, JSON_LD
from ...rdf.namespaces import MC, MCS
from ...rdf.results import GRAPH_TYPES
from ...rdf.statements import Triple
from ...resources import CONTEXT, FORMER_CONTEXTS
from ...validation.listing import listing_triples, profile_titles
from ..edge.caching import IMMUTABLE, cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.openapi import as_record, in_formats
from ..edge.written import choose_media_type, written
from ..models.languages import TAKES_LANGUAGE, preferred_language
from ..models.parameters import Format, refuse_repeated, refuse_unknown
from ..pages import definitions_view
from ..pages.assets import pages_version
from ..pages.render import FORMATS, HtmlPage, html

router = APIRouter(
    tags=["definitions"],
    responses=PROBLEMS,
    dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)],
)

LISTING = "https://w3id.org/pinoamo/shapes/profiles"
_OFFERED = (*GRAPH_TYPES, JSON, HTML)
_IN_OFFERED = as_record(*_OFFERED)


@router.get(
    "/ontology",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE],
    summary="Read our vocabulary",
)
def read_ontology(request: Request, format_name: Format = None) -> Response:
    """Answer with every term this project adds to ELM and ESCO, in any RDF format or as a page."""

    def page(page: HtmlPage) -> Response:
        return _ontology_page(page, None)

    return _answer(request, format_name, MC.rstrip("#"), definitions_view.ontology_triples(), page)


@router.get(
    "/ontology/{term}",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE],
    summary="Read one term of our vocabulary",
)
def read_ontology_term(
    request: Request, term: Annotated[str, Path(examples=["MicroCredential"])], format_name: Format = None
) -> Response:
    """Answer with what the ontology says of one term."""

    def page(page: HtmlPage) -> Response:
        return _ontology_page(page, term)

    return _answer(request, format_name, MC + term, definitions_view.term_triples(term), page)


@router.get(
    "/shapes",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE],
    summary="List the profiles",
)
def read_profiles(request: Request, format_name: Format = None) -> Response:
    """Answer with which profiles there are, in any RDF format or as a page."""

    def page(page: HtmlPage) -> Response:
        titles = [(name, best_text(labels, page.language)) for name, labels in profile_titles().items()]
        return html(page, "profiles.html", {"profiles": titles, "iri": LISTING, "links": _links(page, "/shapes")})

    return _answer(request, format_name, LISTING, listing_triples(), page)


@router.get(
    "/shapes/{profile}",
    response_class=Response,
    responses=_IN_OFFERED,
    dependencies=[TAKES_LANGUAGE],
    summary="Read the rules of a profile",
)
def read_shapes(
    request: Request, profile: Annotated[str, Path(examples=["eu"])], format_name: Format = None
) -> Response:
    """Answer with the SHACL shapes that a record is held to, in any RDF format or as a page."""

    def page(page: HtmlPage) -> Response:
        values = {
            "name": profile,
            "title": definitions_view.profile_title(profile, page),
            "rules": definitions_view.rules(profile, page),
            "examples": definitions_view.complete_examples(profile),
            "iri": MCS.rstrip("#"),
            "links": _links(page, f"/shapes/{profile}"),
        }
        return html(page, "shapes.html", values)

    return _answer(request, format_name, MCS.rstrip("#"), definitions_view.profile_triples(profile), page)


@router.get(
    "/context.jsonld", response_class=Response, responses=in_formats(JSON_LD), summary="Read our JSON-LD context"
)
def read_context(request: Request) -> Response:
    """Answer with the newest context; documents name the version that they were written by."""
    data = CONTEXT.read_bytes()
    tag = hashlib.sha256(data).hexdigest()
    return conditional(request, tag, "Accept") or Response(
        data, headers={"Content-Type": JSON_LD, **cache_headers(request, tag, "Accept")}
    )


@router.get(
    "/context/{version}.jsonld",
    response_class=Response,
    responses=in_formats(JSON_LD),
    summary="Read one version of our JSON-LD context",
)
def read_context_version(version: Annotated[str, Path(examples=[CONTEXT_VERSION])]) -> Response:
    """Answer with a version of the context; what a version says never changes."""
    if version not in CONTEXT_VERSIONS:
        raise NotFound(f"the context has the versions {', '.join(CONTEXT_VERSIONS)}; got {version[:50]!r}")
    data = FORMER_CONTEXTS.get(version, CONTEXT).read_bytes()
    if version == NUMBERS_VERSION:
        data = text_from_document(with_numbers(json.loads(data)))
    return Response(data, headers={"Content-Type": JSON_LD, **IMMUTABLE})


def _answer(
    request: Request,
    format_name: str | None,
    iri: str,
    triples: Sequence[Triple],
    make_page: Callable[[HtmlPage], Response],
) -> Response:
    tag = definitions_view.sources_version() + pages_version()
    found = conditional(request, tag)
    if found is not None:
        return found
    media_type = choose_media_type(request, format_name, _OFFERED)
    if media_type == HTML:
        answer = make_page(HtmlPage(request, preferred_language(request)))
    else:
        answer = written(request, iri, triples, media_type)
    answer.headers.update(cache_headers(request, tag))
    return answer


def _ontology_page(page: HtmlPage, only: str | None) -> Response:
    values = {
        "groups": definitions_view.term_groups(page, only),
        "single": only is not None,
        "version": definitions_view.ontology_version(),
        "iri": MC + only if only else MC.rstrip("#"),
        "links": _links(page, f"/ontology/{only}" if only else "/ontology"),
    }
    return html(page, "ontology.html", values)


def _links(page: HtmlPage, path: str) -> list[tuple[str, str]]:
    return [(name, page.path(f"{path}?format={suffix}")) for name, suffix, _ in FORMATS]
