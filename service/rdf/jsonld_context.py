"""Reads our JSON-LD context as a table: which key stands for a property, a class or a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .namespaces import XSD
from .terms import RDF_TYPE, Term

CONTEXT_VERSION = "1.1"
NUMBERS_VERSION = f"{CONTEXT_VERSION}-numbers"
CONTEXT_VERSIONS = (CONTEXT_VERSION, NUMBERS_VERSION, "1.0")
CONTEXT_PATHS = (*(f"/context/{version}.jsonld" for version in CONTEXT_VERSIONS), "/context.jsonld")
"""Where below the base our contexts are; JSON-LD names the first, plain JSON the second. Also written in
loaders/jsonld/contexts.py."""

# A definition that says anything else changes meaning in ways this writer does not follow: it is left alone.
_UNDERSTOOD = {"@id", "@type", "@container", "@reverse", "@protected"}
# What these hold is written as a number or a word of JSON, and only what that gives back as it was.
_LEXICAL = {
    XSD + "integer": re.compile(r"(?:0|-?[1-9][0-9]{0,14})\Z"),
    XSD + "decimal": re.compile(r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,6})?\Z"),
    XSD + "boolean": re.compile(r"(?:true|false)\Z"),
}
_PREFIX_END = (":", "/", "?", "#", "[", "]", "@")


@dataclass(frozen=True, slots=True)
class Definition:
    """How one key of the context writes its property. `coerced` is `@id`, `@vocab`, a datatype IRI or None.

    A key has one shape: a map of texts by language, things, or one value (a list of them, `as_set`).
    """

    key: str
    iri: str
    coerced: str | None = None
    by_language: bool = False
    as_set: bool = False

    @property
    def names_things(self) -> bool:
        """Tell whether values are things, not literals."""
        return self.coerced in ("@id", "@vocab")

    def suits(self, value: Term) -> bool:
        """Tell whether the key can hold a value in its one shape, without changing it."""
        if value.kind != "literal":
            return self.names_things
        if value.language:
            return self.by_language
        datatype = value.datatype or XSD + "string"
        if self.by_language or self.names_things or datatype != (self.coerced or XSD + "string"):
            return False
        return datatype not in _LEXICAL or _LEXICAL[datatype].match(value.value) is not None


class JsonLdContext:
    """A context, and the addresses documents name it by: JSON-LD the first, plain JSON the other."""

    def __init__(
        self,
        address: str,
        plain_address: str,
        source: Mapping[str, Any],
        definitions: tuple[Definition, ...],
        names: dict[str, str],
        reverse: Mapping[str, str],
        prefixes: Mapping[str, str],
        aliases: Mapping[str, str],
    ) -> None:
        self.address = address
        self.plain_address = plain_address
        self.source = source
        self.id_key = aliases.get("@id", "@id")
        self.type_key = aliases.get("@type", "@type")
        self._definitions: dict[str, list[Definition]] = {}
        for definition in definitions:
            self._definitions.setdefault(definition.iri, []).append(definition)
        self._keys = {definition.key for definition in definitions} | set(names) | set(prefixes) | set(reverse.values())
        self._names = {iri: name for name, iri in reversed(names.items())}
        self._positions = {definition.key: number for number, definition in enumerate(definitions)}
        self._reverse = dict(reverse)
        self._prefixes = sorted(((iri, prefix) for prefix, iri in prefixes.items()), key=lambda pair: -len(pair[0]))

    @classmethod
    def parse(cls, source: Mapping[str, Any], address: str, plain_address: str = "") -> JsonLdContext:
        """Read the `@context` of a context document; scoped contexts and other containers are not used for writing."""
        table: Mapping[str, Any] = source["@context"]
        expand = _Expander(table)
        definitions: list[Definition] = []
        names: dict[str, str] = {}
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
            if isinstance(value, str):  # a class, or one of a list of codes
                (prefixes if iri.endswith(_PREFIX_END) else names)[key] = iri
                continue
            definition = _definition(key, iri, entry, expand)
            if definition is not None:
                definitions.append(definition)
        return cls(address, plain_address or address, source, tuple(definitions), names, reverse, prefixes, aliases)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Return how every key writes its property, in the order of the context."""
        return tuple(sorted((d for found in self._definitions.values() for d in found), key=self._place))

    @property
    def reverse_keys(self) -> tuple[str, ...]:
        """Return the keys of properties that are read backwards."""
        return tuple(self._reverse.values())

    def define(self, predicate: str, value: Term) -> Definition | None:
        """Return the key that suits this value of a property, or None when only the property's IRI does."""
        return next((found for found in self._definitions.get(predicate, ()) if found.suits(value)), None)

    def full_key(self, predicate: str) -> str:
        """Return the key under which stands what no key of the context suits: one that no definition changes."""
        return predicate if predicate in self._definitions else self.name(predicate)

    def name(self, iri: str) -> str:
        """Return the shortest sure name of a class, datatype or property: key, prefixed name or IRI."""
        if iri in self._names:
            return self._names[iri]
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

    def _place(self, definition: Definition) -> int:
        return self._positions[definition.key]


def with_numbers(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a context document for plain JSON, whose numbers are doubles to whoever reads them as JSON-LD.

    JSON-LD 1.1 has no decimal number: 2.5 as an xsd:decimal becomes "2.5E0", which is none.
    """
    table = {
        key: {**entry, "@type": "xsd:double"}
        if isinstance(entry, dict) and entry.get("@type") == "xsd:decimal"
        else entry
        for key, entry in source["@context"].items()
    }
    return {**source, "@context": table}


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
