"""The embedded engine, Oxigraph: it holds statements and answers SPARQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Self, TypeVar

import pyoxigraph as ox

from ..errors import BadRequest, InvalidArgument, QuerySyntaxError, StoreUnavailable, UnknownFunction
from ..rdf.oxigraph_terms import quad_from_triple, row_from_solution, triple_from_quad
from ..rdf.statements import RowStream, Solutions, Triple
from ..rdf.syntax import _FORMATS, Output
from ..sparql.structure import in_order_of_appearance, refuse_overgrown
from ..sparql.workarounds import with_plain_group_concats
from . import default_graph
from .bulk import halves_of, rows_from_tsv
from .engine_faults import engine_errors

_T = TypeVar("_T")

EVERY_GRAPH = ""
"""As the name of a default graph: what all graphs of a store state, where that is kept."""

_MOST_UNKNOWN = 20

_Names = list[ox.NamedNode | ox.BlankNode]
_Graphs = list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]


class OxigraphStore:
    """A store in this process. The default graph of every query is what all graphs state, each statement once.

    It is kept in the store. A store of before that was so answers with the engine's union, in which a statement of two
    graphs counts twice.
    """

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._keeps_default: bool | None = None

    @property
    def keeps_default_graph(self) -> bool:
        """Tell whether the store holds what all graphs state, each statement once; else the engine's union answers."""
        if self._keeps_default is None:  # not before it is asked something: a damaged one may never answer
            with _failing("the store failed"):
                self._keeps_default = default_graph.is_kept(self._store)
        return self._keeps_default

    @classmethod
    def read_only(cls, path: Path) -> Self:
        """Open a store on disk for reading (10–35 ms); many processes may do so at once.

        Raises:
            StoreUnavailable: there is no store, or it is damaged.
        """
        with _failing(f"the store at {path} cannot be opened"):
            return cls(ox.Store.read_only(str(path)))

    @classmethod
    def writable(cls, path: Path) -> Self:
        """Open, or create, a store on disk for reading and writing; RocksDB allows one writer.

        Raises:
            StoreUnavailable: another process has it open, or it is damaged.
        """
        with _failing(f"the store at {path} cannot be opened for writing"):
            return cls(ox.Store(str(path)))

    @classmethod
    def in_memory(cls, nquads: bytes = b"") -> Self:
        """Return a store in memory that holds the given N-Quads."""
        store = ox.Store()
        store.bulk_load(nquads, format=ox.RdfFormat.N_QUADS)
        default_graph.add_named(store)
        return cls(store)

    def select(self, query: str) -> Solutions:
        """See `Store.select`."""
        answer = self._query(query)
        if not isinstance(answer, ox.QuerySolutions):
            raise QuerySyntaxError("a SELECT query is needed here")
        names = tuple(variable.value for variable in answer.variables)
        with engine_errors(query):
            return Solutions(names, [row_from_solution(names, solution) for solution in answer])

    def ask(self, query: str) -> bool:
        """See `Store.ask`."""
        answer = self._query(query)
        if not isinstance(answer, ox.QueryBoolean):
            raise QuerySyntaxError("an ASK query is needed here")
        return bool(answer)

    def construct(self, query: str) -> Sequence[Triple]:
        """See `Store.construct`."""
        answer = self._query(query)
        if not isinstance(answer, ox.QueryTriples):
            raise QuerySyntaxError("a CONSTRUCT or DESCRIBE query is needed here")
        with engine_errors(query):
            return list(dict.fromkeys(triple_from_quad(triple) for triple in answer))

    def table(self, query: str) -> Iterator[list[str]]:
        """Yield the rows of a SELECT as `rows_from_tsv` does; for many rows.

        The engine writes them all without holding the interpreter, so that two threads use two cores, and no object
        is made for a term.
        """
        answer = self._query(query)
        if not isinstance(answer, ox.QuerySolutions):
            raise QuerySyntaxError("a SELECT query is needed here")
        return rows_from_tsv(answer.serialize(format=ox.QueryResultsFormat.TSV) or b"")

    def evaluate(
        self,
        query: str,
        *,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
        prefixes: Mapping[str, str] | None = None,
        base_iri: str | None = None,
        unknown: dict[str, str] | None = None,
    ) -> RowStream | bool | Iterator[Triple]:
        """Return the answer to any query, rows and triples as they are computed; the caller guards against SERVICE.

        The two lists of graphs override FROM, and unknown graphs are empty; `EVERY_GRAPH` stands for the default graph
        of the store. `prefixes` and `base_iri` hold where the query does not declare them otherwise. A function that
        there is not is an error of its expression (SPARQL 1.1, 17.6), which leaves a variable unbound, where the caller
        takes note of it: `unknown` holds why, by function. Else it is an error of the query.

        Raises:
            BadRequest: the name of a graph is no IRI.
            QueryTooComplex, QuerySyntaxError, UnknownFunction: the query cannot be run.
            EngineFailed, StoreUnavailable: the engine fails, now or while rows are read.
        """
        refuse_overgrown(query)
        own = default_graphs is not None or named_graphs is not None
        try:
            default: _Graphs = [
                ox.DefaultGraph() if graph == EVERY_GRAPH else ox.NamedNode(graph) for graph in default_graphs or ()
            ]
            named: _Names = [ox.NamedNode(graph) for graph in named_graphs or ()]
        except ValueError as error:
            raise BadRequest(f"the name of a graph must be an IRI: {error}") from error
        dataset = default if own else None, named if own else None
        answer = self._as_standard(query, not own, *dataset, prefixes, base_iri, unknown)
        if isinstance(answer, ox.QueryBoolean):
            return bool(answer)
        if isinstance(answer, ox.QueryTriples):
            return (triple_from_quad(triple) for triple in _read(answer, query))
        names = tuple(variable.value for variable in answer.variables)
        return RowStream(
            in_order_of_appearance(query, names),
            (row_from_solution(names, solution) for solution in _read(answer, query)),
        )

    def part(self, default_graphs: Iterable[str], named_graphs: Iterable[str]) -> Self:
        """Return a store in memory whose default graph is what some graphs state, and which holds some named graphs."""
        store = ox.Store()
        for graph in named_graphs:
            store.bulk_extend(default_graph.statements_of(self._store, ox.NamedNode(graph)))
        for graph in default_graphs:
            default_graph.add_to(store, default_graph.statements_of(self._store, ox.NamedNode(graph)))
        return type(self)(store)

    def close(self) -> None:
        """Let go of the store; its files close with the last reference."""
        del self._store

    def add(self, triples: Iterable[Triple], graph: str) -> None:
        """Add many triples to a named graph, in bulk: new files on disk, not one transaction."""
        name = ox.NamedNode(graph)
        quads = (quad_from_triple(triple, name) for triple in triples)
        self._store.bulk_extend(self._also_in_default(quads))

    def _also_in_default(self, quads: Iterator[ox.Quad]) -> Iterator[ox.Quad]:
        """Return quads to add: each a second time, in the default graph, where that is kept."""
        return chain.from_iterable(map(default_graph.both, quads)) if self.keeps_default_graph else quads

    def load(self, nquads: Path) -> None:
        """Add an N-Quads file, in bulk: new files on disk, not one transaction.

        Raises:
            InvalidArgument: the file does not parse; what stood before the fault may be in the store.
        """
        try:
            if not self._load_twice(nquads):
                self._store.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
                if self.keeps_default_graph:
                    default_graph.add_named(self._store)
        except SyntaxError as error:
            raise InvalidArgument(f"{nquads.name} is not N-Quads: {error}") from error

    def _load_twice(self, nquads: Path) -> bool:
        """Load a file of which each line names a graph, into that and the default graph; False when it is none."""
        if not self.keeps_default_graph:
            return False
        try:
            halves = [half + b"\n" + default_graph.without_names(half) for half in halves_of(nquads)]
            if not halves:
                with default_graph.Doubled(nquads) as whole:
                    self._store.bulk_load(whole, ox.RdfFormat.N_QUADS)  # type: ignore[arg-type]  # only read is called
            with ThreadPoolExecutor(2) as pool:
                for loading in [pool.submit(self._store.bulk_load, half, ox.RdfFormat.N_QUADS) for half in halves]:
                    loading.result()
        except (SyntaxError, default_graph.NotPlain):
            return False  # read as it is, the engine names the right line
        return True

    def remove_graph(self, graph: str, *, large: bool = False) -> None:
        """Remove a named graph and all it holds.

        `large` says that it is a good part of the store: then the default graph is made anew of what is left, instead
        of taking out what only this graph states.
        """
        name = ox.NamedNode(graph)
        if self.keeps_default_graph and not large:
            default_graph.leave_out(self._store, name)
        self._store.remove_graph(name)
        if self.keeps_default_graph and large:
            default_graph.make(self._store)

    def make_default_graph(self) -> None:
        """Make the default graph anew of all named graphs, whatever it held."""
        default_graph.make(self._store)
        self._keeps_default = True

    def trust_default_graph(self) -> None:
        """Take the default graph for kept, even should it be empty, as whoever was killed while making it leaves it."""
        self._keeps_default = True

    def give_up_default_graph(self) -> None:
        """Empty the default graph, so that whoever writes there can be told; the engine's union answers from now on."""
        default_graph.give_up(self._store)
        self._keeps_default = False

    def graphs(self) -> tuple[str, ...]:
        """Return the names of the graphs, sorted."""
        return tuple(sorted(graph.value for graph in self._store.named_graphs()))

    def compact(self) -> None:
        """Merge the files of the store: afterwards a look-up in a large one takes a third of the time."""
        self._store.flush()
        self._store.optimize()

    def flush(self) -> None:
        """Write everything buffered to disk."""
        self._store.flush()

    def checkpoint(self, target: Path) -> None:
        """Copy the store to a new directory by hard links (milliseconds on one file system)."""
        self._store.backup(str(target))

    def dump(
        self, output: Output, media_type: str, prefixes: Mapping[str, str] | None = None, graph: str | None = None
    ) -> None:
        """Write all named graphs, or one graph, as a stream.

        `EVERY_GRAPH`, and all of them in a format without graph names, is what they state, each statement once.
        """
        kind, names = _FORMATS[media_type], dict(prefixes or {})
        if graph is None and kind.supports_datasets:
            named = sorted(self._store.named_graphs(), key=str)
            quads = (quad for name in named for quad in default_graph.statements_of(self._store, name))
            ox.serialize(quads, output, format=kind, prefixes=names)  # type: ignore[arg-type]  # see write_triples
        elif graph or self.keeps_default_graph:
            only = ox.NamedNode(graph) if graph else ox.DefaultGraph()
            self._store.dump(output, kind, from_graph=only, prefixes=names)  # type: ignore[arg-type]  # see write_triples
        else:
            triples = (quad.triple for quad in self._store.quads_for_pattern(None, None, None, None))
            ox.serialize(triples, output, format=kind, prefixes=names)  # type: ignore[arg-type]  # see write_triples

    def _as_standard(
        self,
        query: str,
        union: bool,
        default_graph: _Graphs | None,
        named_graphs: _Names | None,
        prefixes: Mapping[str, str] | None,
        base_iri: str | None,
        unknown: dict[str, str] | None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        dataset, more = (union, default_graph, named_graphs), (prefixes, base_iri, unknown)
        changed = with_plain_group_concats(query)
        if changed != query:
            with suppress(QuerySyntaxError):  # whose place would be another one
                return self._query(changed, *dataset, *more)
        return self._query(query, *dataset, *more)

    def _query(
        self,
        query: str,
        union: bool = True,
        default_graph: _Graphs | None = None,
        named_graphs: _Names | None = None,
        prefixes: Mapping[str, str] | None = None,
        base_iri: str | None = None,
        unknown: dict[str, str] | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        while True:  # once, and once more for every function that there is not
            try:
                with engine_errors(query, prefixes=prefixes or ()):
                    return self._store.query(
                        query,
                        base_iri=base_iri,
                        prefixes=dict(prefixes or {}),
                        use_default_graph_as_union=union and not self.keeps_default_graph,
                        default_graph=default_graph,
                        named_graphs=named_graphs,
                        custom_functions={ox.NamedNode(function): _no_value for function in unknown or ()},
                    )
            except UnknownFunction as error:
                if unknown is None or error.function in unknown or len(unknown) >= _MOST_UNKNOWN:
                    raise
                unknown[error.function] = str(error)


def _no_value(*_: object) -> None:
    """Stand for a function that there is not: a call of it is an error."""


def _read(answer: Iterable[_T], query: str) -> Iterator[_T]:
    with engine_errors(query):
        yield from answer


@contextmanager
def _failing(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # RuntimeError: damage
        raise StoreUnavailable(f"{what}: {error}") from error
