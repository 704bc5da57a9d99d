"""Reads the facts of held credentials from JSON and from RDF descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from ...errors import InvalidArgument
from ...rdf.namespaces import DCTERMS, ELM, VC
from ...rdf.normal_iris import parse_thing
from ...rdf.statements import Triple
from ..matrix.matrix import Matrix
from ..problem.candidates import Credential, Held

_ECTS = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
_FACTS = frozenset((
    "iri", "title", "ects", "level", "skills", "providers", "fields", "languages",
    "awarded", "expires", "grade", "verified", "rpl", "revoked", "same_as",
))  # fmt: skip


def held_from_iri(iri: str, matrix: Matrix, narrower: bool) -> Held:
    """Return a held credential of the catalogue.

    Raises:
        InvalidArgument: the catalogue does not know it.
    """
    number = matrix.numbers.get(parse_thing(iri).value)
    if number is None:
        raise InvalidArgument(f"held: {iri} is not in the catalogue; give its facts instead")
    return Held(matrix.credential(number, narrower))


def held_from_facts(facts: Mapping[str, Any], name: str, matrix: Matrix, narrower: bool) -> Held:
    """Return a held credential from its facts; what they do not say is taken from the catalogue when `iri` is in it.

    Raises:
        InvalidArgument: a fact is unknown or malformed.
    """
    unknown = facts.keys() - _FACTS
    if unknown:
        raise InvalidArgument(
            f"held: {min(unknown)!r} is no fact of a credential; there are {', '.join(sorted(_FACTS))}"
        )
    iri = parse_thing(text(facts, "iri")).value if "iri" in facts else name
    number = matrix.numbers.get(iri)
    base = Credential(iri) if number is None else matrix.credential(number, narrower)
    changed: dict[str, Any] = {"prerequisite": None, "corequisite": None}
    if "ects" in facts:
        changed["ects"] = number_from(facts["ects"], "held: ects")
    if facts.get("level") is not None:
        changed["level"] = level_from(facts["level"], "held: level")
    if "skills" in facts:
        skills = iris_from(facts["skills"], "held: skills")
        changed["outcomes"], changed["skills"] = skills, matrix.covered(skills) if narrower else skills
    for key in ("providers", "fields", "languages"):
        if key in facts:
            changed[key] = iris_from(facts[key], f"held: {key}")
    if "same_as" in facts:
        changed["same_award"] = parse_thing(text(facts, "same_as")).value
    return Held(
        replace(base, **changed),
        day_from(facts.get("awarded"), "held: awarded"),
        day_from(facts.get("expires"), "held: expires"),
        None if facts.get("grade") is None else number_from(facts["grade"], "held: grade"),
        truth_from(facts.get("verified"), "held: verified"),
        truth_from(facts.get("rpl"), "held: rpl") or False,
        truth_from(facts.get("revoked"), "held: revoked") or False,
    )


def facts_from_triples(triples: Iterable[Triple]) -> list[dict[str, Any]]:
    """Return the facts of each achievement that a European credential, or a catalogue entry, describes.

    (claim, elm:specifiedBy, specification) and what is said of the specification; without any, every thing with
    learning outcomes or credits; without these, what is claimed, of which then little is known.
    """
    graph: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value in triples:
        graph.setdefault(subject.value, {}).setdefault(predicate, []).append(value.value)
    specified = sorted({value for slots in graph.values() for value in slots.get(ELM + "specifiedBy", ())})
    outlined = sorted(
        node for node, slots in graph.items() if ELM + "learningOutcome" in slots or ELM + "creditPoint" in slots
    )
    days = {
        name: [v for slots in graph.values() for v in slots.get(VC + name, ())]
        for name in ("issued", "issuanceDate", "validFrom", "expirationDate", "validUntil")
    }
    issued = days["issued"] or days["issuanceDate"] or days["validFrom"]
    expires = days["expirationDate"] + days["validUntil"]
    claimed = sorted({value for slots in graph.values() for value in slots.get(ELM + "hasClaim", ())})
    chosen = [node for node in specified if node in outlined] or outlined or specified or claimed
    return [_facts_of(node, graph, issued, expires) for node in chosen]


def _facts_of(
    node: str, graph: Mapping[str, Mapping[str, Sequence[str]]], issued: Sequence[str], expires: Sequence[str]
) -> dict[str, Any]:
    def values(start: str, *path: str) -> list[str]:
        nodes = [start]
        for step in path:
            nodes = [value for one in nodes for value in graph.get(one, {}).get(step, ())]
        return nodes

    facts: dict[str, Any] = {"skills": sorted(set(values(node, ELM + "learningOutcome", ELM + "relatedESCOSkill")))}
    if ":" in node and not node.startswith("_"):
        facts["iri"] = node
    titles = values(node, DCTERMS + "title")
    if titles:
        facts["title"] = titles[0]
    # The reading of ECTS credits is also written in queries/derived/ects.rq and service/web/pages/views.py.
    for credit in values(node, ELM + "creditPoint"):
        if _ECTS in values(credit, ELM + "framework"):
            facts["ects"] = next(iter(values(credit, ELM + "point")), "").replace(",", ".")
    levels = [level.rpartition("/")[2] for level in values(node, ELM + "EQFLevel")]
    if levels and levels[0].isdigit():
        facts["level"] = int(levels[0])
    for key, path in (
        ("providers", (ELM + "awardingOpportunity", ELM + "awardingBody")),
        ("fields", (ELM + "ISCEDFCode",)),
        ("languages", (DCTERMS + "language",)),
    ):
        found = [value for value in values(node, *path) if ":" in value and not value.startswith("_")]
        if found:
            facts[key] = sorted(set(found))
    if issued:
        facts["awarded"] = min(issued)[:10]
    if expires:
        facts["expires"] = min(expires)[:10]
    return facts


def named_apart(held: Iterable[Held]) -> Iterator[Held]:
    """Yield held credentials, each under a name of its own: a second record gets `#2` and stays the same award."""
    seen: dict[str, int] = {}
    for one in held:
        iri = one.credential.iri
        seen[iri] = seen.get(iri, 0) + 1
        if seen[iri] == 1:
            yield one
        else:
            yield replace(
                one, credential=replace(one.credential, iri=f"{iri}#{seen[iri]}", same_award=one.credential.award)
            )


def text(values: Mapping[str, Any], key: str) -> str:
    """Return a text of a JSON object."""
    value = values[key]
    if not isinstance(value, str):
        raise InvalidArgument(f"{key} must be text, got {str(value)[:100]!r}")
    return value


def number_from(value: object, name: str) -> Decimal:
    """Return a number that is not negative; JSON numbers and texts such as "7.5" are both read.

    Raises:
        InvalidArgument: it is something else.
    """
    if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("nan")
        if number.is_finite() and 0 <= number < 1_000_000:
            return number
    raise InvalidArgument(f"{name} must be a number that is not negative, got {str(value)[:50]!r}")


def whole_from(value: object, name: str) -> int:
    """Return a whole number that is not negative."""
    number = number_from(value, name)
    if number % 1:
        raise InvalidArgument(f"{name} must be a whole number, got {value!r}")
    return int(number)


def level_from(value: object, name: str) -> int:
    """Return an EQF level."""
    level = whole_from(value, name)
    if not 1 <= level <= 8:
        raise InvalidArgument(f"{name} must be an EQF level from 1 to 8, got {level}")
    return level


def iris_from(value: object, name: str) -> frozenset[str]:
    """Return a set of IRIs from a list."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidArgument(f"{name} must be a list of IRIs")
    return frozenset(parse_thing(one).value for one in value)


def day_from(value: object, name: str) -> date | None:
    """Return a day such as 2026-05-31, or None."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InvalidArgument(f"{name} must be a day such as 2026-05-31, got {str(value)[:50]!r}") from error


def truth_from(value: object, name: str) -> bool | None:
    """Return true, false or None."""
    if value is not None and not isinstance(value, bool):
        raise InvalidArgument(f"{name} must be true or false, got {str(value)[:50]!r}")
    return value
