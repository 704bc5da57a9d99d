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

Properties = Mapping[str, Mapping[str, int]]
"""Of each graph, how many statements it has with each property."""


@dataclass(frozen=True, slots=True)
class GraphTable:
    """The graphs of a release by name, with the number of their statements, and the pairs that share a statement."""

    sizes: Mapping[str, int]
    overlaps: frozenset[frozenset[str]]

    def overlap(self, graphs: Collection[str]) -> bool:
        """Tell whether two of some graphs state the same, so that a statement would be found twice in them."""
        return any(frozenset(pair) in self.overlaps for pair in combinations(graphs, 2))


def properties_of(store: Store) -> Properties:
    """Return how many statements each graph has with each property; one query, which reads every statement."""
    found: dict[str, dict[str, int]] = {}
    for row in store.select(load_queries(QUERIES / "index")["properties"].text).rows:
        found.setdefault(row["graph"].value, {})[row["property"].value] = int(row["count"].value)
    return found


def make_table(store: Store, properties: Properties) -> GraphTable:
    """Find which graphs state some of the same.

    One query for two graphs and a property of both, which looks up the statements of the one that has fewer until one
    is found in the other: some three microseconds each.
    """
    sizes = {graph: sum(counts.values()) for graph, counts in properties.items()}
    pairs = combinations(sorted(properties), 2)
    overlaps = frozenset(frozenset(pair) for pair in pairs if any(_shared(store, *pair, properties)))
    return GraphTable(sizes, overlaps)


def _shared(store: Store, one: str, other: str, properties: Properties) -> Iterator[bool]:
    query = load_queries(QUERIES / "index")["shared-statement"]
    both = properties[one].keys() & properties[other].keys()
    counts = {name: (properties[one][name], properties[other][name]) for name in both}
    for name in sorted(both, key=lambda each: min(counts[each])):
        few, many = (one, other) if counts[name][0] <= counts[name][1] else (other, one)
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
