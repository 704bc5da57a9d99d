"""Answers to SPARQL in the result formats of the W3C, read by the embedded engine's parser."""

from __future__ import annotations

import pyoxigraph as ox

from .errors import InvalidArgument


def check_solutions(data: bytes, media_type: str) -> None:
    """Read the answer of another endpoint to a SELECT, as JSON or XML, to its end.

    Raises:
        InvalidArgument: it does not parse, or answers an ASK.
    """
    kind = ox.QueryResultsFormat.from_media_type(media_type)
    assert kind is not None
    try:
        found = ox.parse_query_results(data, format=kind)
        if isinstance(found, ox.QueryBoolean):
            raise InvalidArgument("it is the answer to an ASK")
        for _ in found:
            pass
    except SyntaxError as error:
        raise InvalidArgument(str(error)) from error
