"""Answers errors as RFC 9457 problem documents, each kind with an address that explains it."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from ...errors import (
    EngineFailed,
    KeysUnreadable,
    NoSpace,
    NotAcceptable,
    NotFound,
    Overloaded,
    QuerySyntaxError,
    RecordRefused,
    ServiceError,
    StoreUnavailable,
    TooManyRequests,
    Unauthorized,
    UnknownFunction,
)
from ...files import is_full
from ...negotiation import choose
from ...rdf.media_types import HTML, JSON
from ..models.addresses import raw_path
from .leaving import ClientLeft, nobody_there
from .logs import REQUEST
from .services import basics_of

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_Whole = tuple[list[tuple[bytes, bytes]], bytes]

NO_ADDRESS = "there is nothing at this address"
_HEADERS = {"Cache-Control": "no-store"}
_MOST_ERRORS = 20
_EXPECTED = " expected "
_NO_STORE = (
    "The store behind this service failed or did not answer. Try again later; the log says more to the operator."
)
_UNTOLD: Mapping[type[ServiceError], str] = {
    StoreUnavailable: _NO_STORE,
    KeysUnreadable: "The list of keys cannot be read, so nothing can be written. The log says more to the operator.",
    NoSpace: "A disk of this service is full, such as that of temporary files. The log says more to the operator.",
}
_OTHER = {
    "uri-too-long": (414, "URI too long", "Send what is long in the body of a POST."),
    "headers-too-large": (431, "Request header fields too large", "Send fewer or shorter headers, such as cookies."),
    "request-timeout": (408, "Request timeout", "The request did not come in whole in time. Send it again."),
    "internal": (500, "Internal server error", "The service has a fault. The incident number finds it in the log."),
    "method-not-allowed": (405, "Method not allowed", "The Allow header names the methods that are."),
    "invalid-request": (422, "Invalid request", "`errors` names each value and what is wrong with it."),
}

_ESCO_BY_HTTPS = re.compile(r"https(?=(?::|%3A)(?:/|%2F){2}data\.europa\.eu(?:/|%2F)esco(?:/|%2F))", re.IGNORECASE)
_ESCO_UUID = re.compile(
    r"(?:(?<=%2F)|(?<![0-9A-F-]))[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}(?![0-9A-F-])", re.IGNORECASE
)

router = APIRouter(include_in_schema=False)


def install(app: FastAPI, base_url: str, data: Path) -> None:
    """Let every error of the app become a problem document; people get the page that its `Basics` hold.

    A disk that is full, or that has lost a file of the data directory, is an error of that kind too.
    """

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, ServiceError)
        if isinstance(error, NotFound) and (meant := _as_esco_writes_it(request)):
            return Response(status_code=308, headers={"Location": base_url + meant})
        body = _service_document(error, base_url)
        if isinstance(error, tuple(_UNTOLD)) and error.__cause__ is not None:
            # What an engine or a disk says holds paths and addresses: it goes to the log, under the request's id.
            logger.error("%s", error, extra={REQUEST: _request_id(request)})
            body["detail"] = _UNTOLD[type(error)]
        elif isinstance(error, EngineFailed):
            logger.error("%s: %s", error, error.__cause__, extra={REQUEST: _request_id(request)})
        return _answer(request, error.status, body, _service_headers(error))

    async def by_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and (meant := _without_stray_slashes(request)):
            return Response(status_code=308, headers={"Location": base_url + meant})
        headers = {"Allow": allowed(request.scope)} if error.status_code == 405 else dict(error.headers or {})
        return _answer(request, error.status_code, _http_document(error, base_url), headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [_field_error(found) for found in error.errors()[:_MOST_ERRORS]]
        detail = "; ".join(f"{found['pointer']}: {found['detail']}" for found in errors)
        return _answer(request, 422, _other_document("invalid-request", detail, base_url, errors=errors), {})

    async def left(request: Request, error: Exception) -> Response:
        return nobody_there()

    async def by_system(request: Request, error: Exception) -> Response:
        assert isinstance(error, OSError)
        if is_full(error):
            return await refused(request, _because(NoSpace("a disk is full"), error))
        if isinstance(error, FileNotFoundError) and str(error.filename).startswith(str(data)):
            return await refused(request, _because(StoreUnavailable(f"{error.filename} is gone"), error))
        raise error

    app.add_exception_handler(OSError, by_system)
    app.add_exception_handler(ClientLeft, left)
    app.add_exception_handler(ClientDisconnect, left)  # in the middle of its body, or after one that is broken
    app.add_exception_handler(ServiceError, refused)
    app.add_exception_handler(HTTPException, by_framework)
    app.add_exception_handler(RequestValidationError, invalid)


def _because(error: ServiceError, cause: Exception) -> ServiceError:
    error.__cause__ = cause
    return error


def failed(base_url: str) -> Callable[[str, MutableMapping[str, Any]], _Whole]:
    """Return what makes the answer to a fault of ours: the incident, and nothing about its cause."""

    def make(incident: str, scope: MutableMapping[str, Any]) -> _Whole:
        document = _other_document("internal", _OTHER["internal"][2], base_url) | {"instance": incident}
        return _fault_page(scope, document) or (
            [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")],
            _text(document),
        )

    return make


def _fault_page(scope: MutableMapping[str, Any], body: Mapping[str, Any]) -> _Whole | None:
    """Return the page that tells a person of a fault; None for a program, or when the fault is in the pages."""
    request = Request(scope)
    if not _wants_page(request):
        return None
    try:
        answer = basics_of(request).error_page(request, 500, body["title"], f"{body['detail']} {body['instance']}")
    except Exception:  # the page may be what has the fault
        logger.exception("the page of incident %s", body["instance"])
        return None
    answer.headers.update({**_HEADERS, "Vary": "Accept"})
    return [pair for pair in answer.raw_headers if pair[0] != b"content-length"], bytes(answer.body)


def document(slug: str, title: str, status: int, detail: str, base_url: str, **more: object) -> dict[str, Any]:
    """Return a problem document."""
    return {
        "type": f"{base_url}/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": uuid.uuid4().urn,
        **more,
    }


@router.get("/problems/{slug}")
def explain(slug: str, request: Request) -> Response:
    """Say what a kind of problem means: what the `type` of a problem document points to."""
    known = dict(kinds())
    if slug not in known:
        raise NotFound(f"there is no kind of problem {slug[:100]!r}; there are: {', '.join(sorted(known))}")
    status, title, meaning = known[slug]
    if choose(request.headers.get("accept"), (JSON, HTML)) == HTML:
        found = basics_of(request).error_page(request, status, title, meaning)
        found.status_code = 200
        return found
    body = {
        "type": f"{basics_of(request).settings.base_url}/problems/{slug}",
        "title": title,
        "status": status,
        "description": meaning,
    }
    return Response(_text(body), media_type=JSON, headers={"Vary": "Accept"})


def kinds() -> Iterator[tuple[str, tuple[int, str, str]]]:
    """Give every kind by its slug: status, title, meaning."""
    yield from _OTHER.items()
    found = [ServiceError]
    for kind in found:
        found.extend(kind.__subclasses__())
        yield kind.slug, (kind.status, kind.title, " ".join((kind.__doc__ or "").split()))


def _answer(request: Request, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    all_headers = {**_HEADERS, "Vary": "Accept", **headers}
    if _wants_page(request):
        answer = basics_of(request).error_page(request, status, body["title"], body["detail"])
        answer.headers.update(all_headers)
        return answer
    return Response(_text(body), status, all_headers, MEDIA_TYPE)


def allowed(scope: MutableMapping[str, Any]) -> str:
    """Return every method of an address, also when several functions share it; empty where there is nothing.

    HEAD is GET, and OPTIONS is wherever another one is.
    """

    def has(method: str) -> bool:
        asked = {**scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in scope["app"].routes)

    found = {method for method in ("GET", "POST", "PUT", "DELETE", "PATCH") if has(method)}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set()) | {"OPTIONS"})) if found else ""


def _without_stray_slashes(request: Request) -> str:
    """Return the address, with its query, that has no slash too many and exists; empty when there is none."""
    path: str = request.scope["path"]
    meant = "/" + "/".join(part for part in path.split("/") if part)
    if meant == path or "," not in allowed({**request.scope, "path": meant}):
        return ""
    query = request.scope["query_string"].decode("latin-1")
    return quote(meant) + (f"?{query}" if query else "")


def _as_esco_writes_it(request: Request) -> str:
    """Return the address with the names of ESCO as ESCO writes them, for a reader; empty when it has them already."""
    if request.method not in ("GET", "HEAD"):
        return ""
    path, query = raw_path(request.scope), request.scope["query_string"].decode("latin-1")
    asked = path + (f"?{query}" if query else "")
    meant = _ESCO_UUID.sub(lambda found: found[0].lower(), _ESCO_BY_HTTPS.sub("http", asked))
    return meant if meant != asked else ""


def _wants_page(request: Request) -> bool:
    try:
        offered = (MEDIA_TYPE, JSON, HTML)
        return choose(request.headers.get("accept"), offered) == HTML
    except NotAcceptable:
        return False


def _request_id(request: Request) -> dict[str, str | None]:
    return {"request_id": getattr(request.state, "request_id", None)}


def _service_document(error: ServiceError, base_url: str) -> dict[str, Any]:
    more: dict[str, object] = {}
    if isinstance(error, QuerySyntaxError):
        message = str(error)
        more = {"line": error.line, "column": error.column}
        if _EXPECTED in message:
            more["expected"] = message.partition(_EXPECTED)[2]
        more["errors"] = [{"pointer": "#/query", "detail": message}]
    elif isinstance(error, UnknownFunction):
        more = {"function": error.function or None}
    elif isinstance(error, NotAcceptable):
        more = {"offered": list(error.offered)}
    elif isinstance(error, RecordRefused):
        more = {"documents": list(error.documents)}
    more = {key: value for key, value in more.items() if value is not None}
    return document(error.slug, error.title, error.status, str(error), base_url, **more)


def _service_headers(error: ServiceError) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="pinoamo"'}
    return {"Retry-After": str(Overloaded.retry_after_seconds)} if error.status == 503 else {}


def _http_document(error: HTTPException, base_url: str) -> dict[str, Any]:
    if error.status_code == 405:
        return _other_document("method-not-allowed", _OTHER["method-not-allowed"][2], base_url)
    if error.status_code == 404:
        return document(NotFound.slug, NotFound.title, 404, NO_ADDRESS, base_url)
    title = HTTPStatus(error.status_code).phrase
    return {**document("", title, error.status_code, str(error.detail), base_url), "type": "about:blank"}


def _other_document(slug: str, detail: str, base_url: str, **more: object) -> dict[str, Any]:
    status, title, _ = _OTHER[slug]
    return document(slug, title, status, detail, base_url, **more)


def _field_error(found: Mapping[str, Any]) -> dict[str, str]:
    return {"pointer": "#/" + "/".join(str(part) for part in found["loc"]), "detail": found["msg"]}


def _text(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, ensure_ascii=False) + "\n").encode()
