"""The errors a caller can meet, each with a slug and an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ServiceError(Exception):
    """A refusal the caller can understand: what was wrong, with the value, and what would be right."""

    slug: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be served"
    status: ClassVar[int] = 500


class InvalidArgument(ServiceError):
    """A value of the call is not what it must be."""

    slug, title, status = "invalid-argument", "A value is not valid", 422


class QuerySyntaxError(ServiceError):
    """A SPARQL query does not parse; `line` and `column` count from 1 when the parser tells them."""

    slug, title, status = "query-syntax", "Malformed SPARQL query", 400

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class QueryRefused(ServiceError):
    """A SPARQL query asks for something that is switched off here, such as SERVICE."""

    slug, title, status = "query-refused", "The query uses a feature that is switched off", 400


class NotFound(ServiceError):
    """Nothing is known under this name."""

    slug, title, status = "not-found", "Nothing is known under this name", 404


class Gone(ServiceError):
    """What this named was here once and is no longer."""

    slug, title, status = "gone", "This was here and is no longer", 410


class NotAcceptable(ServiceError):
    """None of the media types asked for exists."""

    slug, title, status = "not-acceptable", "None of the media types asked for is offered", 406

    def __init__(self, message: str, offered: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.offered = tuple(offered)


class TooLarge(ServiceError):
    """The request is larger than the limit."""

    slug, title, status = "too-large", "The request is too large", 413


class UnsupportedMedia(ServiceError):
    """The body is of a media type nobody here reads."""

    slug, title, status = "unsupported-media-type", "The media type of the body is not supported", 415


class Overloaded(ServiceError):
    """No worker is free, or a worker ran out of memory; try again later."""

    slug, title, status = "overloaded", "The service is busy", 503
    retry_after_seconds: ClassVar[int] = 5


class TooManyRequests(ServiceError):
    """One client asks more often than it may; try again later."""

    slug, title, status = "too-many-requests", "You ask too often", 429

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TimedOut(ServiceError):
    """The query met its time limit."""

    slug, title, status = "timeout", "The query met its time limit", 504


class ServiceFailed(ServiceError):
    """An endpoint that the query calls by SERVICE did not answer as it should."""

    slug, title, status = "service-failed", "An endpoint that the query calls failed", 502


class StoreUnavailable(ServiceError):
    """The store cannot be opened or did not answer."""

    slug, title, status = "store-unavailable", "The store does not answer", 503


class WorkLocked(ServiceError):
    """Another process writes to this data directory."""

    slug, title, status = "locked", "Another process is writing", 409


class LoadFailed(ServiceError):
    """A loader stopped before it had read its source; `issues` is what it had reported by then."""

    slug, title, status = "load-failed", "The source could not be read", 422

    def __init__(self, message: str, issues: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.issues = tuple(issues)


class BadRequest(ServiceError):
    """The request breaks the protocol: a parameter twice, missing, or of the wrong kind."""

    slug, title, status = "bad-request", "The request breaks the protocol", 400


class Forbidden(ServiceError):
    """This is switched off here."""

    slug, title, status = "forbidden", "This is switched off here", 403


class Unauthorized(ServiceError):
    """A key is needed here, `Authorization: Bearer …`, and none that is known was sent."""

    slug, title, status = "unauthorized", "A key is needed here", 401


class NotPermitted(ServiceError):
    """The key that was sent does not open this: its scopes, its source or its providers do not cover it."""

    slug, title, status = "not-permitted", "This key does not open this", 403


class PreconditionFailed(ServiceError):
    """What is there is not what `If-Match` or `If-None-Match` asks for: it has changed since, or exists already."""

    slug, title, status = "precondition-failed", "It is not as the request says", 412


class RecordRefused(ServiceError):
    """What was sent is not let in; `documents` says why, as checking a document does, and nothing has changed."""

    slug, title, status = "record-refused", "What was sent is not let in", 422

    def __init__(self, message: str, documents: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.documents = tuple(documents)


class TooLate(ServiceError):
    """It is past the point at which this could still be done."""

    slug, title, status = "too-late", "It is too late for that", 409
