"""Titles of errors are the reason phrases of RFC 9110; only refusals of content have titles of their own."""

from __future__ import annotations

import pytest

from service.errors import ServiceError
from tests.support.error_kinds import KINDS

# RFC 9110 §15.5 and §15.6, RFC 6585 §4 for 429; as sentences, the first letter alone a capital.
PHRASES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    412: "Precondition failed",
    413: "Content too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}
# 400 and 422 say too little: these kinds say what it is that cannot be used.
PRECISE = {
    "bad-request": "Bad request",
    "query-syntax": "Malformed SPARQL query",
    "query-too-complex": "Query too complex",
    "unknown-function": "Unknown function",
    "query-refused": "Query feature switched off",
    "invalid-argument": "Invalid value",
    "load-failed": "Unreadable source",
    "record-refused": "Record refused",
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_title_is_the_phrase_of_the_status(kind: type[ServiceError]) -> None:
    assert kind.title == (PRECISE[kind.slug] if kind.status in (400, 422) else PHRASES[kind.status])
