"""Compares records with each other and with the store: loops of prerequisites, things that two sources state."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..rdf.namespaces import MC
from ..rdf.statements import Triple
from ..validation.blocks import Block, Outline, outline, read_blocks
from ..validation.findings import Finding
from ..validation.loops import Needs, loops, with_needs_of
from .gate_findings import DESCRIBED_ELSEWHERE, LOOP, STATED, STATED_BESIDE, own_finding

_STATED = {MC + "prerequisite": STATED, MC + "corequisite": STATED_BESIDE}
_TREE = re.compile(rb"<https://w3id\.org/pinoamo/ns#(?:requirement|prerequisite|corequisite)>")


class Stored(Protocol):
    """What a store has besides the records of a batch, which go to one graph."""

    def described_elsewhere(self, records: Iterable[str]) -> Mapping[str, str]:
        """Return the records that another graph describes, each with one such graph."""
        ...

    def stated_elsewhere(self, records: Iterable[str]) -> Mapping[tuple[str, str], str]:
        """Return the records, and by which relation, that another graph has trees of, each with one such graph."""
        ...

    def needs(self, records: Collection[str], batch: Container[str]) -> Mapping[str, Needs]:
        """Return what the trees of records name; of records of the batch, what trees in other graphs name."""
        ...

    def assurances(self, organisations: Iterable[str]) -> Mapping[str, Sequence[Triple]]:
        """Return what other graphs say of the quality assurance of each body; empty where that is nothing."""
        ...


class Across:
    """The records of a loader's N-Quads file, and what is wrong between them and with what a store has.

    `outlines` and `loops` go by IRI: what each record is, and the circle of each whose own needs are part of one.
    """

    def __init__(self, path: Path, stored: Stored | None = None) -> None:
        """Read the file; without a store its records are held against each other only."""
        self.outlines: dict[str, Outline] = {}
        self.has_trees = False
        self._stating: dict[str, list[str]] = {}
        for block in read_blocks(path):
            if block.iri:
                self.outlines.setdefault(block.iri, outline(block))
                self.has_trees = self.has_trees or has_tree(block)
                relations = [relation for relation in _STATED if f"<{relation}>".encode() in block.nquads]
                if relations:
                    self._stating[block.iri] = relations
        needs = {iri: one.needs for iri, one in self.outlines.items() if any(one.needs)}
        around = with_needs_of(needs, lambda iris: stored.needs(iris, self.outlines)) if stored else needs
        self.loops = loops(around, needs)
        # A record without a type adds to what another source describes, such as prerequisites to a credential.
        described = [iri for iri, one in self.outlines.items() if one.types]
        self._described = stored.described_elsewhere(described) if stored else {}
        self._stated = stored.stated_elsewhere(self._stating) if stored else {}

    def conflicts(self) -> Iterator[Finding]:
        """Yield what is wrong with any record beside others."""
        for record in self.outlines:
            yield from self.findings(record)

    def findings(self, record: str) -> Iterator[Finding]:
        """Yield what is wrong with a record beside others."""
        if record in self._described:
            yield own_finding(DESCRIBED_ELSEWHERE, record, self._described[record])
        else:
            for relation in self._stating.get(record, ()):
                if (record, relation) in self._stated:
                    yield own_finding(_STATED[relation], record, self._stated[record, relation])
        if record in self.loops:
            yield own_finding(LOOP, record, " → ".join(self.loops[record]))


def has_tree(block: Block) -> bool:
    """Tell whether a record carries a requirement tree, whatever for."""
    return _TREE.search(block.nquads) is not None
