"""Holds the records of an import against what its source may speak of: a key's source speaks of its own only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import InvalidArgument
from ..loading.gate import GatedRecord
from ..loading.gate_findings import NOT_OWN, NOT_OWN_SHARED, own_finding
from ..rdf.syntax import normal_statements, nquads_from_triples
from ..validation.blocks import links_in, read_blocks
from .ownership import Judgement, Others, Owner, Refusal, judge, types_in


class ImportOwnership:
    """Refuses records that speak of what is not their source's, and leaves such shared statements out."""

    def __init__(self, raw: Path, owner: Owner, others: Others) -> None:
        """Read which records a loader's file has: their parts may stand among its shared statements."""
        self._owner = owner
        self._others = others
        self._records = {
            block.iri: frozenset(links_in(block.nquads).types.get(block.iri, ()))
            for block in read_blocks(raw) if block.iri
        }  # fmt: skip

    def hold(self, gated: GatedRecord) -> GatedRecord:
        """Return what becomes of a record: refused for what it may not say, and without what others say already."""
        if gated.decision == "refused":
            return gated
        found = self._judged(gated.nquads)
        if not found.refused and not found.repeated:
            return gated
        if found.refused and gated.iri:
            findings = tuple(own_finding(NOT_OWN, gated.iri, str(refusal)) for refusal in found.refused)
            return replace(gated, decision="refused", findings=(*gated.findings, *findings))
        mark = gated.nquads.partition(b"\n")[0] + b"\n" if gated.nquads.startswith(b"#") else b""
        left_out = tuple(
            own_finding(NOT_OWN_SHARED, refusal.triple.subject.value, str(refusal)) for refusal in found.refused
        )
        kept = mark + nquads_from_triples(found.kept, self._owner.graph)
        return replace(gated, nquads=kept, findings=(*gated.findings, *left_out))

    def refusals(self, accepted: Path) -> Iterator[Refusal]:
        """Yield what a file may not say, as of now."""
        for block in read_blocks(accepted):
            yield from self._judged(block.nquads).refused

    def _judged(self, nquads: bytes) -> Judgement:
        triples = normal_statements(nquads)
        return judge(triples, self._owner, self._others, self._types(types_in(triples)))

    def _types(self, here: Callable[[str], Collection[str]]) -> Callable[[str], Collection[str]]:
        return lambda subject: self._records.get(subject) or here(subject)


def refuse_conflicts(ownership: ImportOwnership, accepted: Path) -> None:
    """Refuse a file that others' writes, since it was judged, have made one that its source may not store.

    Raises:
        InvalidArgument: they have.
    """
    first = next(ownership.refusals(accepted), None)
    if first is not None:
        raise InvalidArgument(f"others have written meanwhile of what this file describes: {first}")
