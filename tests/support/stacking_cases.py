"""Small questions of stacking, and the slow but plain way to answer them: try everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import chain, combinations, product

from hypothesis import strategies as st

from service.stacking.problem.candidates import Credential, Held
from service.stacking.problem.problem import Limits, Problem
from service.stacking.requirements.tree import (
    AllOf,
    Count,
    Credits,
    Filter,
    Manual,
    Requirement,
    Rules,
    Skill,
    SomeOf,
    leaves,
)

TODAY = date(2026, 3, 1)
SKILLS = ("s1", "s2", "s3", "s4")


def credential(name: str, ects: str = "5", skills: str = "", **more: object) -> Credential:
    """Return a credential that teaches the blank-separated skills."""
    found = frozenset(skills.split())
    return Credential(name, Decimal(ects), outcomes=found, skills=found, **more)  # type: ignore[arg-type]


def held(name: str, ects: str = "5", skills: str = "", **more: object) -> Held:
    """Return a credential that somebody has."""
    return Held(credential(name, ects, skills, **more))


def named(*names: str) -> Filter:
    """Return a filter that lets these credentials pass."""
    return Filter(credentials=frozenset(names))


def needs(owner: str, *names: str, least: int | None = None) -> Count:
    """Return the prerequisite of a credential: so many of these, or all of them."""
    return Count(f"{owner}#prerequisite", len(names) if least is None else least, filter=named(*names))


def problem(
    target: Requirement, own: Sequence[Held] = (), offers: Sequence[Credential] = (), **more: object
) -> Problem:
    """Return a question asked on a fixed day."""
    return Problem(target, tuple(own), {one.iri: one for one in offers}, today=TODAY, **more)  # type: ignore[arg-type]


# Trying everything

Score = tuple[Fraction, Decimal, Decimal, int, int]


def brute(question: Problem) -> Score | None:
    """Return the best open weight, ECTS, cost, terms and number of any set of candidates; None when none is allowed."""
    return min(scores(question), default=None)


def scores(question: Problem) -> list[Score]:
    """Return open weight, ECTS, cost, terms and number of every set of candidates that is allowed."""
    return [score for taken in _sets(question) if (score := _score(question, taken)) is not None]


def _sets(question: Problem) -> Iterator[tuple[Credential, ...]]:
    offers = [c for c in question.candidates.values() if c.ects is not None]
    return chain.from_iterable(combinations(offers, size) for size in range(len(offers) + 1))


def _score(question: Problem, taken: Sequence[Credential]) -> Score | None:
    limits = question.limits
    ects = sum((c.ects or Decimal(0) for c in taken), Decimal(0))
    cost = sum((c.cost or Decimal(0) for c in taken), Decimal(0))
    names = {c.iri for c in taken}
    if (
        (limits.max_ects is not None and ects > limits.max_ects)
        or (limits.max_cost is not None and (cost > limits.max_cost or any(c.cost is None for c in taken)))
        or (limits.max_credentials is not None and len(taken) > limits.max_credentials)
        or not limits.pin <= names
        or limits.avoid & names
        or any(limits.levels and c.level not in limits.levels for c in taken)
    ):
        return None
    terms = least_terms(question, taken)
    if terms is None or (limits.max_terms is not None and terms > limits.max_terms):
        return None
    return least_open(question, taken), ects, cost, terms, len(taken)


def least_terms(question: Problem, taken: Sequence[Credential]) -> int | None:
    """Return the least number of terms in which a set can be earned, None when it cannot: tries every schedule."""
    load = question.limits.ects_per_term
    todo = [(frozenset(c.iri for c in taken), 0)]
    seen = set()
    by_name = {c.iri: c for c in taken}
    while todo:
        rest, term = todo.pop(0)
        if not rest:
            return term
        earned = [c for c in taken if c.iri not in rest]
        ready = sorted(iri for iri in rest if _opens(question, by_name[iri], earned))
        choices = [
            frozenset(some) for size in range(1, len(ready) + 1) for some in combinations(ready, size)
            if load is None or sum((by_name[iri].ects or Decimal(0) for iri in some), Decimal(0)) <= load
        ]  # fmt: skip
        choices = [some for some in choices if all(_goes_with(question, by_name, iri, earned, some) for iri in some)]
        for choice in choices:
            if choice and rest - choice not in seen:
                seen.add(rest - choice)
                todo.append((rest - choice, term + 1))
    return None


def _goes_with(
    question: Problem, by_name: Mapping[str, Credential], iri: str, earned: Sequence[Credential], some: frozenset[str]
) -> bool:
    beside = [*earned, *(by_name[other] for other in some if other != iri)]
    needed = by_name[iri].corequisite
    return needed is None or _holds(needed, [h.credential for h in question.held] + beside)


def _opens(question: Problem, one: Credential, earned: Sequence[Credential]) -> bool:
    there = [h.credential for h in question.held] + [c for c in earned if c.iri != one.iri]
    return one.prerequisite is None or _holds(one.prerequisite, there)


def _holds(node: Requirement, there: Sequence[Credential]) -> bool:
    if isinstance(node, AllOf):
        return all(_holds(part, there) for part in node.parts)
    if isinstance(node, SomeOf):
        return sum(_holds(part, there) for part in node.parts) >= node.minimum
    if isinstance(node, Manual):
        return True
    awards = {c.award: c for c in there if _fits(node, c)}
    return sum((_worth(node, c) for c in awards.values()), Decimal(0)) >= node.minimum


def least_open(question: Problem, taken: Sequence[Credential]) -> Fraction:
    """Return the least weight left open over every way to count what is held and taken."""
    items = [(h.credential, h) for h in question.held] + [(c, None) for c in taken]
    counted = [leaf for leaf in leaves(question.target) if isinstance(leaf, Credits | Count)]
    choices = [_choices(counted, c, h) for c, h in items]
    best = None
    for way in product(*choices):
        sums = {leaf.id: Decimal(0) for leaf in counted}
        rpl = dict(sums)
        seen: set[tuple[str, str]] = set()
        twice = False
        for (c, h), some in zip(items, way, strict=True):
            for leaf in some:
                key = (leaf.rules.share_group or "", c.award)
                twice = twice or key in seen
                seen.add(key)
                sums[leaf.id] += _worth(leaf, c)
                if h is not None and h.rpl:
                    rpl[leaf.id] += c.ects or Decimal(0)
        allowed = all(
            (leaf.maximum is None or sums[leaf.id] <= leaf.maximum)
            and (leaf.rules.maximum_rpl is None or rpl[leaf.id] <= leaf.rules.maximum_rpl)
            for leaf in counted
        )
        credited = [c for (c, _), some in zip(items, way, strict=True) if some]
        if twice or not allowed or _overlap(question, credited):
            continue
        found = _open(question.target, sums, [c for c, _ in items])
        best = found if best is None else min(best, found)
    assert best is not None
    return best


def _overlap(question: Problem, credited: Sequence[Credential]) -> bool:
    """S7: of two that share so much of the smaller set of outcomes, one is credited."""
    share = question.overlap
    return share is not None and any(
        one.outcomes & other.outcomes
        and len(one.outcomes & other.outcomes) / min(len(one.outcomes), len(other.outcomes)) >= share
        for one, other in combinations(credited, 2)
        if one.award != other.award
    )


def _choices(counted: Sequence[Credits | Count], c: Credential, h: Held | None) -> list[tuple[Credits | Count, ...]]:
    fitting = [leaf for leaf in counted if _fits(leaf, c) and (h is None or _graded(leaf, h))]
    return list(chain.from_iterable(combinations(fitting, size) for size in range(min(2, len(fitting)) + 1)))


def _graded(leaf: Credits | Count, h: Held) -> bool:
    return leaf.rules.minimum_grade is None or (h.grade is not None and h.grade >= leaf.rules.minimum_grade)


def _fits(leaf: Requirement, c: Credential) -> bool:
    if isinstance(leaf, Skill):
        return leaf.skill in c.skills
    assert isinstance(leaf, Credits | Count)
    asked = leaf.filter
    return (
        (not asked.credentials or c.iri in asked.credentials or c.award in asked.credentials)
        and (not asked.skills or bool(asked.skills & c.skills))
        and (asked.minimum_level is None or (c.level is not None and c.level >= asked.minimum_level))
        and all(_fits(replace(leaf, filter=part), c) for part in asked.every)
        and (not asked.some or any(_fits(replace(leaf, filter=part), c) for part in asked.some))
        and not any(_fits(replace(leaf, filter=part), c) for part in asked.none)
    )


def _worth(leaf: Requirement, c: Credential) -> Decimal:
    return (c.ects or Decimal(0)) if isinstance(leaf, Credits) else Decimal(1)


def _open(node: Requirement, sums: Mapping[str, Decimal], there: Sequence[Credential]) -> Fraction:
    if isinstance(node, AllOf):
        return sum((_open(part, sums, there) for part in node.parts), Fraction(0))
    if isinstance(node, SomeOf):
        return sum(sorted(_open(part, sums, there) for part in node.parts)[: node.minimum], Fraction(0))
    if isinstance(node, Manual):
        return Fraction(1)
    if isinstance(node, Skill):
        amount = Decimal(len({c.award for c in there if node.skill in c.skills}))
    else:
        amount = sums[node.id]
    if amount >= node.minimum:
        return Fraction(0)
    return Fraction(node.rules.weight) * (Fraction(node.minimum) - Fraction(amount)) / Fraction(node.minimum)


# Questions drawn by chance

_ECTS = st.sampled_from(["0", "1", "2.5", "3", "5"])


def _some_skills(least: int) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(SKILLS), min_size=least, max_size=2)


@st.composite
def offers(draw: st.DrawFn, most: int = 5, costs: bool = True) -> list[Credential]:
    """Return credentials c1…; later ones may ask for any others, so that circles occur."""
    count = draw(st.integers(1, most))
    names = [f"c{number}" for number in range(1, count + 1)]
    found = []
    for name in names:
        others = [other for other in names if other != name]
        asked = None
        if others and draw(st.integers(0, 2)) == 0:
            some = draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))
            asked = needs(name, *some, least=draw(st.integers(1, len(some))))
        beside = None
        if others and draw(st.integers(0, 4)) == 0:
            beside = replace(needs(name, draw(st.sampled_from(others))), id=f"{name}#corequisite")
        skills = draw(_some_skills(0))
        cost = draw(st.sampled_from([None, Decimal(10), Decimal(20)])) if costs else None
        level = draw(st.sampled_from([5, 6]))
        found.append(
            Credential(
                name, Decimal(draw(_ECTS)), level, skills, skills, cost=cost, prerequisite=asked, corequisite=beside
            )
        )
    return found


@st.composite
def owned(draw: st.DrawFn, most: int = 3) -> list[Held]:
    """Return held credentials h1…; an award of the catalogue that is held is not planned again, which others test."""
    names = draw(st.lists(st.sampled_from(["h1", "h2", "h3"]), max_size=most, unique=True))
    return [
        Held(
            Credential(
                name, Decimal(draw(_ECTS)), draw(st.sampled_from([5, 6])), skills := draw(_some_skills(0)), skills
            ),
            awarded=TODAY,
            rpl=draw(st.booleans()),
        )
        for name in names
    ]


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """Return a filter by skills or level, perhaps with a branch."""
    skills = draw(_some_skills(0))
    level = draw(st.sampled_from([None, None, 6]))
    none = (Filter(skills=frozenset([draw(st.sampled_from(SKILLS))])),) if draw(st.integers(0, 3)) == 0 else ()
    return Filter(skills=skills, minimum_level=level, none=none)


@st.composite
def trees(draw: st.DrawFn, depth: int = 2, manual: bool = False, path: str = "r") -> Requirement:
    """Return a requirement tree of a few leaves."""
    if depth and draw(st.integers(0, 2)):
        parts = tuple(
            draw(trees(depth - 1, manual, f"{path}.{number}"))
            for number in range(draw(st.integers(1, 3 if depth == 2 else 2)))
        )
        if draw(st.booleans()):
            return AllOf(path, parts)
        return SomeOf(path, parts, draw(st.integers(0, len(parts))))
    kind = draw(st.sampled_from(["credits", "count", "skill", "skill", *(["manual"] if manual else [])]))
    rules = Rules(
        share_group=draw(st.sampled_from([None, None, "other"])),
        maximum_rpl=draw(st.sampled_from([None, None, Decimal(3)])),
        weight=draw(st.sampled_from([Decimal(1), Decimal(2)])),
    )
    match kind:
        case "credits":
            least = draw(st.integers(0, 8))
            most = draw(st.sampled_from([None, least, least + 2]))
            return Credits(path, Decimal(least), most if most is None else Decimal(most), draw(filters()), rules)
        case "count":
            least = draw(st.integers(0, 3))
            return Count(path, least, draw(st.sampled_from([None, least])), draw(filters()), rules)
        case "skill":
            return Skill(path, draw(st.sampled_from(SKILLS)), draw(st.integers(1, 2)), Rules(weight=rules.weight))
    return Manual(path, "Ask the institution")


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    """Return a few conditions of a learner."""
    return Limits(
        max_ects=draw(st.sampled_from([None, None, Decimal(5), Decimal(8)])),
        max_cost=draw(st.sampled_from([None, None, None, Decimal(30)])),
        max_credentials=draw(st.sampled_from([None, None, None, 2])),
        max_terms=draw(st.sampled_from([None, None, 1, 2])),
        ects_per_term=draw(st.sampled_from([None, None, Decimal(5)])),
        avoid=draw(st.sampled_from([frozenset(), frozenset(), frozenset(["c1"])])),
        levels=draw(st.sampled_from([frozenset(), frozenset(), frozenset([6])])),
    )


@st.composite
def questions(draw: st.DrawFn, manual: bool = False) -> Problem:
    """Return a whole question that can be answered by trying everything."""
    overlap = draw(st.sampled_from([None, None, None, Decimal("0.5"), Decimal(1)]))
    return problem(
        draw(trees(manual=manual)),
        draw(owned()),
        draw(offers()),
        limits=draw(limits()),
        replacement=None,
        overlap=overlap,
    )
