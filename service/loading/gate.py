"""The gate of loading: it accepts, warns about or refuses each record of a loader's N-Quads, with reasons."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from rdflib import Graph

from ..errors import InvalidArgument
from ..rdf.media_types import N_QUADS, N_TRIPLES
from ..rdf.namespaces import ELM, MC, MCS
from ..rdf.normal_iris import fault_of_name
from ..rdf.statements import Triple
from ..rdf.syntax import text_from_triples, triples_from_text
from ..rdf.terms import RDF_TYPE
from ..resources import SHAPES
from ..validation.blocks import Block, BlockLinks, links_in, read_blocks
from ..validation.context import IN_SCHEME, KnownContext
from ..validation.engines.confirming import Confirmation, Confirmed, Judge
from ..validation.engines.engine import EngineName
from ..validation.findings import Finding, findings_from_results
from ..validation.loops import levels
from ..validation.profiles import Profile, load_profile
from ..validation.results import Result
from .across_records import Across, Stored, has_tree
from .conditions import Conditions, described_elements
from .gate_findings import (
    ILL_TYPED,
    ILL_TYPED_SHARED,
    NAME,
    OWNERLESS,
    REFUSED,
    TWICE,
    UNDEFINED,
    UNREADABLE,
    own_finding,
)  # fmt: skip
from .ill_typed import ill_typed

Decision = Literal["accepted", "warned", "listed", "refused", "unchecked"]

_CHECKED = MC + "MicroCredential"
_BODY = ELM + "Organisation"
_CYCLE = MCS + "MicroCredential-prerequisite-cycle"
_FORM = MCS + "MicroCredential-prerequisite-form"
# That a prerequisite is unknown the definition's own check tells better than the one of all trees.
_KNOWN = MCS + "MicroCredential-prerequisite-known"
_KNOWN_IN_TREES = MCS + "Tree-credential-known"
_WINDOW = 256


@dataclass(frozen=True, slots=True)
class GatedRecord:
    """A record and what the gate makes of it, or shared statements (`iri` is empty, the decision `unchecked`).

    `place` is where the source has it, `SOURCE:LINE`; `nquads` its mark and statements, unchanged unless it is
    `listed`: then it is no micro-credential, and its gaps are data. `findings` is what is wrong with it. Advice is no
    finding here.
    """

    iri: str
    place: str
    decision: Decision
    nquads: bytes
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record for a report, without its statements."""
        source, _, line = self.place.rpartition(":")
        return {
            "record": self.iri,
            "source": source if line.isdigit() else self.place,
            "line": int(line) if line.isdigit() else None,
            "decision": self.decision,
            "findings": [finding.to_json() for finding in self.findings],
        }


def gate(
    path: Path,
    *,
    profile: Profile,
    context: KnownContext,
    strict: bool = False,
    engine: EngineName | None = None,
    confirmation: Confirmation = Confirmation(),  # noqa: B008 - frozen
    stored: Stored | None = None,
    conditions: Conditions | None = None,
    naming: bool = True,
) -> Iterator[GatedRecord]:
    """Judge every record of a loader's N-Quads file on its own, in bounded memory; shared statements pass.

    A literal that is none of its datatype costs a record, and of what is shared its statement.

    Requirement trees are held to their form, whatever the record is that carries one, and whatever the profile. A
    profile that makes nothing mandatory, such as one of advice, admits no micro-credential.

    A record that requires others of the same file comes after them, whatever the order of the file, so that it can be
    warned about a prerequisite that was refused. `strict` refuses for warnings too. `context` tells of things referred
    to; `stored` of what a record may be at odds with: what another source says of it, and circles that it would close.
    Unless the gate is `naming` records micro-credentials, a profile of advice only advises.
    `conditions` list what would be refused, where it states what they ask for.
    `confirmation` tells which records pySHACL judges besides the fast engine, unless an `engine` is named.

    Only an outline of each record stays in memory. The file is read twice.
    """
    batch = _Batch(path, profile, context, strict, stored, conditions, naming=naming)
    if batch.across.has_trees:
        profile = replace(profile, graph=_with_trees(profile.graph))
        batch.judge_trees = Confirmed(_trees(), engine, confirmation).results
    judge = Confirmed(profile, engine, confirmation)
    workers = min(4, os.cpu_count() or 1) if judge.parallel else 1
    with ThreadPoolExecutor(workers) as pool:
        yield from batch.run(judge.results, pool)


class _Batch:
    """One load: what its records are, what they require, and which were refused."""

    def __init__(
        self,
        path: Path,
        profile: Profile,
        context: KnownContext,
        strict: bool,
        stored: Stored | None,
        conditions: Conditions | None,
        *,
        naming: bool,
    ) -> None:
        self._path = path
        self._profile = profile
        self._context = context
        self._strict = strict
        self._defines = not naming or _defines(profile)
        self._conditions = conditions
        self._stored = stored
        self._assured: dict[str, bytes] = {}
        self.judge_trees: Judge | None = None
        self.across = Across(path, stored)
        self._outlines = self.across.outlines
        self._loops = self.across.loops
        requires = {iri: one.needs.before for iri, one in self._outlines.items() if one.needs.before}
        # Records that need another record of this file, and can wait for it because they need not wait for themselves.
        self._late = {
            iri: needed
            for iri, needed in requires.items()
            if iri not in self._loops and not self._outlines.keys().isdisjoint(needed)
        }
        self._refused: set[str] = set()

    def run(self, validate: Judge, pool: Executor) -> Iterator[GatedRecord]:
        """Yield every record and shared stretch, those that wait last."""
        early = (block for block in read_blocks(self._path) if not self._waits(block))
        yield from self._judge(early, validate, pool)
        for layer in levels(self._late):
            places = sorted(self._outlines[iri].offset for iri in layer)
            yield from self._judge((next(read_blocks(self._path, place)) for place in places), validate, pool)

    def _waits(self, block: Block) -> bool:
        return block.iri in self._late and block.offset == self._outlines[block.iri].offset

    def _judge(self, blocks: Iterator[Block], validate: Judge, pool: Executor) -> Iterator[GatedRecord]:
        before: Iterator[GatedRecord] = iter(())
        while window := [(block, links_in(block.nquads if block.iri else b"")) for block in islice(blocks, _WINDOW)]:
            known = self._known(window)
            # Handed out before the results of the window before are taken, so that nobody waits for this thread.
            judged = pool.map(partial(self._gated, validate=validate, known=known), *zip(*window, strict=True))
            yield from self._noted(before)
            before = judged
        yield from self._noted(before)

    def _noted(self, records: Iterator[GatedRecord]) -> Iterator[GatedRecord]:
        for record in records:
            if record.decision == "refused":
                self._refused.add(record.iri)
            yield record

    def _known(self, window: Iterable[tuple[Block, BlockLinks]]) -> Mapping[str, bytes]:
        """Return statements on types and schemes of what a window of records refers to elsewhere, asked for at once."""
        iris = set[str]()
        for block, (types, referred) in window:
            iris |= referred - types.keys()  # of a record's own parts nobody asks
            if block.iri and block.iri not in types:
                iris.add(block.iri)
        outlined = {
            iri: self._outlines[iri].types for iri in iris if iri in self._outlines and self._outlines[iri].types
        }
        assured = self._assurances(window)
        named = {each.object.value for triples in assured.values() for each in triples if each.object.kind == "iri"}
        known = dict(self._context.types((iris | named) - outlined.keys()))
        known.update({iri: (types, ()) for iri, types in outlined.items()})
        statements = {iri: _statements(iri, types, schemes) for iri, (types, schemes) in known.items()}
        for iri, triples in assured.items():
            about = {each.object.value for each in triples if each.object.kind == "iri"}
            around = b"".join(statements[each] for each in sorted(about) if each in statements)
            self._assured[iri] = text_from_triples(triples, N_TRIPLES) + around
        return statements

    def _assurances(self, window: Iterable[tuple[Block, BlockLinks]]) -> Mapping[str, Sequence[Triple]]:
        """Return what other sources say of the quality assurance of organisations that a window of records names."""
        if self._stored is None:
            return {}
        bodies = {iri for _, (types, _) in window for iri, kinds in types.items() if _BODY in kinds}
        return {iri: found for iri, found in self._stored.assurances(bodies).items() if found}

    def _gated(self, block: Block, links: BlockLinks, validate: Judge, known: Mapping[str, bytes]) -> GatedRecord:
        if not block.iri:
            return _shared(block.nquads)
        types, referred = links
        found = [own_finding(ILL_TYPED, each.subject, each.fault) for each in ill_typed(block.nquads)]
        found += self._across(block)
        checked = _CHECKED in types.get(block.iri, ())
        foreign = {iri: known[iri] for iri in referred if iri not in types}
        foreign |= {iri: self._assured[iri] for iri in types if iri in self._assured}
        try:
            if checked and not self._defines:
                found.append(own_finding(UNDEFINED, block.iri, self._profile.id))
                deque(_triples(block.nquads), maxlen=0)
            elif checked:
                found += self._check(block, validate, foreign)
            elif self.judge_trees is not None and has_tree(block):
                found += self._check_trees(block, self.judge_trees, foreign, known.get(block.iri))
            else:
                deque(_triples(block.nquads), maxlen=0)
        except InvalidArgument as error:
            found.append(own_finding(UNREADABLE, block.iri, str(error)))
        severities = {each.severity for each in found}
        decision: Decision = "accepted" if checked else "unchecked"
        if "violation" in severities or (self._strict and "warning" in severities):
            decision = "refused"
        elif "warning" in severities:
            decision = "warned"
        if checked and decision == "refused" and self._conditions:
            gaps = self._conditions.gaps(found, self._profile)
            described = described_elements(found, gaps, self._profile)
            listed = self._conditions.listed(block.iri, block.nquads, gaps, described) if gaps else None
            if listed is not None:
                return GatedRecord(block.iri, block.place, "listed", listed, self._conditions.told(found))
        return GatedRecord(block.iri, block.place, decision, block.nquads, tuple(found))

    def _check(self, block: Block, validate: Judge, foreign: Mapping[str, bytes]) -> Iterable[Finding]:
        """Return what the definition finds, then what is wrong with trees: what both find, the better one tells."""
        results = [_lenient(result) for result in _results(validate, block.iri, block.nquads, foreign)]
        trees = [result for result in results if result.shape in _trees().checks and result.shape != _KNOWN_IN_TREES]
        reported = {_CYCLE} if block.iri in self._loops else set()
        if any(result.severity == "violation" for result in trees):
            reported.add(_FORM)
        own = [result for result in results if result.shape not in _trees().checks and result.shape not in reported]
        return (
            *_findings(self._profile, block.nquads, foreign, own), *_findings(_trees(), block.nquads, foreign, trees)
        )  # fmt: skip

    def _check_trees(
        self, block: Block, validate: Judge, foreign: Mapping[str, bytes], owner: bytes | None
    ) -> Iterable[Finding]:
        """Yield what is wrong with the trees of a record; `owner` is what is known of a record without a type."""
        if owner == b"":
            yield own_finding(OWNERLESS, block.iri, block.iri)
        nquads = block.nquads + (owner or b"")
        yield from _findings(_trees(), nquads, foreign, _results(validate, block.iri, nquads, foreign))

    def _across(self, block: Block) -> Iterator[Finding]:
        """Yield what only shows when records are held against each other."""
        yield from self.across.findings(block.iri)
        first = self._outlines[block.iri]
        if first.types and (fault := fault_of_name(block.iri)):
            yield own_finding(NAME, block.iri, fault)
        if first.offset != block.offset:
            yield own_finding(TWICE, block.iri, first.place)
            return
        for iri in self._late.get(block.iri, ()):
            if iri in self._refused:
                yield own_finding(REFUSED, block.iri, iri)


def _shared(nquads: bytes) -> GatedRecord:
    """Return statements that belong to no record, without those whose literal is none of its datatype."""
    faults = list(ill_typed(nquads))
    for each in faults:
        nquads = nquads.replace(each.line, b"")
    findings = tuple(own_finding(ILL_TYPED_SHARED, each.subject, each.fault) for each in faults)
    return GatedRecord("", "", "unchecked", nquads, findings)


def _defines(profile: Profile) -> bool:
    """Tell whether a profile says what a micro-credential must have: advice alone, and the form of trees, do not."""
    checks = profile.checks.values()
    return any(check.kind == "specification" and check.severity == "violation" for check in checks)


def _lenient(result: Result) -> Result:
    """Return the result; what a prerequisite names may be loaded later, so that it is unknown is a warning."""
    return result._replace(severity="warning") if result.shape == _KNOWN else result


def _results(validate: Judge, record: str, nquads: bytes, foreign: Mapping[str, bytes]) -> list[Result]:
    return [result for result in validate(record, nquads, foreign) if result.severity != "info"]


def _findings(
    profile: Profile, nquads: bytes, foreign: Mapping[str, bytes], results: Sequence[Result]
) -> tuple[Finding, ...]:
    if not results:
        return ()
    return findings_from_results(profile, _triples(nquads + b"".join(foreign.values())), results)


@cache
def _trees() -> Profile:
    return load_profile(SHAPES, "stacking")


# Keyed by the graph object, as engines are: one run over both sets of shapes costs hardly more than one over one.
@lru_cache(maxsize=16)
def _with_trees(definition: Graph) -> Graph:
    return definition + _trees().graph


def _triples(nquads: bytes) -> Iterator[Triple]:
    return triples_from_text(nquads, N_QUADS)


def _statements(iri: str, types: Iterable[str], schemes: Iterable[str]) -> bytes:
    lines = [f"<{iri}> <{RDF_TYPE}> <{each}> .\n" for each in types]
    return "".join([*lines, *(f"<{iri}> <{IN_SCHEME}> <{each}> .\n" for each in schemes)]).encode()


def document_of(gated: GatedRecord, profile: Profile) -> dict[str, Any]:
    """Return what `POST /api/v1/validations` would answer for a record, with what the gate found wrong only."""
    outcome = "fails" if gated.decision == "refused" else "conforms"
    elements = [finding.to_json() for finding in gated.findings]
    verdict = {"profile": profile.id, "outcome": outcome, "focus_nodes": 1, "elements": elements}
    return {"source": gated.iri, "verdicts": [verdict], "issues": [], "error": None}
