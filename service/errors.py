"""The errors a caller can meet, each with a slug, a title and an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import JSONDecodeError
from typing import ClassVar


class ServiceError(Exception):
    """The request could not be served; the detail says what was wrong, with the value, and what would be right."""

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "Internal server error"
    status: ClassVar[int] = 500


class InvalidArgument(ServiceError):
    """A parameter or a field has a value that is not allowed."""

    slug, title, status = "invalid-argument", "Invalid value", 422


class QuerySyntaxError(ServiceError):
    """A SPARQL query does not parse; `line` and `column` count from 1 when the parser tells them."""

    slug, title, status = "query-syntax", "Malformed SPARQL query", 400

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class QueryRefused(ServiceError):
    """A SPARQL query asks for something that is switched off here, such as SERVICE."""

    slug, title, status = "query-refused", "Query feature switched off", 400


class QueryTooComplex(ServiceError):
    """A SPARQL query or update nests or chains more than any engine could work through."""

    slug, title, status = "query-too-complex", "Query too complex", 400


class UnknownFunction(ServiceError):
    """A SPARQL query or update calls a function that is not known here; `function` is its IRI."""

    slug, title, status = "unknown-function", "Unknown function", 400

    def __init__(self, message: str, function: str = "") -> None:
        super().__init__(message)
        self.function = function


class EngineFailed(ServiceError):
    """The SPARQL engine met a fault of its own; the same query will fail again. The log says more to the operator."""

    slug, title, status = "engine-failed", "Internal server error", 500


class NotFound(ServiceError):
    """Nothing is known under this name."""

    slug, title, status = "not-found", "Not found", 404


class Gone(ServiceError):
    """The thing was in an earlier release; the serving release no longer has it."""

    slug, title, status = "gone", "Gone", 410


class NotAcceptable(ServiceError):
    """The answer exists in none of the media types that `Accept` asks for."""

    slug, title, status = "not-acceptable", "Not acceptable", 406

    def __init__(self, message: str, offered: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.offered = tuple(offered)


class TooLarge(ServiceError):
    """The request is larger than the limit."""

    slug, title, status = "too-large", "Content too large", 413


class UnsupportedMedia(ServiceError):
    """The service does not read bodies of this media type."""

    slug, title, status = "unsupported-media-type", "Unsupported media type", 415


class Overloaded(ServiceError):
    """No worker is free, or a worker ran out of memory; try again later."""

    slug, title, status = "overloaded", "Service unavailable", 503
    retry_after_seconds: ClassVar[int] = 5


class CheckFailed(ServiceError):
    """A program that checks documents broke down on one: a fault of ours, or of a library."""

    slug, title, status = "check-failed", "Internal server error", 500


class PlanFailed(ServiceError):
    """A program that answers questions of stacking broke down on one: a fault of ours, or of a library."""

    slug, title, status = "plan-failed", "Internal server error", 500


class LinkFailed(ServiceError):
    """A program that links texts broke down on one: a fault of ours, or of a library."""

    slug, title, status = "link-failed", "Internal server error", 500


class TooManyRequests(ServiceError):
    """This client sends more requests than the operator allows; try again after `Retry-After` seconds."""

    slug, title, status = "too-many-requests", "Too many requests", 429

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TimedOut(ServiceError):
    """The query, check, plan or update met its time limit."""

    slug, title, status = "timeout", "Gateway timeout", 504


class ServiceFailed(ServiceError):
    """An endpoint that the query calls by SERVICE did not answer as it should."""

    slug, title, status = "service-failed", "Bad gateway", 502


class StoreUnavailable(ServiceError):
    """The store cannot be opened or did not answer."""

    slug, title, status = "store-unavailable", "Service unavailable", 503


class KeysUnreadable(ServiceError):
    """The list of keys cannot be read, so nothing can be written until the operator mends it; reading goes on."""

    slug, title, status = "keys-unreadable", "Service unavailable", 503


class NoSpace(ServiceError):
    """A disk of the server is full, such as that of temporary files; the operator must make room on it."""

    slug, title, status = "no-space", "Service unavailable", 503


class StartFailed(ServiceError):
    """The server could not start; what it needs cannot be opened."""

    slug, title, status = "start-failed", "Internal server error", 500


class WorkLocked(ServiceError):
    """Another process writes to this data directory."""

    slug, title, status = "locked", "Conflict", 409


class LoadFailed(ServiceError):
    """A loader stopped before it had read its source; `issues` is what it had reported by then."""

    slug, title, status = "load-failed", "Unreadable source", 422

    def __init__(self, message: str, issues: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.issues = tuple(issues)


class WouldLose(ServiceError):
    """A source would lose a good part of what it holds; storing it has to be forced."""

    slug, title, status = "would-lose", "Conflict", 409


class BadRequest(ServiceError):
    """The request breaks the protocol: a parameter twice, missing, or of the wrong kind."""

    slug, title, status = "bad-request", "Bad request", 400


class Forbidden(ServiceError):
    """The operator has switched this function off."""

    slug, title, status = "forbidden", "Forbidden", 403


class Unauthorized(ServiceError):
    """The request needs a key (`Authorization: Bearer …`); it has none, or one that is unknown or revoked."""

    slug, title, status = "unauthorized", "Unauthorized", 401


class NotPermitted(ServiceError):
    """The key that was sent does not allow this: its scopes, its source or its providers do not cover it."""

    slug, title, status = "not-permitted", "Forbidden", 403


class PreconditionFailed(ServiceError):
    """`If-Match` or `If-None-Match` does not hold: the record or graph has changed since, or exists already."""

    slug, title, status = "precondition-failed", "Precondition failed", 412


class RecordRefused(ServiceError):
    """The gate refused what was sent, so nothing has changed; `documents` gives the findings, as a check does."""

    slug, title, status = "record-refused", "Record refused", 422

    def __init__(self, message: str, documents: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.documents = tuple(documents)


class TooLate(ServiceError):
    """The job has passed the point at which it could be cancelled."""

    slug, title, status = "too-late", "Conflict", 409


def json_fault(error: ValueError | RecursionError) -> str:
    """Return why a text is no JSON, for whoever sent it: never the words of the interpreter about itself."""
    if isinstance(error, JSONDecodeError | UnicodeDecodeError):
        return str(error)
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it has too many digits"
