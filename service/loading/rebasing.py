"""Renames what is loaded when the public address changes: the names that were minted under it begin with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import InvalidArgument
from ..resources import ONTOLOGY
from ..work_store.folder import bases_of
from ..work_store.work_store import Source, WorkStore
from .own_vocabulary import ensure_vocabulary

# What lies below a public address and was minted here. Other addresses below it, such as a home page, are no names of
# ours, and stay.
_MINTED = ("id", "graph")


def rebase(work: WorkStore, base_url: str, progress: Callable[[str], None] = lambda _: None) -> tuple[str, ...]:
    """Make every minted name in the work store begin with another address; return the addresses before.

    Graph by graph: what a kill leaves half done, the same call finishes. The words of literals stay.

    Raises:
        InvalidArgument: graphs made for two addresses would have one name.
    """
    bases = tuple(sorted(bases_of(source.graph for source in work.sources()) - {base_url}))
    moved = [(source, renamed(source.graph, bases, base_url)) for source in work.sources()]
    moved = [(source, name) for source, name in moved if name != source.graph]
    _refuse_clashes(work, moved)
    for source, name in sorted(moved, key=lambda each: each[0].format == "vocabulary"):  # it goes last
        if source.format != "vocabulary":
            progress(name)
            file = work.staged / "rebased.nq"
            _write_renamed(work, source.graph, name, bases, base_url, file)
            work.replace(replace(source, graph=name), file)
        work.remove(source.graph)
    ensure_vocabulary(work, ONTOLOGY, base_url)
    return bases


def renamed(iri: str, bases: Collection[str], base_url: str) -> str:
    """Return the name that a thing has below another address.

    >>> renamed("http://old.example/id/credential/x", ["http://old.example"], "https://new.example/mc")
    'https://new.example/mc/id/credential/x'
    >>> renamed("http://old.example/home", ["http://old.example"], "https://new.example/mc")
    'http://old.example/home'
    """
    for base in bases:
        if iri.startswith(tuple(f"{base}/{part}/" for part in _MINTED)):
            return base_url + iri.removeprefix(base)
    return iri


def _refuse_clashes(work: WorkStore, moved: list[tuple[Source, str]]) -> None:
    seen = {source.graph: source for source in work.sources()}
    for source, name in moved:
        other = seen.get(name)
        # One that is the same but for its name is what an interrupted call has moved already.
        if other is not None and source.format != "vocabulary" and replace(other, graph=source.graph) != source:
            raise InvalidArgument(
                f"{source.graph} would have the name of another graph, {name}: unload one of them first"
            )
        seen[name] = source


def _write_renamed(work: WorkStore, graph: str, name: str, bases: Collection[str], base_url: str, file: Path) -> None:
    alternatives = "|".join(re.escape(base) for base in bases)
    minted = re.compile(f"<(?:{alternatives})(?=/(?:{'|'.join(_MINTED)})/)".encode())
    start = f"<{base_url}".encode()

    def lines() -> Iterator[bytes]:
        for line in work.store.lines(graph):
            # No IRI holds a quotation mark: what follows the first one is a literal.
            head, mark, literal = line.partition(b'"')
            yield (minted.sub(lambda _: start, head) + mark + literal).removesuffix(b" .\n") + f" <{name}> .\n".encode()

    with file.open("wb") as output:
        output.writelines(lines())
