"""Reads a request of the SPARQL 1.1 Protocol: which query, over which graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from ..errors import BadRequest, Forbidden, InvalidArgument, TooLarge, UnsupportedMedia
from ..rdf.media_types import FORM, SPARQL_QUERY, SPARQL_UPDATE
from ..rdf.terms import parse_iri

_MOST_PARAMETERS = 1000
_BOM = "\ufeff"  # what some editors begin a file with
_ONCE = ("query", "update", "timeout")


@dataclass(frozen=True, slots=True)
class Operation:
    """A query as the protocol carries it. None for the graphs means: as the query says, else all."""

    query: str
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None
    formats: tuple[str, ...]
    seconds: float | None


def parse_get(query_string: bytes, max_bytes: int) -> Operation | None:
    """Return the query of a GET, or None when the address has no `query`: then the service describes itself.

    Raises:
        BadRequest: a parameter is malformed, stands twice, or asks for an update.
        TooLarge: the query is longer than the limit.
    """
    parameters = _decode(query_string)
    if _single(parameters, "update") is not None:
        raise BadRequest("an update needs POST; it cannot be sent by GET")
    return None if _single(parameters, "query") is None else _operation(parameters, max_bytes)


def parse_post(query_string: bytes, content_type: str, body: bytes, max_bytes: int) -> Operation:
    """Return the query of a POST: a form, or the query itself with everything else in the address.

    Raises:
        BadRequest: a parameter is malformed, missing or stands twice, or the body is not UTF-8.
        Forbidden: it is an update.
        TooLarge: the query is longer than the limit.
        UnsupportedMedia: the body is something else.
    """
    parameters = _decode(query_string)
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == FORM:
        parameters += _decode(body)
    elif media_type in (SPARQL_QUERY, SPARQL_UPDATE):
        parameters.append((media_type.removeprefix("application/sparql-"), _text(body)))
    else:
        raise UnsupportedMedia(f"the body must be {FORM} or {SPARQL_QUERY}, got {content_type[:100]!r}")
    update = _single(parameters, "update")
    if update is not None and _single(parameters, "query") is not None:
        raise BadRequest("a request holds either a query or an update, not both")
    if update is not None:
        raise Forbidden("an update is not carried out here: send it to /sparql/update, with a key")
    if _single(parameters, "query") is None:
        raise BadRequest("the parameter query is missing")
    return _operation(parameters, max_bytes)


def parse_update(query_string: bytes, content_type: str, body: bytes) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the text of an update and the graphs of `using-graph-uri` and `using-named-graph-uri`.

    Raises:
        BadRequest: a parameter is malformed, missing or stands twice, or the body is not UTF-8.
        UnsupportedMedia: the body is something else.
    """
    parameters = _decode(query_string)
    if any(name in ("update", "query") for name, _ in parameters):
        raise BadRequest("an update stands in the body, never in the address")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == FORM:
        parameters += _decode(body)
    elif media_type == SPARQL_UPDATE:
        parameters.append(("update", _text(body)))
    else:
        raise UnsupportedMedia(f"the body must be {FORM} or {SPARQL_UPDATE}, got {content_type[:100]!r}")
    if _single(parameters, "query") is not None:
        raise BadRequest("a query is sent to /sparql")
    update = _single(parameters, "update")
    if update is None:
        raise BadRequest("the parameter update is missing")
    return (
        update.removeprefix(_BOM),
        _graphs(parameters, "using-graph-uri"),
        _graphs(parameters, "using-named-graph-uri"),
    )


def _operation(parameters: Sequence[tuple[str, str]], max_bytes: int) -> Operation:
    values = {name: _single(parameters, name) for name in _ONCE}
    query = (values["query"] or "").removeprefix(_BOM)
    if len(query.encode()) > max_bytes:
        raise TooLarge(f"a query may be {max_bytes // 1024} KiB long, got {len(query.encode()) // 1024} KiB")
    default_graphs = _graphs(parameters, "default-graph-uri")
    named_graphs = _graphs(parameters, "named-graph-uri")
    has_dataset = default_graphs or named_graphs
    return Operation(
        query,
        default_graphs if has_dataset else None,
        named_graphs if has_dataset else None,
        tuple(value for name, value in parameters if name == "format" and value),
        None if values["timeout"] is None else _seconds(values["timeout"]),
    )


def _decode(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError as error:
        raise BadRequest("parameters must be percent-encoded UTF-8") from error
    except ValueError as error:
        raise BadRequest(f"more than {_MOST_PARAMETERS} parameters") from error


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"the query must be UTF-8; byte {error.start} is not") from error


def _single(parameters: Sequence[tuple[str, str]], name: str) -> str | None:
    values = [value for key, value in parameters if key == name]
    if len(values) > 1:
        raise BadRequest(f"the parameter {name} may stand once, got {len(values)}")
    return values[0] if values else None


def _graphs(parameters: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    try:
        return tuple(parse_iri(value).value for key, value in parameters if key == name and value)
    except InvalidArgument as error:
        raise BadRequest(f"{name}: {error}") from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise BadRequest(f"timeout must be a number of seconds, got {text[:50]!r}") from error
    if not 0 < seconds < float("inf"):
        raise BadRequest(f"timeout must be more than 0 seconds, got {text[:50]!r}")
    return seconds
