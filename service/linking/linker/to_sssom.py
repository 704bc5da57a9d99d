"""Writes links as a set of mappings in SSSOM (TSV, slots of version 1.1 that say what a link rests on)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...rdf.namespaces import ESCO_THINGS, SKOS, SSSOM
from .linker import VERSION, Link, Linked, Method

SLOTS = (
    "subject_id", "subject_label", "subject_type", "predicate_id", "object_id", "object_label", "object_source",
    "object_source_version", "mapping_justification", "confidence", "similarity_score", "similarity_measure",
    "match_string", "mapping_tool", "mapping_tool_version", "mapping_date", "comment",
)  # fmt: skip
"""The columns, in their order."""

NO_TERM = "sssom:NoTermFound"
_TOOL = "Pinoamo linker"
_MEASURE = "cosine of character n-grams, best window of words"
_UNSPECIFIED = SSSOM + "license/unspecified"
_TEXTS = "urn:pinoamo:text:"
_PREFIXES: Mapping[str, str] = {
    "escooccupation": ESCO_THINGS + "occupation/",
    "escoskill": ESCO_THINGS + "skill/",
    "esco": ESCO_THINGS,
    "orcid": "https://orcid.org/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": SKOS,
    "sssom": SSSOM,
    "text": _TEXTS,
}
# Predicate and justification of what a link rests on. A text is no concept: only its label is the same as it.
_MEANING: Mapping[Method, tuple[str, str]] = {
    "exact": ("skos:exactMatch", "semapv:LexicalMatching"),
    "label": ("skos:closeMatch", "semapv:LexicalMatching"),
    "alike": ("skos:closeMatch", "semapv:LexicalSimilarityThresholdMatching"),
    "broader": ("skos:broadMatch", "semapv:CompositeMatching"),
}


class MappingSet(NamedTuple):
    """What holds for all links: where the set is from, its licence (an IRI or empty), ESCO's version, linker, day."""

    iri: str
    licence: str
    esco_version: str
    model: str
    date: str


def sssom_lines(about: MappingSet, results: Iterable[Linked]) -> Iterator[str]:
    """Yield the lines of a TSV file, with their ends; a text without a sure link has one row, which says so."""
    yield "#curie_map:\n"
    yield from (f'#  {prefix}: "{iri}"\n' for prefix, iri in _PREFIXES.items())
    yield f'#license: "{about.licence or _UNSPECIFIED}"\n'
    yield f'#mapping_set_id: "{about.iri}"\n'
    yield "#mapping_set_title: Texts linked to ESCO\n"
    yield '#sssom_version: "1.1"\n'
    yield _line(SLOTS)
    for result in results:
        linked = [] if result.abstained else result.links
        rows = [_row(about, result, link) for link in linked] or [_nothing(about, result)]
        yield from (_line([row.get(slot, "") for slot in SLOTS]) for row in rows)


def _row(about: MappingSet, result: Linked, link: Link) -> Mapping[str, str]:
    predicate, justification = _MEANING[link.method]
    start, end = link.span
    return {
        **_subject(about, result),
        "predicate_id": predicate,
        "object_id": _curie(link.concept.iri),
        "object_label": link.concept.label(result.language),
        "mapping_justification": justification,
        "confidence": str(link.probability),
        "similarity_score": str(min(1.0, link.values["any_window"])),
        "similarity_measure": _MEASURE,
        "match_string": _listed(link.evidence),
        "comment": f"characters {start}-{end} of the text",
    }


def _nothing(about: MappingSet, result: Linked) -> Mapping[str, str]:
    best = f"; the likeliest has a probability of {result.links[0].probability}" if result.links else ""
    return {
        **_subject(about, result),
        "predicate_id": "skos:exactMatch",
        "object_id": NO_TERM,
        "mapping_justification": "semapv:LexicalSimilarityThresholdMatching",
        "comment": f"no link is sure enough{best}",
    }


def _subject(about: MappingSet, result: Linked) -> Mapping[str, str]:
    return {
        "subject_id": f"text:{text_key(result.text)}",
        "subject_label": " ".join(result.text.split()),
        "subject_type": "rdfs literal",
        "object_source": "esco:",
        "object_source_version": about.esco_version,
        "mapping_tool": _TOOL,
        "mapping_tool_version": f"{VERSION}/{about.model}",
        "mapping_date": about.date,
    }


def text_key(text: str) -> str:
    """Return the key of a text in a set: the start of its SHA-256, so that the same text has the same one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _curie(iri: str) -> str:
    for prefix, start in _PREFIXES.items():
        if iri.startswith(start):
            return f"{prefix}:{iri[len(start) :]}"
    return iri


def _listed(text: str) -> str:
    return text.replace("|", r"\|")


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter="\t", lineterminator="\n").writerow([" ".join(cell.split()) for cell in cells])
    return line.getvalue()
