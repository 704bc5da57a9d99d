"""Statements in the names of ELM 3.3 told in those of 3.2, which the profiles here speak of."""

from __future__ import annotations

from ..rdf.namespaces import ELM, ELM_3_3, ELM_3_3_PROFILES, ELM_PROFILES
from ..rdf.statements import Triple
from ..rdf.terms import Term

_RENAMED = ((ELM_3_3, ELM), (ELM_3_3_PROFILES, ELM_PROFILES))


def in_elm_3_2(triples: tuple[Triple, ...]) -> tuple[Triple, ...]:
    """Return statements in the names of ELM 3.2; the same tuple when they are already."""
    changed = False
    found = []
    for triple in triples:
        renamed = Triple(_term(triple.subject), _iri(triple.predicate), _term(triple.object))
        changed = changed or renamed != triple
        found.append(renamed)
    return tuple(dict.fromkeys(found)) if changed else triples


def _term(term: Term) -> Term:
    if term.kind == "iri":
        return term._replace(value=_iri(term.value))
    return term._replace(datatype=_iri(term.datatype)) if term.datatype else term


def _iri(iri: str) -> str:
    for old, new in _RENAMED:
        if iri.startswith(old):
            return new + iri[len(old) :]
    return iri
