"""The fast engine: the `shacl` package (Rust), an optional extra; no other module imports it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import rdflib
import shacl
from rdflib.namespace import RDFS, SH
from rdflib.term import Node

from ...errors import InvalidArgument
from ...rdf.datatypes import is_well_typed
from ...rdf.media_types import N_QUADS, N_TRIPLES
from ...rdf.namespaces import MCS, SHACL, XSD
from ...rdf.statements import Triple
from ...rdf.syntax import text_from_triples, triples_from_text
from ...rdf.terms import RDF_TYPE, Term
from ..brought_shapes.shape_nodes import shape_nodes
from ..naming import ShapeName, ShapeNames
from ..results import Engine, Result, custom_severity, in_order, severity_from_iri
from .rdflib_graphs import without_texts
from .shared_steps import share_steps

# A shape of ours, asked once, tells how the package numbers blank nodes of data: it renames them as it meets them.
_NUMBERED = "urn:pinoamo:blank-node"
_NUMBERING = (
    Triple(Term("iri", "urn:pinoamo:blank-node-shape"), SHACL + "targetSubjectsOf", Term("iri", _NUMBERED)),
    Triple(Term("iri", "urn:pinoamo:blank-node-shape"), SHACL + "path", Term("iri", _NUMBERED)),
    Triple(Term("iri", "urn:pinoamo:blank-node-shape"), SHACL + "nodeKind", Term("iri", SHACL + "Literal")),
)
_NUMBER = re.compile(r"_:(.*?)([0-9]+)")
_SHAPE = "urn:pinoamo:shape:"
_TYPE = f"<{RDF_TYPE}>".encode()
_SUBJECT = re.compile(rb"<[^<>\s]*>")
_SUBCLASS = f"<{RDFS.subClassOf}>".encode()
# It takes every text for a value of these (test_datatypes_are_those_of_xml_schema).
_UNSURE = frozenset(
    (
        "base64Binary", "dateTimeStamp", "dayTimeDuration", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth",
        "hexBinary", "language", "Name", "NCName", "NMTOKEN", "normalizedString", "token", "yearMonthDuration",
    )
)  # fmt: skip
# Of the others it lets 24:00:01 and P1YT pass, and holds decimals in 128 bits.
_MIDNIGHT, _NO_TIME = b"T24:", b'T"^^'
_DECIMAL = b'"^^<%sdecimal>' % XSD.encode()
_WITHOUT_MESSAGES = frozenset(
    f"{SHACL}{name}ConstraintComponent"
    for name in ("Class", "Datatype", "In", "MaxCount", "MinCount", "NodeKind", "Pattern", "QualifiedMinCount")
)
_LONG = 18
_BOUNDS = (SH.minInclusive, SH.maxInclusive, SH.minExclusive, SH.maxExclusive)
# Bounds that it compares as SPARQL does: not durations, nor text, which it compares with text in a language too.
_COMPARED = {
    rdflib.URIRef(XSD + name) for name in ("date", "dateTime", "decimal", "double", "float", "integer", "time")
}
# In a class of characters Rust takes these for operators, or for characters, that they are not in XPath.
_OTHER_SYNTAX = re.compile(r"&&|--|~~|-\[")


def unsure_datatypes(shapes: rdflib.Graph) -> frozenset[str]:
    """Return the datatypes that shapes ask for and of which `shacl` 0.3.4 takes every text for a value."""
    asked = {str(each).removeprefix(XSD) for each in shapes.objects(None, SH.datatype)}
    return frozenset(XSD + name for name in asked & _UNSURE)


def _is_doubtful(text: bytes) -> bool:
    # Every record passes here: looking for words is many times faster than a pattern.
    return _MIDNIGHT in text or _NO_TIME in text or _has_long_decimal(text)


def _has_long_decimal(text: bytes) -> bool:
    place = text.find(_DECIMAL)
    while place >= 0:
        if place - text.rfind(b'"', 0, place) > _LONG:
            return True
        place = text.find(_DECIMAL, place + 1)
    return False


def _paired(shapes: rdflib.Graph) -> frozenset[str]:
    """Return the properties whose values shapes compare: it compares text whatever its language."""
    found = {
        str(each)
        for parameter in (SH.lessThan, SH.lessThanOrEquals)
        for shape, other in shapes.subject_objects(parameter)
        for each in (other, *shapes.objects(shape, SH.path))
    }
    return frozenset(found)


class FastEngine:
    """The Rust engine over shapes that are compiled once; many times faster than the reference, same results."""

    parallel = True

    def __init__(self, shapes: rdflib.Graph) -> None:
        """Compile the shapes.

        Raises:
            InvalidArgument: the engine cannot express them, such as a pattern with look-ahead; or would not do them
                justice: bounds on durations always fail in `shacl` 0.3.4.
        """
        for bound in (bound for each in _BOUNDS for bound in shapes.objects(None, each)):
            if isinstance(bound, rdflib.Literal) and bound.datatype not in _COMPARED:
                raise InvalidArgument(f"bounds such as {bound} are left to the reference engine")
        for pattern in map(str, shapes.objects(None, SH.pattern)):
            if _OTHER_SYNTAX.search(pattern):
                raise InvalidArgument(f"the pattern {pattern[:100]!r} is left to the reference engine")
        self._names = ShapeNames(shapes)
        short = without_texts(shapes)
        share_steps(short)
        self._source, self._nodes = _with_every_shape_named(short)
        self._shapes = _compiled(self._source)
        self._named: dict[str | None, ShapeName] = {}
        self._unsure = unsure_datatypes(shapes)
        self._whole = shapes
        self._classes = {b"<%s>" % str(each).encode(): _mark(each) for each in shapes.objects(None, SH.targetClass)}
        self._paired = _paired(shapes)
        self._unsure_bytes = tuple(f"^^<{each}>".encode() for each in self._unsure)
        # What has a mark has one property more, which a closed shape would mind.
        self._marks = (None, SH.closed, None) not in shapes

    @cached_property
    def _marked(self) -> shacl.Shapes:
        """The shapes, put to what carries the mark of a class instead of all that belong to it."""
        return _compiled(_with_marks_as_targets(self._source))

    @cached_property
    def _numbering(self) -> tuple[str, int]:
        """How the package calls the first blank node of data: a start that all have, and a number."""
        shapes = shacl.Shapes.from_text(
            self._source.serialize(format="nt") + _text(_NUMBERING), format="ntriples"
        )  # the numbers go on where those of the shapes end
        (found,) = (
            r for r in shapes.validate_text(f"_:a <{_NUMBERED}> _:b .", format="ntriples").results
            if r.path == f"<{_NUMBERED}>"
        )  # fmt: skip
        first, second = (_NUMBER.fullmatch(text or "") for text in (found.focus_node, found.value))
        assert first is not None
        assert second is not None
        assert (second[1], int(second[2])) == (first[1], int(first[2]) + 1)
        return first[1], int(first[2])

    @cached_property
    def _reference(self) -> Engine:
        from .reference import ReferenceEngine  # pySHACL takes a second to import

        return ReferenceEngine(self._whole)

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """See `Engine.run`."""
        text = _text(triples)
        if self._is_beyond(text.encode(), triples):
            return self._reference.run(triples)
        return self._run(text, self._shapes, triples)

    def _is_beyond(self, text: bytes, triples: Sequence[Triple]) -> bool:
        """Tell whether data hold a literal on which the package errs."""
        if self._paired and any(t.object.language for t in triples if t.predicate in self._paired):
            return True
        unsure = (t.object for t in triples if t.object.datatype in self._unsure) if self._unsure else ()
        return _is_doubtful(text) or any(
            not is_well_typed(each.value, each.datatype) for each in unsure if each.datatype
        )

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        """See `Engine.run_text`. Without blank nodes the text goes to the engine as it is."""
        whole = nquads + around
        if b"_:" in whole or _is_doubtful(whole) or any(each in whole for each in self._unsure_bytes):
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

    def _run(self, text: str, shapes: shacl.Shapes, triples: Sequence[Triple] = ()) -> tuple[Result, ...]:
        try:
            report = shapes.validate_text(text, format="nquads")
        except ValueError as error:
            raise InvalidArgument(f"the graph cannot be validated: {error}") from error
        found = report.results
        if not found:
            return ()
        terms = _Terms(triples, self._numbering) if triples else _Terms((), ("", 0))
        return in_order([self._result(each, terms) for each in found])

    def _result(self, found: shacl.Result, terms: _Terms) -> Result:
        source, component, severity = found.source_shape, found.component_iri, found.severity_iri
        name = self._named.get(source)
        if name is None:
            text = _iri(source)
            name = self._named[source] = self._names.of(self._nodes.get(text, rdflib.URIRef(text)))
        # pySHACL 0.40 names no value when a property shape breaks a constraint of ours.
        value = None if component.startswith(MCS) and found.path else found.value
        return Result(
            terms.of(found.focus_node),
            name.shape,
            severity_from_iri(severity),
            None if value is None else terms.of(value),
            component.removeprefix(SHACL),
            _iri(found.path),
            name.source,
            custom_severity(severity),
            # Only queries have messages here.
            () if component in _WITHOUT_MESSAGES else tuple(sorted(found.messages)),
        )


class _Terms:
    """Terms as the data have them: blank nodes under their own labels again."""

    def __init__(self, triples: Sequence[Triple], numbering: tuple[str, int]) -> None:
        self._triples = triples
        self._start, self._first = numbering

    @cached_property
    def _labels(self) -> list[str]:
        found = (term.value for t in self._triples for term in (t.subject, t.object) if term.kind == "bnode")
        return list(dict.fromkeys(found))

    def of(self, text: str) -> Term:
        if text.startswith("<"):
            return Term("iri", text[1:-1])
        if text.startswith("_:"):
            return Term("bnode", self._labels[int(text[2 + len(self._start) :]) - self._first])
        (triple,) = triples_from_text(f"<urn:s> <urn:p> {text} .".encode(), N_TRIPLES)
        return triple.object


def _text(triples: Sequence[Triple]) -> str:
    return text_from_triples(triples, N_TRIPLES).decode()


def _iri(text: str | None) -> str:
    # A path that is more than one property also starts with an IRI, but has others or an operator behind it.
    return text[1:-1] if text is not None and text.startswith("<") and text.find(">") == len(text) - 1 else ""


def _compiled(shapes: rdflib.Graph) -> shacl.Shapes:
    try:
        return shacl.Shapes.from_text(shapes.serialize(format="nt"), format="ntriples")
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


def _with_every_shape_named(shapes: rdflib.Graph) -> tuple[rdflib.Graph, Mapping[str, Node]]:
    """Return shapes of which none is a blank node, and the blank nodes by the names that they got.

    The package renames blank nodes of shapes too. A shape is the same by whatever name.
    """
    names: dict[Node, Node] = {
        node: rdflib.URIRef(f"{_SHAPE}{node}") for node in shape_nodes(shapes) if isinstance(node, rdflib.BNode)
    }
    copy = rdflib.Graph(store="SimpleMemory")
    for subject, predicate, value in shapes:
        copy.add((names.get(subject, subject), predicate, names.get(value, value)))
    return copy, {str(name): node for node, name in names.items()}
