"""What publishing derives from the other graphs: the statements of docs/model.md §5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .queries import QUERIES, NamedQuery, load_queries
from .store import Store, Triple
from .terms import Term

MC = "https://w3id.org/pinoamo/ns#"

Links = Mapping[str, Sequence[str]]


def derive(store: Store, queries: Mapping[str, NamedQuery] | None = None) -> Iterator[Triple]:
    """Yield the derived triples, each once.

    One query a file of `queries/derived`. Broader skills and the programmes of modules are followed here, not by
    property paths: an engine follows a path anew for every credential, which was 40 times slower.

    Args:
        store: what is published, without derived triples.
        queries: those of `queries/derived`, when they are read already.
    """
    given = queries or load_queries(QUERIES / "derived")
    for name in ("ects", "provider", "requires-credential", "requires-skill"):
        yield from store.construct(given[name].text)
    broader = _links(store.construct(given["broader-skills"].text))
    for row in store.select(given["teaches-skill"].text).rows:
        skill = row["skill"].value
        teachers = dict.fromkeys(row["credentials"].value.split(" "))
        yield from _triples("teachesSkill", dict.fromkeys(teachers, (skill,)))
        yield from _triples("isOrNarrows", {skill: _closure(skill, broader)})
    wholes = _inverse(_links(store.construct(given["programme-parts"].text)))
    stated = _links(store.construct(given["counts-towards"].text))
    yield from _triples("countsTowards", {credential: _follow(stated[credential], wholes) for credential in stated})


def _closure(start: str, links: Links) -> Sequence[str]:
    # ESCO has several broader concepts to one, and a catalogue may bring a circle: each node is visited once.
    found = {start: None}
    waiting = [start]
    while waiting:
        new = [node for node in links.get(waiting.pop(), ()) if node not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return tuple(found)


def _follow(nodes: Iterable[str], links: Links) -> Sequence[str]:
    return tuple(dict.fromkeys(target for node in nodes for target in links.get(node, ())))


def _links(triples: Iterable[Triple]) -> Links:
    links: dict[str, list[str]] = {}
    for subject, _, value in triples:
        links.setdefault(subject.value, []).append(value.value)
    return links


def _inverse(links: Links) -> Links:
    inverse: dict[str, list[str]] = {}
    for subject, values in links.items():
        for value in values:
            inverse.setdefault(value, []).append(subject)
    return inverse


def _triples(name: str, links: Links) -> Iterator[Triple]:
    predicate = MC + name
    terms: dict[str, Term] = {}
    for subject, values in links.items():
        node = Term("iri", subject)
        for value in values:
            yield Triple(node, predicate, terms.get(value) or terms.setdefault(value, Term("iri", value)))
