"""Any SPARQL 1.1 endpoint as a store: only this module imports SPARQLWrapper and knows how engines differ."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError

from pydantic import SecretStr
from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from ..errors import BadRequest, InvalidArgument, QuerySyntaxError, StoreUnavailable
from ..rdf.media_types import N_TRIPLES, RESULTS_JSON
from ..rdf.namespaces import XSD
from ..rdf.statements import Row, Solutions, Triple
from ..rdf.syntax import triples_from_text
from ..rdf.terms import Term
from ..sparql.dataset import dataset_of

_NO_GRAPH = "urn:pinoamo:no-graph"
_CHUNK = 1 << 16
# Virtuoso 7 answers `typed-literal`, the name of the 2007 draft; everyone else says `literal`.
_KINDS = {"uri": "iri", "bnode": "bnode", "literal": "literal", "typed-literal": "literal"}

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class RemoteGraphs:
    """The graphs of a release in an engine, by their names there.

    `merged` is the one that holds what all of them state, each statement once; empty when there is none. `overlaps` are
    the pairs that state some of the same: as one default graph, engines count that twice.
    """

    named: tuple[str, ...] = ()
    merged: str = ""
    overlaps: frozenset[frozenset[str]] = frozenset()


class RemoteStore:
    """A SPARQL endpoint over HTTP. Without `graphs` the default graph is the engine's own, as is what counts twice."""

    def __init__(
        self,
        endpoint: str,
        timeout_seconds: float,
        token: SecretStr | None = None,
        graphs: RemoteGraphs = RemoteGraphs(),
        rename: Callable[[str], str] = str,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Take an endpoint, a bearer's token for it, and what a graph of the catalogue is called there.

        `rename` gives a name for any graph, `names` hold those of the graphs that there are.
        """
        self._endpoint = endpoint
        self._timeout = timeout_seconds
        self._token = token
        self._graphs = graphs
        self._named = graphs.named
        self._default = (graphs.merged,) if graphs.merged else graphs.named
        self._rename = rename
        self.names: Mapping[str, str] = names or {}

    def over(self, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None) -> RemoteStore:
        """Return the same endpoint over graphs that a client names.

        Raises:
            BadRequest: as the default graph they would count twice what two of them state.
        """
        # Without any default graph an engine would take all of them.
        default = tuple(dict.fromkeys(map(self._rename, default_graphs or (_NO_GRAPH,))))
        if self._graphs.merged and set(self._graphs.named) <= set(default):
            default = (self._graphs.merged,)
        self._refuse_overlap(default)
        store = RemoteStore(self._endpoint, self._timeout, self._token, self._graphs, self._rename, self.names)
        store._default, store._named = default, tuple(map(self._rename, named_graphs or ()))
        return store

    def over_clauses(self, query: str) -> RemoteStore:
        """Return the same endpoint over the graphs that a query names by FROM and FROM NAMED.

        They are sent as parameters, too: an Oxigraph server whose default graph is the union reads nothing else. Where
        both are sent Virtuoso 7.2 goes by the clauses, so that the merge of all graphs cannot stand for them.

        Raises:
            BadRequest: as the default graph they would count twice what two of them state.
        """
        dataset = dataset_of(query)
        store = RemoteStore(self._endpoint, self._timeout, self._token, self._graphs, self._rename, self.names)
        store._default, store._named = (dataset.default or (_NO_GRAPH,), dataset.named) if dataset else ((), ())
        self._refuse_overlap(store._default)
        return store

    def _refuse_overlap(self, graphs: Sequence[str]) -> None:
        if any(pair <= frozenset(graphs) for pair in self._graphs.overlaps):
            raise BadRequest(
                "two of these graphs state some of the same, which the engine would count twice: name none, which "
                "means all, or ask by GRAPH"
            )

    def select(self, query: str) -> Solutions:
        """See `Store.select`."""
        return self._json(query, _solutions)

    def ask(self, query: str) -> bool:
        """See `Store.ask`."""
        return self._json(query, _boolean)

    def construct(self, query: str) -> Sequence[Triple]:
        """See `Store.construct`."""
        answer = self._send(query, N_TRIPLES)
        try:
            return list(dict.fromkeys(_triple(triple) for triple in triples_from_text(answer, N_TRIPLES)))
        except InvalidArgument as error:
            raise StoreUnavailable(f"{self._endpoint} did not answer with N-Triples: {error}") from error

    def table(self, query: str) -> Iterator[list[str]]:
        """See `Store.table`."""
        names, rows = self.select(query)
        return ([_text(row.get(name)) for name in names] for row in rows)

    def close(self) -> None:
        """Nothing is held between queries."""

    def _json(self, query: str, read: Callable[[dict[str, Any]], Answer]) -> Answer:
        answer = self._send(query, RESULTS_JSON)
        try:
            return read(json.loads(answer))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise StoreUnavailable(f"{self._endpoint} did not answer with SPARQL results in JSON") from error

    def _send(self, query: str, media_type: str) -> bytes:
        deadline = time.monotonic() + self._timeout
        client = SPARQLWrapper(self._endpoint)
        client.setMethod(POST)
        client.setTimeout(max(1, round(self._timeout)))
        client.setQuery(query)
        client.addCustomHttpHeader("Accept", media_type)
        # SPARQLWrapper would add `format=json`, which Virtuoso lets win over Accept for graphs too.
        client.setOnlyConneg(True)
        for graph in self._default:
            client.addParameter("default-graph-uri", graph)
        for graph in self._named:
            client.addParameter("named-graph-uri", graph)
        if self._token is not None:
            client.addCustomHttpHeader("Authorization", f"Bearer {self._token.get_secret_value()}")
        try:
            return _whole(client.query().response, deadline)
        except QueryBadFormed as error:
            raise QuerySyntaxError(_reason(error)) from error
        except (SPARQLWrapperException, HTTPException, OSError) as error:
            raise StoreUnavailable(f"{self._endpoint} did not answer: {_reason(error)}") from error


def _whole(response: HTTPResponse, deadline: float) -> bytes:
    """Read an answer to its end; the time limit of a connection starts again with every byte, this one does not."""
    parts = []
    with response:
        while part := response.read1(_CHUNK):
            parts.append(part)
            if time.monotonic() > deadline:
                raise TimeoutError("the answer took too long")
        if response.length:
            raise IncompleteRead(b"", response.length)
    return b"".join(parts)


def _solutions(body: dict[str, Any]) -> Solutions:
    names = tuple(body["head"].get("vars", ()))
    rows: list[Row] = [
        {name: _term(value) for name, value in binding.items()} for binding in body["results"]["bindings"]
    ]
    return Solutions(names, rows)


def _text(term: Term | None) -> str:
    if term is None:
        return ""
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def _boolean(body: dict[str, Any]) -> bool:
    if "boolean" in body:
        return bool(body["boolean"])
    # Virtuoso 7.2 answers ASK as a table of one number (test_virtuoso_answers_ask).
    return any(binding["__ASK_RETVAL"]["value"] == "1" for binding in body["results"]["bindings"])


def _reason(error: Exception) -> str:
    # SPARQLWrapper puts a sentence of its own before the server's answer, which it shows as a bytes literal.
    text = str(error.args[0]) if error.args and not isinstance(error, HTTPError | URLError) else str(error)
    return " ".join(text.removeprefix("b'").removeprefix('b"').split("\\n")[0].split())[:300] or type(error).__name__


def _lexical(value: str, datatype: str | None) -> str:
    # Virtuoso 7.2 keeps a duration as a number of seconds and writes that as its lexical form.
    return f"PT{value.removesuffix('.0')}S" if datatype == XSD + "duration" and value[:1].isdigit() else value


def _triple(triple: Triple) -> Triple:
    found = triple.object
    return triple._replace(object=found._replace(value=_lexical(found.value, found.datatype)))


def _term(value: dict[str, str]) -> Term:
    kind = _KINDS[value["type"]]
    datatype = value.get("datatype")
    return Term(
        kind,  # type: ignore[arg-type]  # one of the three, by the table above
        _lexical(value["value"], datatype),
        value.get("xml:lang") or None,
        None if datatype == XSD + "string" else datatype,
    )
