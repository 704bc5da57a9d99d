"""Writes the description of one thing as nested JSON-LD by our context; expanding it gives back the same triples.

No shape depends on the data: what a key of the context cannot hold in its one shape stands under the property's IRI.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .jsonld_context import Definition, JsonLdContext
from .namespaces import DCTERMS, ROV, SKOS, XSD
from .statements import Triple
from .terms import RDF_TYPE, Term

_DEEPEST = 50
_NUMBER = re.compile(r"[0-9]{1,9}")
_NAMES = {DCTERMS + "title", SKOS + "prefLabel", ROV + "legalName"}


def document(iri: str, triples: Iterable[Triple], context: JsonLdContext, *, plain: bool = False) -> dict[str, Any]:
    """Return the triples as one JSON object for `iri`, everything else nested where it is first met.

    A node is written in full once, at its shallowest place, and with its names elsewhere. A node that only points
    here hangs below what it points to, by a reverse term of the context or `@reverse`. Nodes without any
    connection to `iri` stand in `@included`. `type` is always an array; keys follow the order of the context.

    `plain`: decimals are numbers, for programs that read JSON. JSON-LD has no decimal number, so there they are texts.
    """
    root = Term("iri", iri)
    tree = _Tree.grow(root, triples)
    writer = _Writer(tree, context, plain)
    whole: dict[str, Any] = {"@context": context.plain_address if plain else context.address, **writer.node(root)}
    loose = [writer.node(other) for other in tree.roots if other != root]
    if loose:
        whole["@included"] = loose
    return whole


def text_from_document(value: Mapping[str, Any]) -> bytes:
    """Return a document as UTF-8 JSON, readable and stable."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def load_context(path: Path, address: str, plain_address: str = "") -> JsonLdContext:
    """Return the context in a file, to be named by `address` in documents, by `plain_address` in plain JSON."""
    return JsonLdContext.parse(json.loads(path.read_text(encoding="utf-8")), address, plain_address)


@dataclass(slots=True)
class _Tree:
    """Where every node is written: its parent's statement, forwards or backwards, or as a root."""

    statements: dict[Term, list[Triple]]
    children: dict[Triple, Term] = field(default_factory=dict)
    backwards: dict[Term, list[Triple]] = field(default_factory=dict)
    roots: list[Term] = field(default_factory=list)

    @classmethod
    def grow(cls, root: Term, triples: Iterable[Triple]) -> _Tree:
        statements: dict[Term, list[Triple]] = {root: []}
        pointing: dict[Term, list[Triple]] = {}
        for triple in sorted(set(triples), key=_statement_order):
            statements.setdefault(triple.subject, []).append(triple)
            if triple.predicate != RDF_TYPE:
                pointing.setdefault(triple.object, []).append(triple)
        tree = cls(statements)
        placed: set[Term] = set()
        for start in statements:  # the root first, then in order
            if start not in placed:
                tree.roots.append(start)
                tree._place(start, placed, pointing)
        return tree

    def _place(self, start: Term, placed: set[Term], pointing: Mapping[Term, list[Triple]]) -> None:
        placed.add(start)
        reached = [(start, 0)]
        self._forwards(deque(reached), placed, reached)
        for node, depth in reached:  # grows while it is walked
            for triple in pointing.get(node, ()):
                if triple.subject not in placed and depth < _DEEPEST:
                    placed.add(triple.subject)
                    self.backwards.setdefault(node, []).append(triple)
                    reached.append((triple.subject, depth + 1))
                    self._forwards(deque([(triple.subject, depth + 1)]), placed, reached)

    def _forwards(self, queue: deque[tuple[Term, int]], placed: set[Term], reached: list[tuple[Term, int]]) -> None:
        while queue:
            node, depth = queue.popleft()
            for triple in self.statements[node]:
                target = triple.object
                known = target.kind != "literal" and target in self.statements and triple.predicate != RDF_TYPE
                if known and target not in placed and depth < _DEEPEST:
                    placed.add(target)
                    self.children[triple] = target
                    reached.append((target, depth + 1))
                    queue.append((target, depth + 1))


class _Writer:
    def __init__(self, tree: _Tree, context: JsonLdContext, plain: bool) -> None:
        self._tree = tree
        self._context = context
        self._plain = plain
        self._root = tree.roots[0]

    def node(self, term: Term, skip: Triple | None = None) -> dict[str, Any]:
        written = self._named(term)
        types: list[str] = []
        found: dict[str, Any] = {}
        for triple in self._tree.statements[term]:
            if triple == skip:
                continue
            if triple.predicate == RDF_TYPE and triple.object.kind != "literal":
                types.append(self._name(triple.object))
            else:
                self._add(found, triple)
        if types:
            written[self._context.type_key] = types
        for key in sorted(found, key=self._context.position):
            values = found[key]
            written[key] = dict(sorted(values.items())) if isinstance(values, dict) else values
        self._add_backwards(term, written)
        return written

    def _named(self, term: Term) -> dict[str, Any]:
        return {self._context.id_key: _id(term)}

    def _name(self, term: Term) -> str:
        return self._context.name(term.value) if term.kind == "iri" else _id(term)

    def _add(self, found: dict[str, Any], triple: Triple) -> None:
        value = triple.object
        definition = self._context.define(triple.predicate, value)
        if definition is not None and definition.by_language:
            texts = found.setdefault(definition.key, {})
            if definition.as_set:
                texts.setdefault(value.language, []).append(value.value)
                return
            if texts.setdefault(value.language, value.value) == value.value:
                return
        elif definition is not None and definition.as_set:
            found.setdefault(definition.key, []).append(self._value(triple, definition))
            return
        elif definition is not None and definition.key not in found:
            found[definition.key] = self._value(triple, definition)
            return
        found.setdefault(self._context.full_key(triple.predicate), []).append(self._value(triple, None))

    def _add_backwards(self, term: Term, written: dict[str, Any]) -> None:
        for triple in self._tree.backwards.get(term, ()):
            key = self._context.reverse_key(triple.predicate)
            holder = written if key is not None else written.setdefault("@reverse", {})
            name = key or self._context.name(triple.predicate)
            holder.setdefault(name, []).append(self.node(triple.subject, skip=triple))

    def _value(self, triple: Triple, definition: Definition | None) -> Any:
        child = self._tree.children.get(triple)
        if child is not None:
            return self.node(child)
        term = triple.object
        if term.kind != "literal":
            return self._reference(term)
        if definition is not None:
            return self._scalar(term)
        if term.language:
            return {"@value": term.value, "@language": term.language}
        if term.datatype:
            return {"@value": term.value, "@type": self._context.name(term.datatype)}
        return {"@value": term.value}

    def _reference(self, term: Term) -> dict[str, Any]:
        """Return the node that is written in full elsewhere, or nowhere, with its names if it has any here."""
        written = self._named(term)
        if term != self._root:
            names: dict[str, Any] = {}
            for triple in self._tree.statements.get(term, ()):
                if triple.predicate in _NAMES and triple.object.kind == "literal":
                    self._add(names, triple)
            written.update(
                {
                    key: dict(sorted(names[key].items())) if isinstance(names[key], dict) else names[key]
                    for key in sorted(names, key=self._context.position)
                }
            )
        return written

    def _scalar(self, term: Term) -> str | int | float | bool:
        if term.datatype == XSD + "integer":
            return int(term.value)
        if term.datatype == XSD + "boolean":
            return term.value == "true"
        if term.datatype == XSD + "decimal" and self._plain:
            return float(term.value) if "." in term.value else int(term.value)
        return term.value


def _id(term: Term) -> str:
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def _statement_order(triple: Triple) -> tuple[str, ...]:
    subject, predicate, value = triple
    order = (_order(subject.value), subject.value, predicate, value.kind)
    return (*order, _order(value.value), value.value, value.language or "", value.datatype or "")


def _order(text: str) -> str:
    # Parts of a record stand in the order of their numbers: #outcome-2 before #outcome-10.
    start, mark, part = text.partition("#")
    return start + mark + _NUMBER.sub(lambda number: number[0].rjust(9, "0"), part) if mark else text
