"""Reads what stands above the rows of an SSSOM file: prefixes, and values that hold for all rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..identifiers import is_iri
from ..report import Report

_ENTRY = re.compile(r"#?\s?(\s*)([\w.-]+)\s*:(?:\s+(.*))?\s*")
_ITEM = re.compile(r"#?\s*-\s+(.*)")
# Prefixes that every set may use without a word (SSSOM, "Prefixes").
_BUILT_IN = {
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sssom": "https://w3id.org/sssom/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(slots=True)
class Head:
    """Prefixes by name, and slots of the set by name."""

    prefixes: dict[str, str] = field(default_factory=lambda: dict(_BUILT_IN))
    slots: dict[str, str] = field(default_factory=dict)

    def expanded(self, curie: str) -> str:
        """Return the IRI that a CURIE stands for; old files have whole IRIs, which stay.

        Raises:
            ValueError: it is no CURIE of a prefix that is declared.
        """
        prefix, colon, rest = curie.partition(":")
        if colon and prefix in self.prefixes:
            found = self.prefixes[prefix] + rest
        elif rest.startswith("//") or prefix == "urn":
            found = curie
        else:
            raise ValueError(f"the prefix of {curie[:100]!r} is not in curie_map")
        if not is_iri(found):
            raise ValueError(f"{curie[:100]!r} does not make an IRI")
        return found


def read_head(lines: Iterable[tuple[int, str]], source: str, report: Report) -> Head:
    """Return what the lines say, which begin with `#`; a line that cannot be read is reported and left out."""
    head = Head()
    in_map, last = False, ""
    for number, line in lines:
        if item := _ITEM.fullmatch(line.rstrip()):
            head.slots[last] = "|".join(filter(None, (head.slots.get(last, ""), _plain(item[1]))))
            continue
        entry = _ENTRY.fullmatch(line.rstrip())
        if entry is None:
            if line.strip("# \r\n"):
                report.error(source, number, "", f"not a line `name: value` of YAML: {line.strip()[:80]!r}")
            continue
        indent, name, value = entry[1], entry[2], _plain(entry[3] or "")
        if indent and in_map:
            head.prefixes[name] = value
        else:
            in_map, last = name == "curie_map", name
            if value:
                head.slots[name] = value
    return head


def _plain(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
