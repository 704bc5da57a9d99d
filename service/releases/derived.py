"""Computes the statements that publishing derives from the other graphs (docs/model.md §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..catalogue.read_model.columns import Teaching, read_teaching
from ..rdf.namespaces import MC, XSD
from ..resources import QUERIES
from ..sparql.named_queries import load_queries
from ..store.protocol import Store

Links = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from what is loaded: of each property the subjects and their values; `broader` as it is stated."""

    teaching: Teaching
    ects: Links
    provider: Links
    mode: Links
    requires_credential: Links
    requires_skill: Links
    broader: Links
    counts_towards: Links

    def lines(self, graph: str) -> Iterator[str]:
        """Yield the derived statements as lines of N-Quads in a named graph, each once."""
        for credential, numbers in self.ects.items():
            yield _lines(credential, "ects", (f'"{number}"^^<{XSD}decimal>' for number in numbers), graph)
        for name, links in (
            ("provider", self.provider),
            ("mode", self.mode),
            ("requiresCredential", self.requires_credential),
            ("requiresSkill", self.requires_skill),
            ("countsTowards", self.counts_towards),
        ):
            for subject, values in links.items():
                yield _lines(subject, name, _named(values), graph)
        skills = self.teaching.skills
        for credential, taught in self.teaching.taught.items():
            yield _lines(credential, "teachesSkill", _named(skills[number] for number in taught), graph)
        for skill in skills:
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
        own = pool.map(links, ("ects", "provider", "mode", "requires-credential", "requires-skill", "broader-skills"))
        stated, parts = pool.map(links, ("counts-towards", "programme-parts"))
        ects, provider, mode, requires_credential, requires_skill, broader = own
    wholes = _inverse(parts)
    counts = {credential: list(_follow(programmes, wholes)) for credential, programmes in stated.items()}
    return Derived(teaching.result(), ects, provider, mode, requires_credential, requires_skill, broader, counts)


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
