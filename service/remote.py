"""Any SPARQL 1.1 endpoint as a store: the one door to SPARQLWrapper, where engines differ and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.error import HTTPError, URLError

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from .errors import QuerySyntaxError, StoreUnavailable
from .oxigraph import triples_from_text
from .store import Row, Solutions, Triple
from .terms import XSD, Term

_NTRIPLES = "application/n-triples"
# Virtuoso 7 answers `typed-literal`, the name of the 2007 draft; everyone else says `literal`.
_KINDS = {"uri": "iri", "bnode": "bnode", "literal": "literal", "typed-literal": "literal"}


class RemoteStore:
    """A SPARQL endpoint over HTTP whose default graph is the union of its graphs, as Virtuoso's is by default."""

    def __init__(self, endpoint: str, timeout_seconds: float) -> None:
        self._endpoint = endpoint
        self._timeout = timeout_seconds

    def select(self, query: str) -> Solutions:
        """See `Store.select`."""
        body = self._json(query)
        names = tuple(body["head"].get("vars", ()))
        rows: list[Row] = [
            {name: _term(value) for name, value in binding.items()} for binding in body["results"]["bindings"]
        ]
        return Solutions(names, rows)

    def ask(self, query: str) -> bool:
        """See `Store.ask`."""
        return bool(self._json(query)["boolean"])

    def construct(self, query: str) -> Sequence[Triple]:
        """See `Store.construct`."""
        return list(dict.fromkeys(triples_from_text(self._send(query, _NTRIPLES), _NTRIPLES)))

    def close(self) -> None:
        """Nothing is held between queries."""

    def _json(self, query: str) -> dict[str, Any]:
        try:
            body = json.loads(self._send(query, "application/sparql-results+json"))
        except ValueError as error:
            raise StoreUnavailable(f"{self._endpoint} did not answer with SPARQL results in JSON") from error
        return dict(body)

    def _send(self, query: str, media_type: str) -> bytes:
        client = SPARQLWrapper(self._endpoint, returnFormat=JSON)
        client.setMethod(POST)
        client.setTimeout(max(1, round(self._timeout)))
        client.setQuery(query)
        client.addCustomHttpHeader("Accept", media_type)
        # SPARQLWrapper would add `format=json`, which Virtuoso lets win over Accept for graphs too.
        client.setOnlyConneg(True)
        try:
            return bytes(client.query().response.read())
        except QueryBadFormed as error:
            raise QuerySyntaxError(_first_line(error)) from error
        except (SPARQLWrapperException, HTTPError, URLError, TimeoutError, OSError) as error:
            raise StoreUnavailable(f"{self._endpoint} did not answer: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _term(value: dict[str, str]) -> Term:
    kind = _KINDS[value["type"]]
    datatype = value.get("datatype")
    return Term(
        kind,  # type: ignore[arg-type]  # one of the three, by the table above
        value["value"],
        value.get("xml:lang") or None,
        None if datatype == XSD + "string" else datatype,
    )
