"""Puts JSON-LD contexts from disk in place of their addresses; nothing is ever fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..report import CallError, SourceError
from ..resources import CONTEXT, FORMER_CONTEXTS

CONTEXT_PATHS = ("/context/1.1.jsonld", "/context/1.1-numbers.jsonld", "/context/1.0.jsonld", "/context.jsonld")
"""Where below a base our own contexts are, the newest first; also written in service/rdf/jsonld_context.py."""
_W3ID = "https://w3id.org/pinoamo"
# Documents of ours name the context below the base of whoever answered: with its version, or formerly without a host.
_OURS_ANYWHERE = re.compile(
    r"https?://[^/?#]+(?:/[^?#]*)?(/context/(?:1\.0|1\.1|1\.1-numbers)\.jsonld)"
    r"|(?:/[^/?#]+)*(/context(?:/(?:1\.0|1\.1|1\.1-numbers))?\.jsonld)"
)
# A document repeats a context once an object at worst; more would only be there to blow it up.
_MAX_REFERENCES = 1000
_DECIMAL = ("xsd:decimal", "http://www.w3.org/2001/XMLSchema#decimal")
_TABLES = ("edc_terms.json", "vc2_terms.json", "ob3_terms.json")


def read_contexts(folder: Path | None, base: str) -> dict[str, Any]:
    """Return context by address: the bundled ones, then those of a folder with an `index.json` (address to file).

    Ours is there under its addresses below `base` and w3id.org; see `find_context` for its other names.

    Raises:
        CallError: the folder or its index cannot be read.
    """
    contexts: dict[str, Any] = {}
    for table in _TABLES:
        terms = json.loads((Path(__file__).parent / table).read_text("utf-8"))
        contexts |= dict.fromkeys(terms["addresses"], _context_from_terms(terms))
    newest = json.loads(CONTEXT.read_text("utf-8"))["@context"]
    former = {
        f"/context/{version}.jsonld": json.loads(path.read_text("utf-8"))["@context"]
        for version, path in FORMER_CONTEXTS.items()
    }
    # Numbers in plain JSON are the decimals that they were written from: the inliner keeps their text.
    ours = {path: former.get(path, newest) for path in CONTEXT_PATHS}
    contexts |= {root + path: context for root in ("", base.rstrip("/"), _W3ID) for path, context in ours.items()}
    if folder is not None:
        try:
            index = json.loads((folder / "index.json").read_text("utf-8"))
            for address, name in index.items():
                contexts[address] = json.loads((folder / name).read_text("utf-8"))["@context"]
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise CallError(f"the contexts in {folder} cannot be read: {error}") from error
    return contexts


def find_context(address: str, contexts: Mapping[str, Any]) -> Any:
    """Return the context of an address; None when none is known.

    The versioned name of ours is known below every base: a document outlives the address that it was saved from.
    """
    found = contexts.get(address)
    ours = _OURS_ANYWHERE.fullmatch(address) if found is None else None
    return found if ours is None else contexts[ours[1] or ours[2]]


def inline_contexts(document: Any, contexts: Mapping[str, Any], source: str) -> Any:
    """Return a copy of a JSON-LD document in which every context stands in place of its address.

    Raises:
        SourceError: it names a context that is not on disk, or names contexts without end.
    """
    return _Inliner(contexts, source).inline(document)


class _Inliner:
    def __init__(self, contexts: Mapping[str, Any], source: str) -> None:
        self._contexts = contexts
        self._source = source
        self._references = 0

    def inline(self, value: Any, decimals: frozenset[str] = frozenset()) -> Any:
        if isinstance(value, dict):
            context = self._resolve(value["@context"]) if "@context" in value else None
            decimals |= _decimal_keys(context)
            return {
                key: context if key == "@context" else self.inline(_exact(one) if key in decimals else one, decimals)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self.inline(one, decimals) for one in value]
        return value

    def _resolve(self, context: Any) -> Any:
        if isinstance(context, str):
            self._references += 1
            found = find_context(context, self._contexts)
            if found is None:
                message = f"the JSON-LD context {context[:200]!r} is not known here, and none is ever fetched"
                raise SourceError(message, self._source)
            if self._references > _MAX_REFERENCES:
                raise SourceError(f"one document names contexts more than {_MAX_REFERENCES} times", self._source)
            return self._resolve(found)
        if isinstance(context, list):
            return [one for part in context for one in self._as_list(self._resolve(part))]
        if isinstance(context, dict) and "@import" in context:
            raise SourceError(f"the context imports {context['@import']!r}, and none is ever fetched", self._source)
        return self.inline(context)

    @staticmethod
    def _as_list(context: Any) -> list[Any]:
        return context if isinstance(context, list) else [context]


def _decimal_keys(context: Any) -> frozenset[str]:
    """Return the keys whose values a context calls decimals."""
    if isinstance(context, list):
        return frozenset().union(*map(_decimal_keys, context))
    if not isinstance(context, dict):
        return frozenset()
    return frozenset(
        key for key, entry in context.items() if isinstance(entry, dict) and entry.get("@type") in _DECIMAL
    )


def _exact(value: Any) -> Any:
    """Return a decimal as it was written: JSON-LD 1.1 §8.2.2 makes "2.5E0" of 2.5, which is no xsd:decimal."""
    if isinstance(value, list):
        return [_exact(one) for one in value]
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else value


def _context_from_terms(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON-LD context that our own term table stands for."""
    context = {"@version": 1.1, "id": "@id", "type": "@type", **terms["prefixes"], **_definitions(terms)}
    for name, scoped in terms.get("within", {}).items():
        context[name]["@context"] = _definitions({"default": terms["default"], **scoped})
    return context


def _definitions(terms: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def add(entries: Iterable[str], **definition: Any) -> None:
        for entry in entries:
            key, _, name = entry.partition("=")
            found[key] = {"@id": name or f"{terms['default']}:{key}", **definition}

    add(terms.get("classes", ()))
    add(terms.get("links", ()), **{"@type": "@id"})
    add(terms.get("graphs", ()), **{"@type": "@id", "@container": "@graph"})
    add(terms.get("lists", ()), **{"@container": "@list"})
    add(terms.get("texts", ()), **{"@container": "@language"})
    for entry, words in terms.get("words", {}).items():
        add([entry], **{"@type": "@vocab", "@context": words})
    for datatype, entries in terms.get("values", {}).items():
        add(entries, **({"@type": datatype} if datatype else {}))
    return found
