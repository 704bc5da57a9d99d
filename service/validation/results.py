"""The results of a SHACL engine: one for each broken constraint, the same whichever engine ran."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from ..rdf.namespaces import SHACL
from ..rdf.statements import Triple
from ..rdf.terms import Term

Severity = Literal["violation", "warning", "info"]
_SEVERITIES: dict[str, Severity] = {"Violation": "violation", "Warning": "warning", "Info": "info"}


class Result(NamedTuple):
    """One validation result.

    `shape` is the IRI of the shape that raised it or, when that one has no name, of the nearest shape around it that
    has; empty when there is none. `component` is the local name of the constraint component, such as
    `MinCountConstraintComponent`. `value` is the offending value, None when the constraint is about what is absent.
    `path` is the property the shape looks at, empty when that is no single property.
    """

    focus: Term
    shape: str
    severity: Severity
    value: Term | None
    component: str
    path: str


class Engine(Protocol):
    """Shapes, parsed once, that validate many graphs; `parallel` when threads may share it and gain by it."""

    parallel: bool

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """Return the results on a graph, each once, in a stable order.

        Raises:
            InvalidArgument: the shapes cannot be evaluated on this graph.
        """
        ...

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        """Return the results on a graph given as N-Triples or N-Quads, graph names ignored.

        `around` states the types of things described elsewhere: nobody wants results on those, but some may come.

        Raises:
            InvalidArgument: the text does not parse, or the shapes cannot be evaluated on it.
        """
        ...


def severity_from_iri(iri: str) -> Severity:
    """Return our word for a `sh:severity`; what SHACL does not define counts as a violation."""
    return _SEVERITIES.get(iri.removeprefix(SHACL), "violation")


def in_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return results without repeats, sorted: engines report them in any order."""
    return tuple(sorted(set(results), key=lambda r: (r.focus[:2], r.shape, r.path, r.component, str(r.value))))
