"""The Reconciliation API 0.2, as OpenRefine speaks it: names in a table matched to things, and columns filled."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...catalogue.catalogue import Catalogue
from ...catalogue.reconciliation.asked import Column, extension_from_json, query_from_json
from ...catalogue.reconciliation.kinds import TYPES, type_named, type_of
from ...catalogue.reconciliation.matching import Candidate, candidates
from ...catalogue.reconciliation.properties import (
    PROPERTIES,
    Described,
    Property,
    Value,
    properties_of,
    property_named,
)
from ...errors import BadRequest, InvalidArgument, NotFound, TooLarge, UnsupportedMedia, json_fault
from ...linking.linker.grams import plain
from ...rdf.media_types import FORM, HTML, JSON
from ...rdf.namespaces import ESCO_SKILLS
from ...rdf.terms import local_name, parse_iri, parse_language
from ..edge.body import read_limited
from ..edge.caching import NEVER
from ..edge.call import PROBLEMS, Call, respond
from ..edge.openapi import Responses, in_formats
from ..edge.release_choice import TAKES_RELEASE, reader_of
from ..edge.services import basics_of
from ..edge.written import addresses_of
from ..models.languages import preferred_language
from ..models.whole_numbers import Whole
from .reconcile_manifest import MOST_QUERIES, manifest, property_to_json, type_to_json, words

_MOST_KB = 1024
_MOST_THINGS = 500
_MOST_SUGGESTED = 20
_LATER = "the time of the batch was over before this query's turn: send it again in a smaller one"
_PREVIEW_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"

_REFUSALS: Responses = {
    **{code: PROBLEMS[code] for code in (404, 422, 503)},
    400: {"description": "queries or extend is no JSON object"},
    406: PROBLEMS[406],
    413: {"description": f"More than {MOST_QUERIES} queries, or more than {_MOST_KB} KiB"},
}
_FIELDS = {
    "queries": {"type": "string", "description": "A batch of queries by name, as JSON."},
    "extend": {"type": "string", "description": "`ids` and `properties` of a table to fill, as JSON."},
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {"type": "object", "properties": _FIELDS},
                "example": {"queries": '{"q0": {"query": "Python", "type": "esco:Skill", "limit": 3}}'},
            }
        },
    }
}
_QUERIES = Query(description="A batch of queries by name, as JSON.", examples=['{"q0": {"query": "Python"}}'])
_EXTEND = Query(description="`ids` and `properties` of a table to fill, as JSON.")
Queries = Annotated[str | None, _QUERIES]
Extend = Annotated[str | None, _EXTEND]
Language = Annotated[str, Path(description="Language of names, such as `fi`.", examples=["fi"])]
Prefix = Annotated[str, Query(max_length=200, description="How a name starts, or an identifier.", examples=["prog"])]
Cursor = Annotated[Whole, Query(ge=0, le=1000, description="How many to leave out.")]
Id = Annotated[
    str, Query(description="IRI of a thing.", examples=[ESCO_SKILLS + "ccd0a1d9-afda-43d9-b901-96344886e14d"])
]
TypeId = Annotated[str, Query(alias="type", description="A type; absent: all of them.", examples=["esco:Skill"])]
Most = Annotated[Whole, Query(ge=1, le=100, description="Most properties.")]


def _of_a_release(request: Request) -> None:
    """Refuse a release that is none, also where what is answered is the same in all of them."""
    reader_of(request)
    request.state.of_a_store = False  # until an answer is read from it


router = APIRouter(
    prefix="/reconcile",
    tags=["reconciliation"],
    responses=_REFUSALS,
    dependencies=[TAKES_RELEASE, Depends(_of_a_release)],
)


@router.get("/preview", response_class=Response, responses=in_formats(HTML), summary="Show a thing in a small frame")
@router.get(
    "/{lang}/preview", response_class=Response, responses=in_formats(HTML), summary="Show a thing in a small frame"
)
def preview_thing(request: Request, id: Id, lang: str = "") -> Response:  # noqa: A002 - the protocol's name
    """Answer with a page without scripts that may be framed anywhere."""
    language = _language(request, lang)

    def produce(call: Call) -> Response:
        described = Described(call.catalogue, parse_iri(id).value)
        if described.kind is None or (found := type_of(described.kind)) is None:
            raise NotFound(f"nothing that is reconciled is known as {id[:200]}")
        body = _preview(described, words(found.names, language), language)
        return Response(body, media_type=HTML, headers={"Content-Security-Policy": _PREVIEW_POLICY})

    return respond(request, produce)


@router.get("/properties", summary="Propose properties to fetch")
@router.get("/{lang}/properties", summary="Propose properties to fetch")
def propose_properties(request: Request, of: TypeId = "", limit: Most = 100, lang: str = "") -> dict[str, Any]:
    """Answer with the properties that things of a type have."""
    language = _language(request, lang)
    found = [property_to_json(each, language) for each in properties_of(of)[:limit]]
    return {"properties": found, "limit": limit, **({"type": type_named(of).id} if of else {})}


@router.get("/suggest/entity", response_model=dict[str, Any], summary="Complete the name of a thing")
@router.get("/{lang}/suggest/entity", response_model=dict[str, Any], summary="Complete the name of a thing")
def suggest_entity(request: Request, prefix: Prefix = "", cursor: Cursor = 0, lang: str = "") -> Response:
    """Answer with things that have a label that starts so, or whose identifier it is."""
    language = _language(request, lang)

    def produce(call: Call) -> Response:
        kinds = [each.kind for each in TYPES]
        query = query_from_json({"query": prefix, "limit": 1})
        known = candidates(call.catalogue, query, language) if ":" in prefix and " " not in prefix else ()
        items = [one.item for one in known if one.features["identifier"]]
        hits = call.catalogue.suggest(prefix, kinds, None, cursor + _MOST_SUGGESTED) if not items else ()
        matched = {hit.item.iri: hit.matched for hit in hits}
        items += [hit.item for hit in hits[cursor:]]
        found = []
        for item in items:
            name = words(item.label, language) or local_name(item.iri)
            one: dict[str, Any] = {"id": item.iri, "name": name}
            if matched.get(item.iri, name) != name:
                one["description"] = matched[item.iri]
            kind = type_of(item.kind)
            found.append({**one, "notable": [type_to_json(kind, language)] if kind else []})
        return _json({"result": found})

    return respond(request, produce)


@router.get("/suggest/type", summary="Complete the name of a type")
@router.get("/{lang}/suggest/type", summary="Complete the name of a type")
def suggest_type(request: Request, prefix: Prefix = "", cursor: Cursor = 0, lang: str = "") -> dict[str, Any]:
    """Answer with types whose name or identifier has a word that starts so."""
    language = _language(request, lang)
    found = [each for each in TYPES if _starts(prefix, each.id, each.names)]
    return {"result": [type_to_json(each, language) for each in found[cursor:]]}


@router.get("/suggest/property", summary="Complete the name of a property")
@router.get("/{lang}/suggest/property", summary="Complete the name of a property")
def suggest_property(request: Request, prefix: Prefix = "", cursor: Cursor = 0, lang: str = "") -> dict[str, Any]:
    """Answer with properties whose name or identifier has a word that starts so."""
    language = _language(request, lang)
    found = [each for each in PROPERTIES if _starts(prefix, each.id, each.names)]
    return {"result": [property_to_json(each, language) for each in found[cursor:]]}


@router.get("", response_model=dict[str, Any], summary="Describe the service, or match names")
@router.get("/{lang}", response_model=dict[str, Any], summary="Describe the service, or match names")
async def reconcile_by_get(
    request: Request, queries: Queries = None, extend: Extend = None, lang: str = ""
) -> Response:
    """Answer with the manifest; with `queries` or `extend` as the POST does."""
    if queries is None and extend is None:
        language = _language(request, lang)
        addresses = addresses_of(request)
        here = addresses.path("/reconcile") + (f"/{language}" if lang else "")
        return _json(manifest(addresses.path(""), here, language), {} if lang else {"Vary": "Accept-Language"})
    return await _answer(request, queries, extend, lang)


@router.post("", response_model=dict[str, Any], openapi_extra=_BODY, summary="Match names, or fill columns")
@router.post("/{lang}", response_model=dict[str, Any], openapi_extra=_BODY, summary="Match names, or fill columns")
async def reconcile_by_post(request: Request, lang: str = "") -> Response:
    """Answer to each query of a batch with candidates, best first; or to `extend` with the cells of its columns.

    A query that cannot be meant has an empty result and says why in `error`; the others of its batch are answered.
    """
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise UnsupportedMedia(f"the body must be a form ({FORM}) with queries or extend")
    body = await read_limited(request, _MOST_KB * 1024, f"a batch may have {_MOST_KB} KiB at most")
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise BadRequest(f"the form cannot be read: {error}") from error
    queries = form["queries"][0] if "queries" in form else None
    extend = form["extend"][0] if "extend" in form else None
    if queries is None and extend is None:
        raise BadRequest("the form needs queries or extend")
    return await _answer(request, queries, extend, lang)


async def _answer(request: Request, queries: str | None, extend: str | None, lang: str) -> Response:
    language = _language(request, lang)
    asked = _object("queries" if queries is not None else "extend", queries if queries is not None else extend)
    reader = await run_in_threadpool(reader_of, request)
    if queries is not None:
        if len(asked) > MOST_QUERIES:
            raise TooLarge(f"a batch may have {MOST_QUERIES} queries, got {len(asked)}")
        end = time.monotonic() + basics_of(request).settings.query_seconds
        found = await run_in_threadpool(_matched, reader.catalogue, asked, language, lambda: time.monotonic() > end)
    else:
        found = await run_in_threadpool(_extended, reader.catalogue, asked, language)
    return _json(found, {**NEVER, "Vary": "Accept-Language"})


def _object(name: str, text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{name} must be JSON: {json_fault(error)}") from error
    if not isinstance(found, dict):
        raise BadRequest(f"{name} must be a JSON object")
    return found


def _matched(
    catalogue: Catalogue, batch: Mapping[str, Any], language: str, is_over: Callable[[], bool]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, asked in batch.items():
        if is_over():
            found[name] = {"result": [], "error": _LATER}
            continue
        try:
            ranked = candidates(catalogue, query_from_json(asked), language)
            found[name] = {"result": [_candidate_to_json(one, language) for one in ranked]}
        except InvalidArgument as error:
            found[name] = {"result": [], "error": str(error)}
    return found


def _candidate_to_json(one: Candidate, language: str) -> dict[str, Any]:
    description = {"description": one.matched} if one.matched and one.matched != one.name else {}
    return {
        "id": one.item.iri,
        "name": one.name,
        **description,
        "score": one.score,
        "match": one.match,
        "type": [type_to_json(one.type, language)],
        "features": [{"id": name, "value": value} for name, value in one.features.items()],
    }


def _extended(catalogue: Catalogue, asked: Mapping[str, Any], language: str) -> dict[str, Any]:
    table = extension_from_json(asked, _MOST_THINGS)
    columns = [(property_named(column.property), column) for column in table.columns]
    rows = {iri: _row(catalogue, iri, columns, language) for iri in table.iris}
    return {"meta": [property_to_json(found, language) for found, _ in columns], "rows": rows}


def _row(
    catalogue: Catalogue, iri: str, columns: Sequence[tuple[Property, Column]], language: str
) -> dict[str, list[dict[str, Any]]]:
    try:
        described = Described(catalogue, parse_iri(iri).value)
    except InvalidArgument:  # an identifier of somebody else, or a typing error: nothing is known of it
        return {found.id: [] for found, _ in columns}
    row = {}
    for found, column in columns:
        values = described.values(found, column.language or language, column.language)
        row[found.id] = [_cell(value) for value in values[: column.limit or len(values)]]
    return row


def _cell(value: Value) -> dict[str, Any]:
    if value.iri:
        return {"id": value.iri, "name": value.text}
    if value.number is not None:
        return {"int": int(value.number)} if value.number.is_integer() else {"float": value.number}
    return {"str": value.text}


def _preview(described: Described, kind: str, language: str) -> str:
    def texts(name: str) -> Sequence[str]:
        return [html.escape(value.text) for value in described.values(property_named(name), language)]

    title = next(iter(texts("prefLabel")), html.escape(local_name(described.iri)))
    others = ", ".join(texts("altLabel")[:8])
    description = " ".join(texts("description"))[:600]
    parts = [f"<h1>{title}</h1>", f"<p>{html.escape(kind)}</p>"]
    parts += [f"<p>{part}</p>" for part in (description, others) if part]
    return (
        f'<!DOCTYPE html><html lang="{html.escape(language)}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body>{''.join(parts)}<p>{html.escape(described.iri)}</p></body></html>"
    )


def _starts(prefix: str, identifier: str, names: Mapping[str, str]) -> bool:
    start = plain(prefix)
    texts = [identifier, *names.values()]
    return any(f" {plain(text)}".find(f" {start}") >= 0 for text in texts)


def _language(request: Request, lang: str) -> str:
    """Return the language of an address, else the one that the client prefers.

    Raises:
        InvalidArgument: it is no language tag.
    """
    return parse_language(lang) if lang else preferred_language(request)


def _json(value: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode(), media_type=JSON, headers=dict(headers or {}))
