"""Reads our JSON-LD context as a table: which key stands for a property, a class or a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .namespaces import XSD
from .terms import RDF_TYPE, Term

CONTEXT_VERSION = "1.0"
CONTEXT_PATHS = (f"/context/{CONTEXT_VERSION}.jsonld", "/context.jsonld")
"""Where below the base our context is; documents name the first. Also written in loaders/jsonld/contexts.py."""

# A definition that says anything else changes meaning in ways this writer does not follow: it is left alone.
_UNDERSTOOD = {"@id", "@type", "@container", "@reverse", "@protected"}
_PREFIX_END = (":", "/", "?", "#", "[", "]", "@")


@dataclass(frozen=True, slots=True)
class Definition:
    """How one key of the context writes its property. `coerced` is `@id`, `@vocab`, a datatype IRI or None."""

    key: str
    iri: str
    coerced: str | None = None
    by_language: bool = False
    as_set: bool = False

    def rank(self, value: Term) -> int | None:
        """Return how well the key suits a value, 0 is best; None: it would change the value."""
        if self.by_language:
            return 0 if value.kind == "literal" and value.language else None
        if value.kind != "literal":
            return 0 if self.coerced in ("@id", "@vocab") else 1
        if value.language:
            return 2
        if self.coerced == (value.datatype or XSD + "string"):
            return 0
        return 1 if self.coerced is None else 2


class JsonLdContext:
    """A context, and the address documents name it by."""

    def __init__(
        self,
        address: str,
        source: Mapping[str, Any],
        definitions: tuple[Definition, ...],
        reverse: Mapping[str, str],
        prefixes: Mapping[str, str],
        aliases: Mapping[str, str],
    ) -> None:
        self.address = address
        self.source = source
        self.id_key = aliases.get("@id", "@id")
        self.type_key = aliases.get("@type", "@type")
        self._definitions: dict[str, list[Definition]] = {}
        for definition in definitions:
            self._definitions.setdefault(definition.iri, []).append(definition)
        self._keys = {definition.key for definition in definitions} | set(prefixes) | set(reverse.values())
        self._names = {d.iri: d.key for d in reversed(definitions)}
        self._positions = {definition.key: number for number, definition in enumerate(definitions)}
        self._reverse = dict(reverse)
        self._prefixes = sorted(((iri, prefix) for prefix, iri in prefixes.items()), key=lambda pair: -len(pair[0]))

    @classmethod
    def parse(cls, source: Mapping[str, Any], address: str) -> JsonLdContext:
        """Read the `@context` of a context document; scoped contexts and other containers are not used for writing."""
        table: Mapping[str, Any] = source["@context"]
        expand = _Expander(table)
        definitions: list[Definition] = []
        reverse: dict[str, str] = {}
        prefixes: dict[str, str] = {}
        aliases: dict[str, str] = {}
        for key, value in table.items():
            if key.startswith("@"):
                continue
            if isinstance(value, str) and value.startswith("@"):
                aliases[value] = key
                continue
            entry = {"@id": value} if isinstance(value, str) else value
            if not isinstance(entry, Mapping) or not set(entry) <= _UNDERSTOOD:
                continue
            if "@reverse" in entry:
                reverse.setdefault(expand(entry["@reverse"]), key)
                continue
            iri = expand(entry.get("@id", key))
            if isinstance(value, str) and iri.endswith(_PREFIX_END):
                prefixes[key] = iri
                continue
            definition = _definition(key, iri, entry, expand)
            if definition is not None:
                definitions.append(definition)
        return cls(address, source, tuple(definitions), reverse, prefixes, aliases)

    def define(self, predicate: str, value: Term) -> Definition | None:
        """Return the key that suits this value of a property best, or None when only the property's IRI does."""
        ranked = [(rank, d) for d in self._definitions.get(predicate, ()) if (rank := d.rank(value)) is not None]
        return min(ranked, key=lambda pair: (pair[0], self._positions[pair[1].key]))[1] if ranked else None

    def name(self, iri: str) -> str:
        """Return the shortest sure name of a class, datatype or property value: key, prefixed name or IRI.

        A property that no key suits is named here too; then a key of the same IRI would be the wrong one, so
        properties with a definition keep their full IRI.
        """
        if iri in self._names:
            definition = self._definitions[iri][0]
            return iri if definition.coerced or definition.by_language else self._names[iri]
        for start, prefix in self._prefixes:
            rest = iri[len(start) :]
            if iri.startswith(start) and rest and not rest.startswith("//") and f"{prefix}:{rest}" not in self._keys:
                return f"{prefix}:{rest}"
        return iri

    def reverse_key(self, predicate: str) -> str | None:
        """Return the key for a property read backwards, if the context has one."""
        return self._reverse.get(predicate)

    def position(self, key: str) -> tuple[int, str]:
        """Return the place of a key in a document: context order, then names."""
        return (self._positions.get(key, len(self._positions)), key)


class _Expander:
    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def __call__(self, name: str) -> str:
        prefix, colon, rest = name.partition(":")
        if colon and not rest.startswith("//") and prefix in self._table:
            entry = self._table[prefix]
            return self(entry if isinstance(entry, str) else entry["@id"]) + rest
        if not colon and not name.startswith("@"):
            entry = self._table.get(name)
            if entry is not None and entry != name:
                target = entry if isinstance(entry, str) else entry.get("@id", "")
                if target and target != name:
                    return self(target)
            return str(self._table.get("@vocab", "")) + name
        return name


def _definition(key: str, iri: str, entry: Mapping[str, Any], expand: _Expander) -> Definition | None:
    containers = entry.get("@container", [])
    containers = {containers} if isinstance(containers, str) else set(containers)
    if not containers <= {"@language", "@set"} or iri == RDF_TYPE:
        return None
    coerced = entry.get("@type")
    if coerced == "@none":
        coerced = None
    if coerced is not None and coerced not in ("@id", "@vocab"):
        if coerced.startswith("@"):
            return None
        coerced = expand(coerced)
    return Definition(key, iri, coerced, "@language" in containers, "@set" in containers)
