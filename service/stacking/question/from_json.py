"""Reads the JSON of a question, as `POST /api/v1/paths` and `/audits` take it, into the problem it poses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ...errors import InvalidArgument, NotFound, TooLarge
from ...rdf.normal_iris import parse_thing
from ..matrix.matrix import Matrix
from ..matrix.reduce import Offers
from ..problem.candidates import Held
from ..problem.problem import MAX_HELD, REPLACEMENT, Limits, Problem, check_problem
from ..requirements.tree import AllOf, Count, Credits, Filter, Requirement, Rules, Skill, leaves
from .badges import facts_from_badges
from .facts import (
    day_from,
    held_from_facts,
    held_from_iri,
    iris_from,
    level_from,
    named_apart,
    number_from,
    truth_from,
    whole_from,
)

MAX_ALTERNATIVES = 5
MAX_SECONDS = 10.0
MAX_SKILLS = 500
MAX_DOCUMENTS = 50
"""Documents that must be read as RDF; Open Badges are not among them."""

Facts = Mapping[str, Any]
ReadDocuments = Callable[[Sequence[Facts]], Sequence[list[dict[str, Any]]]]
"""Gives for each of some RDF documents the facts of each achievement in it; raises InvalidArgument at one unread."""

Code = Callable[[str, str], str]
"""Gives the IRI that a code of a list, `language` or `mode`, means."""

_KEYS = frozenset(
    ("target", "held", "limits", "alternatives", "rejected", "replacement", "narrower", "overlap", "seconds", "listed")
)
_NUMBERS = ("max_ects", "max_cost", "ects_per_term", "max_rpl")
_WHOLES = ("max_credentials", "max_terms", "max_age")
_SETS = ("providers", "refused_providers", "avoid", "pin")
_CODES = {"languages": "language", "modes": "mode"}
_LIMITS = frozenset((*_NUMBERS, *_WHOLES, *_SETS, *_CODES, "levels", "deadline", "require_verified", "residency"))


@dataclass(frozen=True, slots=True)
class Question:
    """A problem, and what its answer must say besides.

    `decided_by`: who decides on recognition; `optional`: further skills of an occupation; `rejected`: name every
    refused candidate; `admits`: whether completing a programme waives admission to it (S13), None: it is none;
    `listed`: candidates that are listed with gaps, and so no micro-credentials.
    """

    problem: Problem
    decided_by: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    rejected: bool = False
    admits: bool | None = None
    listed: frozenset[str] = frozenset()


def wants_listed(question: bytes) -> bool:
    """Tell whether a question in JSON lets the plan use what is listed with gaps; whether it can be meant is no matter.

    >>> wants_listed(b'{"listed": true}'), wants_listed(b'{"listed": false}'), wants_listed(b'{"listed"')
    (True, False, False)
    """
    if b'"listed"' not in question:
        return False
    try:
        body = json.loads(question)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, Mapping) and body.get("listed") is True


def question_from_json(
    body: object, matrix: Matrix, today: date, code: Code, read_documents: ReadDocuments | None = None
) -> Question:
    """Return the question that a JSON body asks of a release.

    Raises:
        InvalidArgument: a value is not what it must be.
        NotFound: the target is not known.
        TooLarge: more is held than may be given.
    """
    if not isinstance(body, Mapping):
        raise InvalidArgument("a question is a JSON object with a target")
    _only(body, _KEYS, "the question")
    if "target" not in body:
        raise InvalidArgument('the question needs a target: an IRI, or {"skills": [IRI, …]}')
    narrower = truth_from(body.get("narrower"), "narrower") is not False
    truth_from(body.get("listed"), "listed")
    tree, deciders, optional = _target(body["target"], matrix)
    asked = {} if body.get("limits") is None else body["limits"]
    if not isinstance(asked, Mapping):
        raise InvalidArgument("limits must be an object")
    _only(asked, _LIMITS, "limits")
    tree = _with_residency(tree, asked.get("residency"), deciders)
    held = tuple(named_apart(_held([] if body.get("held") is None else body["held"], matrix, narrower, read_documents)))
    share = body.get("replacement", str(REPLACEMENT))
    alternatives = whole_from(body.get("alternatives", 0), "alternatives")
    if alternatives > MAX_ALTERNATIVES:
        raise InvalidArgument(f"alternatives must be {MAX_ALTERNATIVES} at most, got {alternatives}")
    offers = Offers(matrix, narrower)
    name_all = truth_from(body.get("rejected"), "rejected") or False
    problem = Problem(
        tree,
        held,
        offers,
        _limits(asked, code),
        today,
        None if share is None else number_from(share, "replacement"),
        alternatives,
        seconds_from(body),
        overlap=None if body.get("overlap") is None else number_from(body["overlap"], "overlap"),
        select=offers.select,
        relevant=offers.relevant if name_all else None,
    )
    check_problem(problem)
    target = body["target"]
    named = target.get("iri") if isinstance(target, Mapping) else target
    return Question(
        problem, deciders, optional, name_all, matrix.admits(named) if isinstance(named, str) else None, matrix.listed
    )


def seconds_from(body: Facts) -> float:
    """Return the seconds that a question may take.

    Raises:
        InvalidArgument: they are no number.
    """
    return min(MAX_SECONDS, float(number_from(body.get("seconds", MAX_SECONDS), "seconds")))


def _target(target: object, matrix: Matrix) -> tuple[Requirement, tuple[str, ...], tuple[str, ...]]:
    if isinstance(target, str):
        return _named_target(parse_thing(target).value, matrix, optional=False)
    if not isinstance(target, Mapping):
        raise InvalidArgument("target must be an IRI, or an object with skills or with an iri")
    _only(target, frozenset(("skills", "iri", "optional")), "target")
    if "iri" in target:
        chosen = truth_from(target.get("optional"), "target: optional") or False
        return _named_target(parse_thing(str(target["iri"])).value, matrix, optional=chosen)
    skills = sorted(iris_from(target.get("skills"), "target: skills"))
    if not 1 <= len(skills) <= MAX_SKILLS:
        raise InvalidArgument(f"target: skills must be 1 to {MAX_SKILLS}, got {len(skills)}")
    unknown = [skill for skill in skills if not matrix.is_skill(skill)]
    if unknown:
        raise NotFound(f"no skill is known as {unknown[0]}")
    return _skills("urn:target", skills), (), ()


def _named_target(iri: str, matrix: Matrix, *, optional: bool) -> tuple[Requirement, tuple[str, ...], tuple[str, ...]]:
    tree = matrix.requirement(iri)
    if tree is not None:
        return tree, tuple(matrix.owners(iri)), ()
    fault = matrix.fault(iri)
    if fault is not None:
        raise InvalidArgument(f"the requirement of {iri} cannot be read: {fault}")
    found = matrix.occupation(iri)
    if found is not None:
        essential, further = found
        if not essential and not (optional and further):
            raise InvalidArgument(f"{iri} names no essential skills, so there is nothing to reach")
        return _skills(iri, essential, further if optional else ()), (), tuple(further)
    if matrix.is_skill(iri):
        return _skills(iri, [iri]), (), ()
    number = matrix.numbers.get(iri)
    if number is not None:
        one = Count(f"{iri}#target", 1, filter=Filter(credentials=frozenset([iri])))
        return one, tuple(sorted(matrix.sets["providers"].of(number))), ()
    if matrix.owners(iri):
        raise InvalidArgument(f"{iri} states no requirements, so nobody can tell what leads to it")
    raise NotFound(f"nothing that can be a target is known as {iri}")


def _skills(name: str, skills: Any, further: Any = ()) -> Requirement:
    """Return the requirement of all skills; optional ones weigh a tenth, so that they give way to any other."""
    minor = Rules(weight=Decimal("0.1"))
    parts = [Skill(f"{name}#skill-{number}", skill) for number, skill in enumerate(skills, 1)]
    parts.extend(Skill(f"{name}#optional-{number}", skill, rules=minor) for number, skill in enumerate(further, 1))
    return AllOf(f"{name}#skills", tuple(parts))


def _with_residency(tree: Requirement, asked: object, deciders: tuple[str, ...]) -> Requirement:
    """Return the tree with the ECTS that must be earned at the awarding body, among what is counted (S9)."""
    if asked is None:
        return tree
    if not isinstance(asked, Mapping):
        raise InvalidArgument("residency must be an object with ects and, if the target has no awarding body, provider")
    _only(asked, frozenset(("ects", "provider")), "residency")
    homes = frozenset([parse_thing(str(asked["provider"])).value]) if "provider" in asked else frozenset(deciders)
    if not homes:
        raise InvalidArgument("residency needs a provider: the target names no awarding body")
    if not any(isinstance(leaf, Credits | Count) for leaf in leaves(tree)):
        raise InvalidArgument(
            "residency speaks of credits that count towards a programme; this target counts skills only"
        )
    least = number_from(asked.get("ects"), "residency: ects")
    rules = Rules(share_group="residency", counted_elsewhere=True)
    home = Credits(f"{tree.id}-residency", least, None, Filter(providers=homes), rules)
    return AllOf(f"{tree.id}-with-residency", (tree, home))


def _held(given: object, matrix: Matrix, narrower: bool, read_documents: ReadDocuments | None) -> Iterator[Held]:
    if not isinstance(given, list):
        raise InvalidArgument("held must be a list of IRIs, facts or documents")
    if len(given) > MAX_HELD:
        raise TooLarge(f"at most {MAX_HELD} held credentials may be given, got {len(given)}")
    documents = [one["document"] for one in given if isinstance(one, Mapping) and "document" in one]
    found = iter(document_facts(documents, read_documents))
    for number, one in enumerate(given, start=1):
        if isinstance(one, str):
            yield held_from_iri(one, matrix, narrower)
        elif not isinstance(one, Mapping):
            raise InvalidArgument(f"held: number {number} is neither an IRI nor an object")
        elif "document" in one:
            _only(one, frozenset(("document",)), f"held: number {number}")
            for place, facts in enumerate(next(found), start=1):
                yield held_from_facts(facts, f"urn:held:{number}.{place}", matrix, narrower)
        else:
            yield held_from_facts(one, f"urn:held:{number}", matrix, narrower)


def document_facts(documents: Sequence[object], read_documents: ReadDocuments | None) -> Sequence[list[dict[str, Any]]]:
    """Return for each document the facts of each achievement in it. All that are RDF are read at once.

    Raises:
        InvalidArgument: there is none in one of them.
        TooLarge: too many must be read as RDF.
    """
    found: dict[int, list[dict[str, Any]]] = {}
    unread: dict[int, Facts] = {}
    for place, document in enumerate(documents):
        if not isinstance(document, Mapping):
            raise InvalidArgument("held: a document is a JSON object: a European digital credential or an Open Badge")
        if badges := facts_from_badges(document):
            found[place] = badges
        else:
            unread[place] = document
    if len(unread) > MAX_DOCUMENTS:
        raise TooLarge(f"at most {MAX_DOCUMENTS} held documents may be no Open Badges, got {len(unread)}")
    if unread and read_documents is not None:
        found.update(zip(unread, read_documents(tuple(unread.values())), strict=True))
    if not all(found.get(place) for place in range(len(documents))):
        raise InvalidArgument("held: the document is not a credential: no achievement is described in it")
    return [found[place] for place in range(len(documents))]


def _limits(asked: Facts, code: Code) -> Limits:
    given: dict[str, Any] = {}
    for name, value in asked.items():
        if value is None or name == "residency":
            continue
        if name in _NUMBERS:
            given[name] = number_from(value, name)
        elif name in _WHOLES:
            given[name] = whole_from(value, name)
        elif name in _SETS:
            given[name] = iris_from(value, name)
        elif name in _CODES:
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise InvalidArgument(f"{name} must be a list of codes or IRIs")
            given[name] = frozenset(code(_CODES[name], one) for one in value)
        elif name == "levels":
            if not isinstance(value, list):
                raise InvalidArgument("levels must be a list of EQF levels from 1 to 8")
            given[name] = frozenset(level_from(one, "levels") for one in value)
        elif name == "deadline":
            given[name] = day_from(value, name)
        else:
            given[name] = truth_from(value, name) or False
    return Limits(**given)


def _only(given: Facts, known: frozenset[str], place: str) -> None:
    unknown = sorted(str(key) for key in given.keys() - known)
    if unknown:
        raise InvalidArgument(f"{place} has no {unknown[0][:50]!r}; there are {', '.join(sorted(known))}")
