"""What publishing derives from the other graphs: the statements of docs/model.md §5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from .oxigraph import OxigraphStore
from .queries import QUERIES, load_queries
from .terms import XSD

MC = "https://w3id.org/pinoamo/ns#"

Links = Mapping[str, Sequence[str]]


def derive(store: OxigraphStore, graph: str) -> Iterator[str]:
    """Yield the derived statements as lines of N-Quads in `graph`, each once.

    One query a file of `queries/derived`, two at a time. Broader skills and the programmes of modules are followed
    here, not by property paths: an engine follows a path anew for every credential, which was 40 times slower.

    Args:
        store: what is published, without derived statements.
        graph: the name of the graph they go to.
    """
    queries = {name: query.text for name, query in load_queries(QUERIES / "derived").items()}

    def links(name: str) -> Links:
        return _links(store.table(queries[name]))

    with ThreadPoolExecutor(2) as pool:
        teaching = pool.submit(lambda: list(store.table(queries["teaches-skill"])))
        plain = pool.map(links, ("ects", "provider", "requires-credential", "requires-skill"))
        broader, parts, stated = pool.map(links, ("broader-skills", "programme-parts", "counts-towards"))
        for credential, numbers in next(plain).items():
            yield _lines(credential, "ects", (f'"{number}"^^<{XSD}decimal>' for number in numbers), graph)
        for name, found in zip(("provider", "requiresCredential", "requiresSkill"), plain, strict=True):
            for subject, values in found.items():
                yield _lines(subject, name, _named(values), graph)
        taught: dict[str, None] = {}
        for credential, skills in teaching.result():
            if credential.startswith("_:"):
                continue  # to filter all rows for it would take half as long again
            teaches = dict.fromkeys(skills.split())
            taught.update(teaches)
            yield _lines(credential, "teachesSkill", _named(teaches), graph)
    for skill in taught:
        yield _lines(skill, "isOrNarrows", _named(_closure(skill, broader)), graph)
    wholes = _inverse(parts)
    for credential, programmes in stated.items():
        yield _lines(credential, "countsTowards", _named(_follow(programmes, wholes)), graph)


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
