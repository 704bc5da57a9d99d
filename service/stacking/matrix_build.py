"""Builds the stacking matrix of a release from its store."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..binding import MAX_VALUES, bind
from ..errors import InvalidArgument
from ..queries import QUERIES, load_queries
from ..store import Row, Store
from ..terms import Term, local_name
from .matrix import FORMAT, SETS
from .requirements import Manual, Requirement
from .requirements_json import json_from_tree
from .requirements_rdf import tree_from_graph

_EURO = "http://publications.europa.eu/resource/authority/currency/EUR"
_ISCED = "http://data.europa.eu/snb/isced-f/"
_FACETS = {"providers": "provider", "languages": "language", "modes": "mode", "fields": "field"}

Values = dict[str, set[str]]
Graph = dict[str, dict[str, list[Term]]]


Arrays = dict[str, npt.NDArray[Any]]


def build_matrix(store: Store, path: Path) -> None:
    """Write the stacking matrix of what a store holds, derived graph included, to a new file."""
    arrays, texts = gather(store)
    raw = json.dumps(texts, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays, texts=np.frombuffer(raw, np.uint8))


def gather(store: Store) -> tuple[Arrays, dict[str, Any]]:
    """Return what a `Matrix` is made of.

    A requirement that cannot be read is left out and named with its reason, so that asking for it says why. In place of
    a prerequisite that cannot be read stands one that a person must decide: not knowing it does not open a credential.
    """
    return _Builder(store).gather()


class _Builder:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._queries = load_queries(QUERIES / "index")
        things = {row["kind"].value: row["things"].value.split(" ") for row in self._rows("things")}
        self._iris = sorted(set(things.get("credential", ())))
        self._numbers = {iri: number for number, iri in enumerate(self._iris)}
        self._faults: dict[str, str] = {}
        self._trees: dict[str, dict[str, str]] = {"prerequisite": {}, "requirement": {}}

    def gather(self) -> tuple[Arrays, dict[str, Any]]:
        arrays: Arrays = {
            "ects": self._column(self._exact("ects"), -1),
            "level": self._column(self._levels(), 0),
            "cost": self._column(self._costs(), -1),
        }
        texts: dict[str, Any] = {"format": FORMAT, "iris": self._iris}
        members = {name: self._members(facet) for name, facet in _FACETS.items()}
        owners: Values = {}
        for row in self._rows("stacking-awarders"):
            owners.setdefault(row["programme"].value, set()).add(row["awarder"].value)
        texts["owners"] = {iri: sorted(found) for iri, found in sorted(owners.items())}
        members["fields"] = {iri: _broader_fields(found) for iri, found in members["fields"].items()}
        members["outcomes"] = self._outcomes()
        for name in SETS:
            arrays[f"{name}_starts"], arrays[f"{name}_values"], texts[name] = self._links(members[name])
        self._read_trees()
        texts["prerequisites"] = [self._trees["prerequisite"].get(iri, "") for iri in self._iris]
        texts["requirements"] = dict(sorted(self._trees["requirement"].items()))
        texts["faults"] = dict(sorted(self._faults.items()))
        texts["broader"] = {
            row["skill"].value: sorted(row["broader"].value.split(" ")) for row in self._rows("stacking-broader")
        }
        texts["occupations"] = self._occupations()
        return arrays, texts

    def _rows(self, name: str, arguments: Mapping[str, Sequence[str]] | None = None) -> Sequence[Row]:
        return self._store.select(bind(self._queries[name], arguments or {})).rows

    def _members(self, facet: str) -> Values:
        """Return the values of each thing that has the facet, programmes among them."""
        found: Values = {}
        for row in self._rows("facet-members", {"facet": [facet]}):
            for iri in row["members"].value.split(" "):
                found.setdefault(iri, set()).add(row["value"].value)
        return found

    def _exact(self, facet: str) -> dict[str, int]:
        """Return numbers in hundredths; of several the least, and none that is finer or negative."""
        found: dict[str, int] = {}
        for iri, values in self._members(facet).items():
            known = [int(number * 100) for value in values if (number := _decimal(value)) is not None]
            if known:
                found[iri] = min(known)
        return found

    def _levels(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for iri, values in self._members("level").items():
            known = [int(name) for value in values if (name := local_name(value)).isascii() and name.isdigit()]
            if known:
                found[iri] = min(known)
        return found

    def _costs(self) -> dict[str, int]:
        """Return the least price in euros, in cents; a price in another currency is not known."""
        found: dict[str, int] = {}
        for row in self._rows("stacking-costs"):
            price = _decimal(row["price"].value)
            if row["currency"].value == _EURO and price is not None:
                cents = int(price * 100)
                found[row["credential"].value] = min(cents, found.get(row["credential"].value, cents))
        return found

    def _outcomes(self) -> Values:
        taught = {skill for row in self._rows("narrower-skills") for skill in row["taught"].value.split(" ")}
        found: Values = {}
        for batch in _batches(sorted(taught)):
            for row in self._rows("skill-teachers", {"skill": batch}):
                for iri in row["credentials"].value.split(" "):
                    found.setdefault(iri, set()).add(row["skill"].value)
        return found

    def _occupations(self) -> dict[str, list[list[str]]]:
        found: dict[str, list[list[str]]] = {}
        for row in self._rows("occupation-skills"):
            place = 0 if row["essential"].value == "true" else 1
            found.setdefault(row["occupation"].value, [[], []])[place] = sorted(set(row["skills"].value.split(" ")))
        return found

    def _read_trees(self) -> None:
        graph: Graph = {}
        for subject, predicate, value in self._store.construct(self._queries["stacking-nodes"].text):
            graph.setdefault(subject.value, {}).setdefault(predicate, []).append(value)
        roots: dict[tuple[str, str], set[str]] = {}
        for row in self._rows("stacking-owners"):
            roots.setdefault((row["owner"].value, row["relation"].value), set()).add(row["root"].value)
        for (owner, relation), found in sorted(roots.items()):
            try:
                tree = _tree(graph, owner, found)
            except InvalidArgument as error:
                self._faults[owner] = str(error)
                if relation == "requirement":
                    continue
                tree = Manual(min(found), f"The prerequisite cannot be read: {error}")
            self._trees[relation][owner] = json.dumps(json_from_tree(tree), ensure_ascii=False, separators=(",", ":"))

    def _column(self, values: Mapping[str, int], missing: int) -> npt.NDArray[Any]:
        return np.array([values.get(iri, missing) for iri in self._iris], np.int32)

    def _links(self, values: Values) -> tuple[npt.NDArray[Any], npt.NDArray[Any], list[str]]:
        names = sorted({name for iri in self._iris for name in values.get(iri, ())})
        places = {name: place for place, name in enumerate(names)}
        starts, found = [0], []
        for iri in self._iris:
            found.extend(sorted(places[name] for name in values.get(iri, ())))
            starts.append(len(found))
        return np.array(starts, np.int32), np.array(found, np.int32), names


def _tree(graph: Graph, owner: str, roots: Collection[str]) -> Requirement:
    if len(roots) > 1:
        raise InvalidArgument(f"{owner} may have one tree of requirements, got {', '.join(sorted(roots))}")
    return tree_from_graph(graph, min(roots))


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + MAX_VALUES] for start in range(0, len(values), MAX_VALUES))


def _broader_fields(fields: Iterable[str]) -> set[str]:
    """Return ISCED-F fields with the narrow and broad ones above them: the codes 06, 061 and 0613 nest."""
    found = set(fields)
    for iri in fields:
        code = iri.removeprefix(_ISCED)
        if code != iri and code.isdigit():
            found.update(_ISCED + code[:length] for length in range(2, len(code)))
    return found


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0:
        return None
    whole = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return whole if whole == number else None
