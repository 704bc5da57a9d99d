"""Computes the statements that publishing derives from the other graphs (docs/model.md §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..catalogue.read_model.columns import Teaching, read_teaching
from ..rdf.durations import hours_from_duration, plain_number
from ..rdf.namespaces import MC, XSD
from ..resources import QUERIES
from ..sparql.named_queries import load_queries
from ..stacking.requirements.facts import Trees
from ..store.protocol import Store

Links = Mapping[str, Sequence[str]]

PROPERTIES = (
    "ects", "hours", "provider", "awardedBy", "offeredBy", "mode", "requiresCredential", "namesCredential",
    "requiresSkill", "namesSkill", "countsTowards", "claimedTowards", "acceptedTowards", "teachesSkill", "isOrNarrows",
)  # fmt: skip
"""The local names of what is derived: no source states it, and nobody need write it back."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from what is loaded: of each property the subjects and their values; `broader` as it is stated."""

    teaching: Teaching
    ects: Links
    hours: Links
    provider: Links
    offered_by: Links
    mode: Links
    requires_credential: Links
    names_credential: Links
    requires_skill: Links
    names_skill: Links
    broader: Links
    counts_towards: Links
    claimed_towards: Links
    accepted_towards: Links
    listed_skills: Sequence[str] = ()
    """What is taught by what is listed only: of it nothing is derived but what these skills narrow."""

    def lines(self, graph: str) -> Iterator[str]:
        """Yield the derived statements as lines of N-Quads in a named graph, each once."""
        for name, column in (("ects", self.ects), ("hours", self.hours)):
            for credential, numbers in column.items():
                yield _lines(credential, name, (f'"{number}"^^<{XSD}decimal>' for number in numbers), graph)
        for name, links in (
            ("provider", self.provider),
            ("awardedBy", self.provider),
            ("offeredBy", self.offered_by),
            ("mode", self.mode),
            ("requiresCredential", self.requires_credential),
            ("namesCredential", self.names_credential),
            ("requiresSkill", self.requires_skill),
            ("namesSkill", self.names_skill),
            ("countsTowards", self.counts_towards),
            ("claimedTowards", self.claimed_towards),
            ("acceptedTowards", self.accepted_towards),
        ):
            for subject, values in links.items():
                yield _lines(subject, name, _named(values), graph)
        skills = self.teaching.skills
        for credential, taught in self.teaching.taught.items():
            yield _lines(credential, "teachesSkill", _named(skills[number] for number in taught), graph)
        for skill in dict.fromkeys((*skills, *self.listed_skills)):
            yield _lines(skill, "isOrNarrows", _named(_closure(skill, self.broader)), graph)


def derive(store: Store) -> Derived:
    """Read what a store, without derived statements, says of them.

    One query a file of `queries/derived`, two at a time. Broader skills and the programmes of modules are followed
    here, not by property paths: an engine follows a path anew for every credential, which was 40 times slower.
    """
    queries = {name: query.text for name, query in load_queries(QUERIES / "derived").items()}

    def links(name: str) -> Links:
        return _links(store.table(queries[name]))

    with ThreadPoolExecutor(2) as pool:
        teaching = pool.submit(read_teaching, store)
        own = pool.map(links, ("ects", "workload", "provider", "offered-by", "mode", "broader-skills"))
        parts, bodies = pool.map(links, ("programme-parts", "programme-bodies"))
        ects, workload, provider, offered_by, mode, broader = own
    trees = Trees(store.table(queries["tree-nodes"]))
    roots: dict[str, dict[str, list[str]]] = {"prerequisite": {}, "requirement": {}}
    for owner, name, root in store.table(queries["tree-roots"]):
        roots[name].setdefault(owner, []).append(root)
    before = {owner: trees.asked(found, "credential") for owner, found in roots["prerequisite"].items()}
    skills = {owner: trees.asked(found, "skill") for owner, found in roots["requirement"].items()}
    wholes = _inverse(parts)
    known = teaching.result()
    rows = store.table(load_queries(QUERIES / "index")["listed-skills"].text)
    named = {programme: trees.asked(found, "credential").named for programme, found in roots["requirement"].items()}
    claimed, accepted = _stated(store.table(queries["counts-towards"]), provider, bodies, wholes)
    _accept_named(
        named, accepted, [row[0] for row in store.table(queries["credentials"])] if any(named.values()) else ()
    )
    both = {
        credential: [*claimed.get(credential, ()), *accepted.get(credential, ())] for credential in claimed | accepted
    }
    return Derived(
        teaching=known,
        ects=ects,
        hours=_hours(workload),
        provider=provider,
        offered_by=offered_by,
        mode=mode,
        requires_credential={owner: _iris(asked.required) for owner, asked in before.items()},
        names_credential={owner: _iris(asked.named) for owner, asked in before.items()},
        requires_skill={owner: _iris(asked.required) for owner, asked in skills.items()},
        names_skill={owner: _iris(asked.named) for owner, asked in skills.items()},
        broader=broader,
        counts_towards=_with_wholes(both, wholes),
        claimed_towards=_with_wholes(claimed, wholes),
        accepted_towards=_with_wholes(accepted, wholes),
        listed_skills=sorted({skill for _, taught in rows for skill in taught.split()}),
    )


def _stated(
    rows: Iterable[Sequence[str]], awarding: Links, bodies: Links, wholes: Links
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what each micro-credential is said to be a part of, by who awards it and by who receives it.

    Who awards both the micro-credential and the programme says it for both.
    """
    claimed: dict[str, list[str]] = {}
    accepted: dict[str, list[str]] = {}
    for credential, programme, side in rows:
        if side == "credential":
            claimed.setdefault(credential, []).append(programme)
        receiving = {body for whole in wholes.get(programme, (programme,)) for body in bodies.get(whole, ())}
        if side == "programme" or receiving.intersection(awarding.get(credential, ())):
            accepted.setdefault(credential, []).append(programme)
    return claimed, accepted


def _accept_named(named: Mapping[str, Iterable[str]], accepted: dict[str, list[str]], known: Iterable[str]) -> None:
    """Add the micro-credentials that the trees of programmes name: who receives them says that they count."""
    credentials = frozenset(known)
    for programme, those in named.items():
        for credential in sorted(credentials.intersection(those)):
            accepted.setdefault(credential, []).append(programme)


def _with_wholes(links: Links, wholes: Links) -> Links:
    return {credential: list(_follow(programmes, wholes)) for credential, programmes in links.items()}


def _hours(workload: Links) -> Links:
    """Return workloads in hours; none where two contradict each other, or the duration has months or years."""
    hours: dict[str, list[str]] = {}
    for credential, volumes in workload.items():
        found = {hours_from_duration(volume) for volume in volumes}
        one = found.pop() if len(found) == 1 else None
        if one is not None:
            hours[credential] = [plain_number(round(one, 4))]
    return hours


def _iris(things: Iterable[str]) -> Sequence[str]:
    return sorted(thing for thing in things if not thing.startswith("_:") and ":" in thing)


def _closure(start: str, links: Links) -> Iterable[str]:
    # ESCO has several broader concepts to one, and a catalogue may bring a circle: each node is visited once.
    found = {start: None}
    waiting = [start]
    while waiting:
        new = [node for node in links.get(waiting.pop(), ()) if node not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return found


def _follow(nodes: Iterable[str], links: Links) -> Iterable[str]:
    return dict.fromkeys(target for node in nodes for target in links.get(node, ()))


def _links(rows: Iterable[Sequence[str]]) -> Links:
    links: dict[str, list[str]] = {}
    for subject, value in rows:
        links.setdefault(subject, []).append(value)
    return links


def _inverse(links: Links) -> Links:
    inverse: dict[str, list[str]] = {}
    for subject, values in links.items():
        for value in values:
            inverse.setdefault(value, []).append(subject)
    return inverse


def _named(iris: Iterable[str]) -> Iterator[str]:
    return (f"<{iri}>" for iri in iris)


def _lines(subject: str, name: str, values: Iterable[str], graph: str) -> str:
    return "".join(f"<{subject}> <{MC}{name}> {value} <{graph}> .\n" for value in values)
