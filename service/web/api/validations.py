"""The REST resource of checks: a document against profiles, and the recognition matrix."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ...errors import StoreUnavailable
from ...negotiation import content_type
from ...rdf.media_types import CREDENTIAL, CSV, JSON, JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, XLSX
from ...validation.listing import definition_titles, profile_titles, shape_groups
from ...workers.check_task import CheckTask
from ..edge.caching import NEVER
from ..edge.call import PROBLEMS
from ..edge.client_rate import asking_client
from ..edge.leaving import unless_client_left
from ..edge.release_choice import as_files
from ..edge.services import SettingsDep, services_of
from ..edge.uploads import MULTIPART, Upload, read_upload
from ..edge.written import addresses_of, choose_media_type
from ..models.parameters import Format, LabelChoice, Lang, label_choice
from ..models.record_schema import DOCUMENT_SCHEMA
from ..models.validation_models import WORDS, ProfileModel, ProfilesModel, RecognitionsModel, ValidationModel

DEFAULT_PROFILE = "eu"

_EXAMPLE = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix elm: <http://data.europa.eu/snb/model/elm/> .

<http://example.org/course> a elm:Qualification ;
    dcterms:title "Data security"@en ;
    elm:EQFLevel <http://data.europa.eu/snb/eqf/6> .
"""
_CREDENTIAL_EXAMPLE = {
    "@context": ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"],
    "id": "urn:credential:1",
    "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
    "issued": "2026-01-31T12:00:00+02:00",
    "credentialSubject": {"id": "urn:person:1", "type": "Person", "fullName": {"en": ["Ada Example"]}},
}
_TEXT = {"type": "string"}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The document. Nothing of it is stored or logged. A JSON-LD context is never fetched.",
        "content": {
            TURTLE: {"schema": _TEXT, "example": _EXAMPLE},
            JSON_LD: {"schema": DOCUMENT_SCHEMA, "example": _CREDENTIAL_EXAMPLE},
            JSON: {
                "schema": DOCUMENT_SCHEMA,
                "examples": {
                    "bare": {"summary": "A European Digital Credential", "value": _CREDENTIAL_EXAMPLE},
                    "upload": {"summary": "In the form for upload", "value": {"credential": _CREDENTIAL_EXAMPLE}},
                    "sealed": {"summary": "Sealed", "value": {"payload": json.dumps(_CREDENTIAL_EXAMPLE)}},
                },
            },
            **{name: {"schema": _TEXT} for name in (
                CREDENTIAL, TRIG, N_TRIPLES, N_QUADS,
                RDF_XML, CSV,
            )},
            XLSX: {"schema": {**_TEXT, "format": "binary"}},
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "text": {**_TEXT, "description": "Instead of a file."},
                        "profile": {"type": "array", "items": _TEXT},
                    },
                }
            },
        },
    }
}  # fmt: skip
_REFUSALS: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    400: {"description": "The form cannot be read or holds no document"},
    413: {"description": "The document is too large"},
    415: {"description": "The media type of the document is not supported"},
    503: {"description": "Too many documents wait, or this one took too much memory: try again after Retry-After"},
    504: {"description": "Checking met its time limit"},
}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Verdicts as JSON, or a SHACL validation report", "content": {TURTLE: {"schema": _TEXT}}}
}
Profiles = Annotated[
    list[str] | None,
    Query(alias="profile", description="A definition; may be repeated. GET /api/v1/profiles lists them."),
]

router = APIRouter(tags=["checking"])


@router.get("/profiles", response_model=ProfilesModel, summary="List the definitions to check against")
def list_profiles(request: Request, response: Response, settings: SettingsDep, lang: Lang = None) -> ProfilesModel:
    """Answer with every profile: the definition of a community or a country, and shapes of others that are set up."""
    addresses, labels = addresses_of(request), label_choice(request, lang)
    response.headers["Vary"] = "Accept-Language"
    items = [
        ProfileModel(id=name, title=dict(labels.pick(title)), links={"self": addresses.path(f"/shapes/{name}")})
        for name, title in profile_titles().items()
    ]
    others = shape_groups(settings.shapes)
    items += [ProfileModel(id=name, title={"en": name}, links={}) for name in others]
    return ProfilesModel(items=items)


@router.post(
    "/validations",
    response_model=ValidationModel,
    responses={**_REFUSALS, **_REPORT},
    openapi_extra=_BODY,
    summary="Check a document against definitions",
)
async def validate_document(
    request: Request, settings: SettingsDep, profile: Profiles = None, format_name: Format = None, lang: Lang = None
) -> Response:
    """Answer with a verdict for each profile (`eu` when none is named): is each element met, violated or unknown?

    A document that cannot be read gets an answer too, with `error`. Proof and status of an issued credential are not
    looked at. A table, CSV or XLSX (docs/loading.md), gets a `summary` by cause, and the first rows of each.
    Nothing is stored.
    """
    media_type = choose_media_type(request, format_name, (JSON, TURTLE))
    upload = await read_upload(request, settings.upload_mb, tables=True)
    names = tuple(profile or upload.profiles or (DEFAULT_PROFILE,))
    labels = label_choice(request, lang)
    body = await run_check(request, upload, profiles=names, report=media_type == TURTLE)
    if media_type == JSON and labels.language:
        body = _text(_worded(json.loads(body), labels))
    headers = {**NEVER, "Vary": "Accept, Accept-Language", "Content-Type": content_type(media_type)}
    return Response(body, headers=headers)


@router.post(
    "/recognitions",
    response_model=RecognitionsModel,
    responses=_REFUSALS,
    openapi_extra=_BODY,
    summary="By whose definition is it a micro-credential?",
)
async def recognise_document(
    request: Request, settings: SettingsDep, profile: Profiles = None, lang: Lang = None
) -> Response:
    """Answer with a row for each profile, all definitions when none is named: yes or no, and for a no what to change.

    These are readings of definitions; recognition itself is for institutions and authorities to decide.
    """
    upload = await read_upload(request, settings.upload_mb)
    names = tuple(profile or upload.profiles or definition_titles())
    found = json.loads(await run_check(request, upload, recognition=names))
    keys = ("source", "recognition", "issues", "error")
    documents = [{key: document[key] for key in keys} for document in found["documents"]]
    told = _worded({"documents": documents}, label_choice(request, lang))
    return Response(_text(told), headers={**NEVER, "Vary": "Accept-Language", "Content-Type": JSON})


def _worded(told: Any, labels: LabelChoice) -> Any:
    """Return an answer with its texts in the languages asked for."""
    if isinstance(told, list):
        return [_worded(one, labels) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        key: labels.pick(one) if key in WORDS and isinstance(one, dict) else _worded(one, labels)
        for key, one in told.items()
    }


def _text(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


async def run_check(
    request: Request,
    upload: Upload,
    *,
    profiles: tuple[str, ...] = (),
    recognition: tuple[str, ...] = (),
    report: bool = False,
) -> bytes:
    """Return the answer to a document, made in a process of its own; things of the serving release are known there."""
    services = services_of(request)
    store = ""
    with suppress(StoreUnavailable):
        files = as_files(request, services.readers.current())
        store = str(files.path.absolute() / "store") if files and files.path else ""
    task = CheckTask(
        profiles=tuple(dict.fromkeys(profiles)),
        recognition=tuple(dict.fromkeys(recognition)),
        report=report,
        media_type=upload.media_type,
        source=upload.source or "document",
        store=store,
        seconds=services.settings.check_seconds,
    )
    work = services.check_pool.run(task, upload.data, asking_client(request))
    return (await unless_client_left(request, work)).body
