"""Builds the stacking matrix of a release from its store."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...catalogue.read_model.columns import Columns, read_columns
from ...errors import InvalidArgument
from ...rdf.namespaces import EU_AUTHORITIES, ISCED_FIELDS
from ...rdf.statements import Row
from ...rdf.terms import local_name
from ...resources import QUERIES
from ...sparql.named_queries import load_queries
from ...store.protocol import Store
from ..requirements.from_json import json_from_tree
from ..requirements.from_rdf import RequirementStatements, tree_from_graph
from ..requirements.tree import Manual, Requirement
from .matrix import FORMAT, SETS

_EURO = EU_AUTHORITIES + "currency/EUR"
_FACETS = {"providers": "provider", "languages": "language", "modes": "mode", "fields": "field"}

Members = Mapping[str, Sequence[int]]
Array = npt.NDArray[Any]
Arrays = dict[str, Array]


def build_matrix(store: Store, path: Path, columns: Callable[[], Columns] | None = None) -> None:
    """Write the stacking matrix of what a store holds, derived graph included, to a new file.

    `columns` gives the columns of the store when they are read already.
    """
    arrays, texts = gather(store, columns() if columns else None)
    raw = json.dumps(texts, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays, texts=np.frombuffer(raw, np.uint8))


def gather(store: Store, columns: Columns | None = None) -> tuple[Arrays, dict[str, Any]]:
    """Return what a `Matrix` is made of.

    A requirement that cannot be read is left out and named with its reason, so that asking for it says why. In place of
    a prerequisite that cannot be read stands one that a person must decide: not knowing it does not open a credential.
    """
    return _Builder(store, columns or read_columns(store)).gather()


class _Builder:
    def __init__(self, store: Store, columns: Columns) -> None:
        self._store = store
        self._queries = load_queries(QUERIES / "index")
        self._columns = columns
        self._iris = columns.things.get("credential", ())
        self._faults: dict[str, str] = {}
        self._trees: dict[str, dict[str, str]] = {"prerequisite": {}, "corequisite": {}, "requirement": {}}

    def gather(self) -> tuple[Arrays, dict[str, Any]]:
        arrays: Arrays = {
            "ects": self._least("ects", _hundredths, -1),
            "level": self._least("level", _level, 0),
            "cost": self._costs(),
        }
        texts: dict[str, Any] = {"format": FORMAT, "iris": self._iris}
        if self._columns.listed:
            texts["listed"] = sorted({*self._columns.listed.things["credential"]}.intersection(self._iris))
        members = {name: self._columns.facets[facet] for name, facet in _FACETS.items()}
        owners: dict[str, set[str]] = {}
        for row in self._rows("stacking-awarders"):
            owners.setdefault(row["programme"].value, set()).add(row["awarder"].value)
        texts["admits"] = sorted(row["programme"].value for row in self._rows("stacking-admission"))
        texts["owners"] = {iri: sorted(found) for iri, found in sorted(owners.items())}
        members["fields"] = _with_broader_fields(members["fields"])
        members["outcomes"] = self._columns.teachers
        for name in SETS:
            arrays[f"{name}_starts"], arrays[f"{name}_values"], texts[name] = self._links(members[name])
        self._read_trees()
        for relation in ("prerequisite", "corequisite"):
            texts[f"{relation}s"] = [self._trees[relation].get(iri, "") for iri in self._iris]
        texts["requirements"] = dict(sorted(self._trees["requirement"].items()))
        texts["faults"] = dict(sorted(self._faults.items()))
        texts["broader"] = {
            row["skill"].value: sorted(row["broader"].value.split()) for row in self._rows("stacking-broader")
        }
        texts["occupations"] = self._occupations()
        return arrays, texts

    def _rows(self, name: str) -> Sequence[Row]:
        return self._store.select(self._queries[name].text).rows

    def _table(self, name: str) -> Iterator[list[str]]:
        return self._store.table(self._queries[name].text)

    def _least(self, facet: str, read: Callable[[str], int | None], missing: int) -> Array:
        """Return the least of the numbers that the values of a facet say, for each micro-credential."""
        column = np.full(len(self._iris), missing, np.int32)
        having = self._columns.facets[facet]
        known = {value: number for value in having if (number := read(value)) is not None}
        for value in sorted(known, key=lambda value: -known[value]):
            column[np.asarray(having[value], np.int64)] = known[value]
        return column

    def _costs(self) -> Array:
        """Return the least price in euros, in cents. Nothing is free in any currency; another price in one that is not
        the euro is not known.
        """
        found: dict[str, int] = {}
        for row in self._rows("stacking-costs"):
            cents, currency = _hundredths(row["price"].value), row.get("currency")
            if cents == 0 or (cents is not None and currency is not None and currency.value == _EURO):
                found[row["credential"].value] = min(cents, found.get(row["credential"].value, cents))
        return np.array([found.get(iri, -1) for iri in self._iris], np.int32)

    def _occupations(self) -> dict[str, list[list[str]]]:
        found: dict[str, list[list[str]]] = {}
        for row in self._rows("occupation-skills"):
            place = 0 if row["relation"].value == "essential" else 1
            found.setdefault(row["occupation"].value, [[], []])[place] = sorted(set(row["skills"].value.split()))
        return found

    def _read_trees(self) -> None:
        values: dict[str, dict[str, list[str]]] = {}
        for node, named, value in self._table("stacking-nodes"):
            values.setdefault(node, {}).setdefault(named, []).append(value)
        texts: dict[str, dict[str, dict[str, str]]] = {}
        for node, named, text, language in self._table("stacking-texts"):
            texts.setdefault(node, {}).setdefault(named, {})[language] = text
        graph = RequirementStatements(values, texts)
        roots: dict[tuple[str, str], set[str]] = {}
        for owner, relation, root in self._table("stacking-owners"):
            roots.setdefault((owner, relation), set()).add(root)
        for (owner, relation), found in sorted(roots.items()):
            try:
                tree = _tree(graph, owner, found)
            except InvalidArgument as error:
                self._faults[owner] = str(error)
                if relation == "requirement":
                    continue
                tree = Manual(min(found), f"The prerequisite cannot be read: {error}")
            self._trees[relation][owner] = json.dumps(json_from_tree(tree), ensure_ascii=False, separators=(",", ":"))

    def _links(self, members: Members) -> tuple[Array, Array, list[str]]:
        names = sorted(members)
        rows = np.concatenate([np.empty(0, np.int64), *(np.asarray(members[name], np.int64) for name in names)])
        places = np.repeat(np.arange(len(names), dtype=np.int32), [len(members[name]) for name in names])
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(len(self._iris) + 1))
        return starts.astype(np.int32), places[order], names


def _tree(graph: RequirementStatements, owner: str, roots: Collection[str]) -> Requirement:
    if len(roots) > 1:
        raise InvalidArgument(f"{owner} may have one tree of requirements, got {', '.join(sorted(roots))}")
    return tree_from_graph(graph, min(roots))


def _with_broader_fields(members: Members) -> Members:
    """Return ISCED-F fields with the narrow and broad ones above them: the codes 06, 061 and 0613 nest."""
    found: dict[str, set[int]] = {}
    for iri, numbers in members.items():
        code = iri.removeprefix(ISCED_FIELDS)
        lengths = range(2, len(code)) if code != iri and code.isdigit() else ()
        for field in (iri, *(ISCED_FIELDS + code[:length] for length in lengths)):
            found.setdefault(field, set()).update(numbers)
    return {field: sorted(numbers) for field, numbers in found.items()}


def _level(iri: str) -> int | None:
    name = local_name(iri)
    return int(name) if name.isascii() and name.isdigit() else None


def _hundredths(text: str) -> int | None:
    """Return a number in hundredths; none that is finer or negative."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0:
        return None
    whole = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(whole * 100) if whole == number else None
