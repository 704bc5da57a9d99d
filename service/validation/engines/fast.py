"""The fast engine: the `shacl` package (Rust), an optional extra; no other module imports it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import rdflib
import shacl
from rdflib.collection import Collection
from rdflib.namespace import RDFS, SH

from ...errors import InvalidArgument
from ...rdf.media_types import N_QUADS, N_TRIPLES
from ...rdf.namespaces import SHACL, XSD
from ...rdf.statements import Triple
from ...rdf.syntax import text_from_triples, triples_from_text
from ...rdf.terms import RDF_TYPE, Term
from ..results import Result, in_order, severity_from_iri
from .rdflib_graphs import without_texts

# The package renames blank nodes. So each one carries its name as a value, and a shape of ours hands the pair back.
_NAME = "urn:pinoamo:blank-node"
_NAMING_SHAPE = Term("iri", "urn:pinoamo:blank-node-shape")
_NAMING = (
    Triple(_NAMING_SHAPE, RDF_TYPE, Term("iri", SHACL + "PropertyShape")),
    Triple(_NAMING_SHAPE, SHACL + "targetSubjectsOf", Term("iri", _NAME)),
    Triple(_NAMING_SHAPE, SHACL + "path", Term("iri", _NAME)),
    Triple(_NAMING_SHAPE, SHACL + "severity", Term("iri", SHACL + "Info")),
    Triple(_NAMING_SHAPE, SHACL + "maxLength", Term("literal", "0", None, XSD + "integer")),
)
_TYPE = f"<{RDF_TYPE}>".encode()
_SUBJECT = re.compile(rb"<[^<>\s]*>")
_SUBCLASS = f"<{RDFS.subClassOf}>".encode()
_BOUNDS = (SH.minInclusive, SH.maxInclusive, SH.minExclusive, SH.maxExclusive)
_DURATIONS = (rdflib.XSD.duration, rdflib.XSD.dayTimeDuration, rdflib.XSD.yearMonthDuration)


class FastEngine:
    """The Rust engine over shapes that are compiled once; many times faster than the reference, same results."""

    parallel = True

    def __init__(self, shapes: rdflib.Graph) -> None:
        """Compile the shapes.

        Raises:
            InvalidArgument: the engine cannot express them, such as a pattern with look-ahead; or would not do them
                justice: bounds on durations always fail in `shacl` 0.3.4.
        """
        bounds = (bound for each in _BOUNDS for bound in shapes.objects(None, each))
        if any(isinstance(bound, rdflib.Literal) and bound.datatype in _DURATIONS for bound in bounds):
            raise InvalidArgument("bounds on durations are left to the reference engine")
        self._source = _with_names_ignored(without_texts(shapes))
        self._shapes = _compiled(self._source)
        self._classes = {b"<%s>" % str(each).encode(): _mark(each) for each in shapes.objects(None, SH.targetClass)}
        # What has a mark has one property more, which a closed shape would mind.
        self._marks = (None, SH.closed, None) not in shapes

    @cached_property
    def _marked(self) -> shacl.Shapes:
        """The shapes, put to what carries the mark of a class instead of all that belong to it."""
        return _compiled(_with_marks_as_targets(self._source))

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """See `Engine.run`."""
        blank = {term for t in triples for term in (t.subject, t.object) if term.kind == "bnode"}
        names = [Triple(term, _NAME, Term("literal", term.value)) for term in blank]
        return self._run(_text([*triples, *names]), self._shapes)

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        """See `Engine.run_text`. Without blank nodes the text goes to the engine as it is."""
        whole = nquads + around
        if b"_:" in whole:
            return self.run(list(triples_from_text(whole, N_QUADS)))
        # Marks pay where something around would be put to the test. What belongs to a class through another has none.
        useful = self._marks and any(each in around for each in self._classes) and _SUBCLASS not in whole
        try:
            if useful:
                return self._run((whole + b"".join(self._marks_in(nquads))).decode(), self._marked)
            return self._run(whole.decode(), self._shapes)
        except UnicodeDecodeError as error:
            raise InvalidArgument(f"the graph is not UTF-8: {error}") from error

    def _marks_in(self, nquads: bytes) -> Iterator[bytes]:
        for before, after in pairwise(nquads.split(_TYPE)):
            mark = self._classes.get(b"".join(after.split(None, 1)[:1]))
            subject = before[before.rfind(b"\n") + 1 :].strip()
            if mark and _SUBJECT.fullmatch(subject):  # else it stands in a text
                yield b'%s <%s> "" .\n' % (subject, mark)

    def _run(self, text: str, shapes: shacl.Shapes) -> tuple[Result, ...]:
        try:
            report = shapes.validate_text(text, format="nquads")
        except ValueError as error:
            raise InvalidArgument(f"the graph cannot be validated: {error}") from error
        found = report.results
        if not found:
            return ()
        names = {r.focus_node: r.value_plain or "" for r in found if r.source_shape == f"<{_NAMING_SHAPE.value}>"}
        return in_order(
            [
                Result(
                    _term(r.focus_node, names),
                    _iri(r.root_shape),
                    severity_from_iri(r.severity_iri),
                    _value(r, names),
                    r.component_iri.removeprefix(SHACL),
                    _iri(r.path),
                )
                for r in found
                if r.source_shape != f"<{_NAMING_SHAPE.value}>"
            ]
        )


def _value(result: shacl.Result, names: dict[str, str]) -> Term | None:
    # pySHACL 0.40 names no value when a property shape breaks a constraint that SHACL does not define itself.
    if result.value is None or (result.path and not result.component_iri.startswith(SHACL)):
        return None
    return _term(result.value, names)


def _text(triples: Sequence[Triple]) -> str:
    return text_from_triples(triples, N_TRIPLES).decode()


def _iri(text: str | None) -> str:
    # A path that is more than one property also starts with an IRI, but has others or an operator behind it.
    return text[1:-1] if text is not None and text.startswith("<") and text.find(">") == len(text) - 1 else ""


def _compiled(shapes: rdflib.Graph) -> shacl.Shapes:
    try:
        return shacl.Shapes.from_text(shapes.serialize(format="nt") + _text(_NAMING), format="ntriples")
    except ValueError as error:
        raise InvalidArgument(f"the shapes cannot be used: {error}") from error


def _mark(class_iri: object) -> bytes:
    return f"urn:pinoamo:own:{class_iri}".encode()


def _with_marks_as_targets(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return shapes with marks in place of target classes.

    A record names micro-credentials described elsewhere. To `sh:class` they must belong to their class, but to put all
    that is asked of one to each of them took half the time, and everything found was thrown away.
    """
    copy = rdflib.Graph()
    for subject, predicate, value in shapes:
        if predicate == SH.targetClass:
            predicate, value = SH.targetSubjectsOf, rdflib.URIRef(_mark(value).decode())
        copy.add((subject, predicate, value))
    return copy


def _with_names_ignored(shapes: rdflib.Graph) -> rdflib.Graph:
    """Return shapes of which the closed ones put up with the names that blank nodes carry here."""
    closed = set(shapes.subjects(SH.closed, None))
    if not closed:
        return shapes
    copy = rdflib.Graph()
    copy += shapes
    for shape in closed:
        listed = copy.value(shape, SH.ignoredProperties)
        members = list(Collection(shapes, listed)) if listed is not None else []
        copy.remove((shape, SH.ignoredProperties, None))
        head = rdflib.BNode()
        Collection(copy, head, [*members, rdflib.URIRef(_NAME)])
        copy.add((shape, SH.ignoredProperties, head))
    return copy


def _term(text: str, names: dict[str, str]) -> Term:
    if text.startswith("<"):
        return Term("iri", text[1:-1])
    if text.startswith("_:"):
        return Term("bnode", names.get(text, text[2:]))
    (triple,) = triples_from_text(f"<urn:s> <urn:p> {text} .".encode(), N_TRIPLES)
    return triple.object
