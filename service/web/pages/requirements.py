"""Puts a requirement tree into words: what a prerequisite or a programme asks for.

The kinds of requirement are also written in service/stacking/requirements/from_rdf.py, loaders/requirements/trees.py
and shapes/stacking/shapes.ttl.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...messages.messages import Text
from ...rdf.durations import plain_number
from ...rdf.namespaces import DCTERMS, MC
from ...rdf.terms import local_name
from .render import HtmlPage
from .statements import Shown, Statements

_DEEPEST = 40
_KEYS = {
    "AllOf": "all_of",
    "SomeOf": "some_of",
    "CreditRequirement": "credits",
    "CountRequirement": "count",
    "SkillRequirement": "skill",
    "ManualRequirement": "manual",
}
_FILTERS = {
    "credential": "credential",
    "skill": "with_skill",
    "provider": "with_provider",
    "field": "field",
    "language": "language",
    "minimumLevel": "minimum_level",
    "maximumLevel": "maximum_level",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One property of a filter, its values being alternatives."""

    words: str
    targets: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One node: the module it belongs to, its rule in words, what is written of it, its conditions and parts."""

    owner: Shown | None
    words: str
    note: Text | None
    conditions: tuple[Condition, ...]
    parts: tuple[Requirement, ...]


def requirement_view(
    node: str, statements: Statements, page: HtmlPage, owner: str, depth: int = 0, seen: set[str] | None = None
) -> Requirement | None:
    """Return the tree below a node, parts in order of `mc:position`; None for what is no requirement.

    `owner` is what the tree was asked for: a branch that belongs to something else names it. A node that stands in two
    places is shown in the first.
    """
    seen = set() if seen is None else seen
    kind = next((local_name(t) for t in statements.types(node) if local_name(t) in _KEYS), None)
    if kind is None or depth > _DEEPEST or node in seen:
        return None
    seen.add(node)
    parts = sorted(statements.values(node, MC + "part"), key=lambda part: _position(part, statements))
    own = node.partition("#")[0]
    views = [requirement_view(part, statements, page, own, depth + 1, seen) for part in parts]
    conditions = _conditions(node, statements, page)
    if kind in ("CreditRequirement", "CountRequirement") and not conditions:
        conditions = (Condition(page.t["requirement.any"], ()),)
    return Requirement(
        page.shown(own, statements.label(own)) if own != owner else None,
        _words(_KEYS[kind], node, statements, page),
        statements.text(node, DCTERMS + "description") or statements.text(node, DCTERMS + "title"),
        conditions,
        tuple(view for view in views if view is not None),
    )


def _words(key: str, node: str, statements: Statements, page: HtmlPage) -> str:
    minimum = plain_number(statements.value(node, MC + "minimum") or "0")
    maximum = statements.value(node, MC + "maximum")
    if key == "count" and minimum == str(len(_only_credentials(node, statements))):
        return page.t["requirement.all_of"]
    if maximum is not None and key in ("some_of", "credits", "count"):
        return page.t(f"requirement.{key}_range", minimum=page.number(minimum), maximum=page.number(maximum))
    return page.t(f"requirement.{key}", minimum=page.number(minimum))


def _conditions(node: str, statements: Statements, page: HtmlPage) -> tuple[Condition, ...]:
    found = []
    skills = statements.values(node, MC + "skill")
    if skills:
        found.append(Condition("", _targets(skills, statements, page)))
    credentials = _only_credentials(node, statements)
    if credentials and MC + "CountRequirement" in statements.types(node):
        return (Condition("", _targets(credentials, statements, page)),)
    for filter_node in statements.values(node, MC + "filter"):
        for name, key in _FILTERS.items():
            values = statements.values(filter_node, MC + name)
            if values:
                found.append(Condition(page.t[f"requirement.{key}"], _targets(values, statements, page)))
    return tuple(found)


def _only_credentials(node: str, statements: Statements) -> list[str]:
    """Return the micro-credentials that a filter names when it asks for nothing else."""
    others = [name for name in _FILTERS if name != "credential" and statements.values(node, MC + "filter", MC + name)]
    return [] if others else statements.values(node, MC + "filter", MC + "credential")


def _targets(iris: list[str], statements: Statements, page: HtmlPage) -> tuple[Shown, ...]:
    return tuple(page.shown(iri, statements.label(iri)) for iri in iris)


def _position(part: str, statements: Statements) -> tuple[int, str]:
    position = statements.value(part, MC + "position") or ""
    return (int(position) if position.isascii() and position.isdigit() else 0, part)
