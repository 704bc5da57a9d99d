"""What is known of the graphs of a release beforehand: how large each is, and which state some of the same."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from ..errors import StoreUnavailable
from ..files import write_json
from ..resources import QUERIES
from ..sparql.binding import bind
from ..sparql.named_queries import load_queries
from .protocol import Store

FILE = "graphs.json"
"""The name of the table in the folder of a release; one of before there was such a table has none."""

_LEAST_LOOKED_UP = 1_000_000

Properties = Mapping[str, Mapping[str, int]]
"""Of each graph, how many statements it has with each property."""


@dataclass(frozen=True, slots=True)
class GraphTable:
    """The graphs of a release by name, with the number of their statements, and the pairs that share a statement."""

    sizes: Mapping[str, int]
    overlaps: frozenset[frozenset[str]]

    def overlap(self, graphs: Collection[str]) -> bool:
        """Tell whether two of some graphs state the same, so that a statement would be found twice in them."""
        chosen = frozenset(graphs)
        return any(pair <= chosen for pair in self.overlaps)


def properties_of(store: Store) -> Properties:
    """Return how many statements each graph has with each property; one query, which reads every statement."""
    found: dict[str, dict[str, int]] = {}
    for row in store.select(load_queries(QUERIES / "index")["properties"].text).rows:
        found.setdefault(row["graph"].value, {})[row["property"].value] = int(row["count"].value)
    return found


def make_table(store: Store, properties: Properties, least_looked_up: int = _LEAST_LOOKED_UP) -> GraphTable:
    """Find which graphs state some of the same.

    One query for two graphs and a property of both, which looks up the statements of the one that has fewer until one
    is found in the other: some three microseconds each. No more are looked up than a quarter of all, or the least
    given: two graphs that there is no room for are taken to overlap when they have a property in common.
    """
    sizes = {graph: sum(counts.values()) for graph, counts in properties.items()}
    room = max(least_looked_up, sum(sizes.values()) // 4)
    overlaps = set[frozenset[str]]()
    pairs = [_Pair(*pair, properties) for pair in combinations(sorted(properties), 2)]
    for pair in sorted(pairs, key=lambda each: each.cost):
        if pair.cost > room or any(pair.shared(store)):
            overlaps.add(frozenset((pair.one, pair.other)))
        room -= min(room, pair.cost)
    return GraphTable(sizes, frozenset(overlaps))


class _Pair:
    """Two graphs, and how many statements there are to look up for each property of both."""

    def __init__(self, one: str, other: str, properties: Properties) -> None:
        self.one, self.other = one, other
        of_one, of_other = properties[one], properties[other]
        self._counts = {name: (of_one[name], of_other[name]) for name in of_one.keys() & of_other.keys()}
        self.cost = sum(map(min, self._counts.values()))

    def shared(self, store: Store) -> Iterator[bool]:
        """Yield for each property, those with few statements first, whether both state the same with it."""
        query = load_queries(QUERIES / "index")["shared-statement"]
        for name, (in_one, in_other) in sorted(self._counts.items(), key=lambda item: (min(item[1]), item[0])):
            few, many = (self.one, self.other) if in_one <= in_other else (self.other, self.one)
            yield store.ask(bind(query, {"few": (few,), "many": (many,), "property": (name,)}))


def write_table(folder: Path, table: GraphTable) -> None:
    """Write the table of a release."""
    write_json(folder / FILE, {"sizes": table.sizes, "overlaps": sorted(map(sorted, table.overlaps))})


@lru_cache(maxsize=8)
def read_table(folder: Path) -> GraphTable | None:
    """Return the table of a release; None for one of before there was such a table.

    Raises:
        StoreUnavailable: it cannot be read.
    """
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return GraphTable(found["sizes"], frozenset(map(frozenset, found["overlaps"])))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StoreUnavailable(f"{folder / FILE} cannot be read: {error}") from error
