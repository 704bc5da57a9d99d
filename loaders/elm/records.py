"""Divides the statements of an ELM catalogue into records that are complete by themselves (docs/model.md §3).

A record is a node typed elm:Qualification, elm:LearningAchievementSpecification, mc:MicroCredential, mc:DegreeProgramme
or mc:ProgrammeModule, or one that a requirement tree is added to, with all that is described and reachable from it and
from the opportunities that offer or award it. The walk stops at other records and at concepts. A specification that is
neither programme nor module is marked by `presumed`: ELM has no class for micro-credentials. Concepts, and what no
record reaches, are shared.
"""

from __future__ import annotations

import re
from collections import deque

from ..identifiers import part_iri
from ..report import Report
from ..statements import StatementWriter
from ..vocabulary import ELM, SKOS
from .presumed import presumed_type
from .spool import ROOT_TYPES, SPECIFICATION, TYPE, CatalogueSpool, Description

_CONCEPT_TYPES = {f"<{SKOS}Concept>", f"<{SKOS}ConceptScheme>"}
_OFFER_TYPES = {f"<{ELM}LearningOpportunity>", f"<{ELM}AwardingOpportunity>"}
_ISSUED = "this is a credential issued to a learner: such are checked and never loaded; "
_NO_PERSONS = "a catalogue holds nothing about one learner"


def write_catalogue(spool: CatalogueSpool, writer: StatementWriter, report: Report) -> None:
    """Write all records, then what is shared; refuse what is about a learner."""
    for source in sorted(spool.personal_sources):
        message = f"{_NO_PERSONS}: a person, a credential or a claim in it is left out, with all that belongs to it"
        issued = _ISSUED if source in spool.credential_sources else ""
        report.error(source, 0, "", issued + message)
    for root, source in spool.roots():
        _write_record(root, source, spool, writer, report)
    if not writer.records:
        report.info("", 0, "", "there is no micro-credential, programme or module in the sources")
    _write_shared(spool, writer, report)


def _write_record(root: str, source: str, spool: CatalogueSpool, writer: StatementWriter, report: Report) -> None:
    names = _PartNames(root, spool)
    offers = spool.offers(root)
    for offer in offers:
        names.name(offer, "offer", root)
    nodes: dict[str, Description] = {}
    queue = deque([root, *offers])
    while queue:
        node = queue.popleft()
        if node in nodes:
            continue
        description = spool.describe(node)
        if node != root and _stops_at(node, root, description, spool):
            continue
        spool.mark(description)
        nodes[node] = description
        if description.is_personal:
            report.error(source, 0, "", f"{_NO_PERSONS}, and {root} leads to such a node; the record is left out")
            return
        for predicate, value in description.links:
            names.name(value, predicate, node)
            queue.append(value)
    writer.start_record(root[1:-1], source, 0)
    for node, description in nodes.items():
        for predicate, value in description.statements:
            writer.add_line(f"{names.of(node)} {predicate} {names.of(value)}")
    added = presumed_type(root, nodes[root], source, spool)
    if added is not None:
        writer.add_line(f"{root} {TYPE} {added}")


def _stops_at(node: str, root: str, description: Description, spool: CatalogueSpool) -> bool:
    """Tell whether a record ends before this node: nothing is said of it, or it belongs elsewhere."""
    types = description.types
    if not description.statements:
        return True
    if description.is_record or (node.startswith("<") and types & _CONCEPT_TYPES):
        return True
    if not types & _OFFER_TYPES:
        return False
    specified = {value for predicate, value in description.statements if predicate == SPECIFICATION}
    return bool(specified) and root not in specified


def _write_shared(spool: CatalogueSpool, writer: StatementWriter, report: Report) -> None:
    writer.start_shared()
    names = _PartNames(f"<{writer.graph_iri}>", spool)
    for node in spool.leftovers():
        description = spool.describe(node)
        spool.mark(description)
        if description.types & ROOT_TYPES and node.startswith("_:"):
            titles = [value for predicate, value in description.statements if predicate.endswith("/title>")]
            named = titles[0][:200] if titles else "without a title"
            report.error("", 0, "", f"a micro-credential has no IRI of its own and is left out: {named}")
        elif description.types & _CONCEPT_TYPES or not spool.personal_sources:
            names.name(node, "node", "")
            for predicate, value in description.statements:
                names.name(value, predicate, node)
                writer.add_line(f"{names.of(node)} {predicate} {names.of(value)}")


class _PartNames:
    """Names for blank nodes: the IRI of the node they hang on, `#`, and the predicate that leads to them.

    The owner is the nearest node with an IRI, so that the address of an organisation has one name in all its records.
    """

    def __init__(self, default_owner: str, spool: CatalogueSpool) -> None:
        self._default_owner = default_owner
        self._spool = spool
        self._names: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def name(self, node: str, predicate: str, parent: str) -> None:
        """Name a blank node after the predicate that leads to it from its parent, unless it has a name."""
        if not node.startswith("_:") or node in self._names:
            return
        owner = parent if parent.startswith("<") else self._owners.get(parent, self._default_owner)
        short = re.split(r"[/#]", predicate.strip("<>"))[-1] or "node"
        while node not in self._names:
            number = self._counts[owner, short] = self._counts.get((owner, short), 0) + 1
            iri = f"<{part_iri(owner[1:-1], short if number == 1 else f'{short}-{number}')}>"
            if not self._spool.is_described(iri):
                self._names[node] = iri
        self._owners[node] = owner

    def of(self, node: str) -> str:
        """Return what stands for a term in the output."""
        return self._names.get(node, node)
