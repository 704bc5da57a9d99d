"""Writes the description of one thing as nested JSON-LD by our context; expanding it gives back the same triples."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .jsonld_context import Definition, JsonLdContext
from .namespaces import XSD
from .statements import Triple
from .terms import RDF_TYPE, Term

_DEEPEST = 50
_NUMBER = re.compile(r"[0-9]{1,9}")
_CANONICAL_INTEGER = re.compile(r"(0|-?[1-9][0-9]{0,14})\Z")


def document(iri: str, triples: Iterable[Triple], context: JsonLdContext) -> dict[str, Any]:
    """Return the triples as one JSON object for `iri`, everything else nested where it is first met.

    A node is written in full once, at its shallowest place, and as a reference elsewhere. A node that only points
    here hangs below what it points to, by a reverse term of the context or `@reverse`. Nodes without any
    connection to `iri` stand in `@included`. `type` is always an array; keys follow the order of the context.
    """
    root = Term("iri", iri)
    tree = _Tree.grow(root, triples)
    whole: dict[str, Any] = {"@context": context.address, **_Writer(tree, context).node(root)}
    loose = [_Writer(tree, context).node(other) for other in tree.roots if other != root]
    if loose:
        whole["@included"] = loose
    return whole


def text_from_document(value: Mapping[str, Any]) -> bytes:
    """Return a document as UTF-8 JSON, readable and stable."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def load_context(path: Path, address: str) -> JsonLdContext:
    """Return the context in a file, to be named by `address` in documents."""
    return JsonLdContext.parse(json.loads(path.read_text(encoding="utf-8")), address)


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
    def __init__(self, tree: _Tree, context: JsonLdContext) -> None:
        self._tree = tree
        self._context = context

    def node(self, term: Term, skip: Triple | None = None) -> dict[str, Any]:
        context = self._context
        found: dict[str, list[Any] | dict[str, list[str]]] = {}
        types: list[str] = []
        arrays: set[str] = set()
        for triple in self._tree.statements[term]:
            if triple == skip:
                continue
            if triple.predicate == RDF_TYPE and triple.object.kind != "literal":
                types.append(context.name(triple.object.value) if triple.object.kind == "iri" else _id(triple.object))
                continue
            definition = context.define(triple.predicate, triple.object)
            if definition is not None and definition.by_language:
                by_language = found.setdefault(definition.key, {})
                assert isinstance(by_language, dict)
                by_language.setdefault(triple.object.language or "@none", []).append(triple.object.value)
            else:
                key = context.name(triple.predicate) if definition is None else definition.key
                values = found.setdefault(key, [])
                assert isinstance(values, list)
                values.append(self._value(triple, definition))
            if definition is not None and definition.as_set:
                arrays.add(definition.key)
        written: dict[str, Any] = {context.id_key: _id(term)}
        if types:
            written[context.type_key] = types
        for key in sorted(found, key=context.position):
            written[key] = _compact(found[key], key in arrays)
        self._add_backwards(term, written)
        return written

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
        coerced = definition.coerced if definition is not None else None
        if term.kind != "literal":
            if coerced == "@id":
                return _id(term)
            if coerced == "@vocab" and term.kind == "iri":
                return self._context.name(term.value)
            return {self._context.id_key: _id(term)}
        if term.language:
            return {"@value": term.value, "@language": term.language}
        datatype = term.datatype or XSD + "string"
        if datatype == coerced or (coerced is None and not term.datatype):
            return _native(term.value, datatype)
        if coerced is None and (native := _native(term.value, datatype)) is not term.value:
            return native
        return (
            {"@value": term.value, "@type": self._context.name(datatype)} if term.datatype else {"@value": term.value}
        )


def _native(text: str, datatype: str) -> str | int | bool:
    if datatype == XSD + "integer" and _CANONICAL_INTEGER.match(text):
        return int(text)
    if datatype == XSD + "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _compact(found: list[Any] | dict[str, list[str]], as_set: bool) -> Any:
    if isinstance(found, dict):
        return {
            language: sorted(texts) if as_set or len(texts) > 1 else texts[0]
            for language, texts in sorted(found.items())
        }
    return found if as_set or len(found) > 1 else found[0]


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
