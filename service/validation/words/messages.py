"""The messages of a result (SHACL §3.6.2.7): those of the query that found it, else those of its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from ...rdf.terms import Term
from ..results import Result

_PLACE = re.compile(r"\{[?$]\w+\}")


def messages_of(shapes: rdflib.Graph, source: Node | None, result: Result) -> tuple[Term, ...]:
    """Return the messages of a result with their languages; none when neither query nor shape has one."""
    own = tuple(_texts(shapes, source)) if source is not None else ()
    plain = {text.value for text in own}
    said = [text for text in result.messages if text not in plain]
    if not said:
        return own
    templates = [text for query in _queries(shapes) for text in _texts(shapes, query)]
    return tuple(Term("literal", text, _language(text, templates)) for text in said)


def _queries(shapes: rdflib.Graph) -> set[Node]:
    return {query for each in (SH.select, SH.ask) for query in shapes.subjects(each)}


def _texts(shapes: rdflib.Graph, node: Node) -> Iterator[Term]:
    for text in sorted(shapes.objects(node, SH.message), key=str):
        if isinstance(text, rdflib.Literal):
            yield Term("literal", str(text), text.language)


def _language(text: str, templates: list[Term]) -> str | None:
    """Return the language of the message of which this is a text with its places filled."""
    for template in templates:
        parts = (re.escape(part) for part in _PLACE.split(template.value))
        if re.fullmatch(".*".join(parts), text, re.DOTALL):
            return template.language
    return None
