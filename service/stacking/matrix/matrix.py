"""The stacking matrix of a release: all that planning must know of every micro-credential, in one file read once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import StoreUnavailable
from ..problem.candidates import Credential
from ..requirements.from_json import tree_from_json
from ..requirements.tree import Requirement

FORMAT = 2
SETS = ("providers", "languages", "modes", "fields", "outcomes")
"""The facts of a credential that have many values."""

Numbers = npt.NDArray[np.int32]


class MatrixLinks:
    """Pairs of row and value, by row; values are numbers of `names`."""

    def __init__(self, starts: Numbers, values: Numbers, names: Sequence[str]) -> None:
        self.starts = starts
        self.values = values
        self.names = names

    def of(self, row: int) -> frozenset[str]:
        """Return the values of one row."""
        return frozenset(self.names[value] for value in self.values[self.starts[row] : self.starts[row + 1]])

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The number of each name."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def _rows(self) -> tuple[Numbers, Numbers]:
        rows = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.values, kind="stable")
        starts = np.searchsorted(self.values[order], np.arange(len(self.names) + 1)).astype(np.int32)
        return starts, rows[order]

    def rows(self, names: Iterable[str]) -> Numbers:
        """Return the rows that have one of the values, each once."""
        starts, rows = self._rows
        found = [
            rows[starts[place] : starts[place + 1]] for name in names if (place := self.places.get(name)) is not None
        ]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int32)


class Matrix:
    """Facts by the number of a credential, numbers being places in the order of IRIs. Safe to share between threads."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], texts: Mapping[str, Any]) -> None:
        self.iris: Sequence[str] = texts["iris"]
        self.ects: Numbers = arrays["ects"]
        self.level: Numbers = arrays["level"]
        self.cost: Numbers = arrays["cost"]
        self.sets = {
            name: MatrixLinks(arrays[f"{name}_starts"], arrays[f"{name}_values"], texts[name]) for name in SETS
        }
        self._prerequisites: Sequence[str] = texts["prerequisites"]
        self._corequisites: Sequence[str] = texts["corequisites"]
        self._requirements: Mapping[str, str] = texts["requirements"]
        self._broader: Mapping[str, Sequence[str]] = texts["broader"]
        self._occupations: Mapping[str, Sequence[Sequence[str]]] = texts["occupations"]
        self._owners: Mapping[str, Sequence[str]] = texts["owners"]
        self.listed = frozenset(texts.get("listed", ()))
        """What is listed with gaps among the credentials: only a matrix for questions that ask for it has some."""
        self._admits = frozenset(texts["admits"])
        self._faults: Mapping[str, str] = texts["faults"]
        self._covered: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[int, bool], Credential] = {}

    @classmethod
    def load(cls, path: Path) -> Matrix:
        """Read the file of a release.

        Raises:
            StoreUnavailable: there is none, or it is of another format.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files if name != "texts"}
                texts = json.loads(file["texts"].tobytes())
        except (OSError, ValueError, KeyError) as error:
            raise StoreUnavailable(f"the stacking matrix {path} cannot be read: {error}") from error
        if texts.get("format") != FORMAT:
            raise StoreUnavailable(f"the stacking matrix {path} is of another format: publish again")
        return cls(arrays, texts)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each credential."""
        return {iri: number for number, iri in enumerate(self.iris)}

    @cached_property
    def free(self) -> npt.NDArray[np.bool_]:
        """Which credentials ask for nothing first or with them."""
        both = zip(self._prerequisites, self._corequisites, strict=True)
        return np.array([not before and not beside for before, beside in both], bool)

    @cached_property
    def narrower(self) -> Mapping[str, Sequence[str]]:
        """The skills taught that are, or are narrower than, each skill or skill group."""
        found: dict[str, list[str]] = {}
        for taught in self.sets["outcomes"].names:
            for skill in self._closure(taught):
                found.setdefault(skill, []).append(taught)
        return found

    def credential(self, number: int, narrower: bool = True) -> Credential:
        """Return all facts of one credential; `narrower`: what teaches a skill covers the broader ones too."""
        key = (number, narrower)
        if key not in self._known:
            outcomes = self.sets["outcomes"].of(number)
            before, beside = self._prerequisites[number], self._corequisites[number]
            self._known[key] = Credential(
                self.iris[number],
                None if self.ects[number] < 0 else Decimal(int(self.ects[number])) / 100,
                int(self.level[number]) or None,
                outcomes,
                self.covered(outcomes) if narrower else outcomes,
                providers=self.sets["providers"].of(number),
                fields=self.sets["fields"].of(number),
                languages=self.sets["languages"].of(number),
                modes=self.sets["modes"].of(number),
                cost=None if self.cost[number] < 0 else Decimal(int(self.cost[number])) / 100,
                prerequisite=tree_from_json(json.loads(before)) if before else None,
                corequisite=tree_from_json(json.loads(beside)) if beside else None,
            )
        return self._known[key]

    def credentials(self, narrower: bool = True) -> Iterator[Credential]:
        """Yield every credential in the order of IRIs."""
        return (self.credential(number, narrower) for number in range(len(self.iris)))

    def covered(self, skills: Iterable[str]) -> frozenset[str]:
        """Return the skills and all broader ones."""
        return frozenset().union(*(self._closure(skill) for skill in skills))

    def requirement(self, iri: str) -> Requirement | None:
        """Return the requirement of a programme or module; None when it has none."""
        text = self._requirements.get(iri)
        return tree_from_json(json.loads(text)) if text else None

    def fault(self, iri: str) -> str | None:
        """Return why the requirement of something could not be read."""
        return self._faults.get(iri)

    def occupation(self, iri: str) -> tuple[Sequence[str], Sequence[str]] | None:
        """Return the essential and the optional skills of an occupation, in the order of IRIs."""
        found = self._occupations.get(iri)
        return None if found is None else (found[0], found[1])

    def is_skill(self, iri: str) -> bool:
        """Return whether a skill is known: taught, used by an occupation, or part of the hierarchy."""
        return iri in self._skills

    def owners(self, iri: str) -> Sequence[str]:
        """Return the bodies that award a programme or module."""
        return self._owners.get(iri, ())

    def admits(self, iri: str) -> bool | None:
        """Return whether completing a programme or module waives admission to it; None for anything else."""
        known = iri in self._requirements or iri in self._owners
        return iri in self._admits if known else None

    @cached_property
    def _skills(self) -> frozenset[str]:
        used = (skill for lists in self._occupations.values() for some in lists for skill in some)
        above = (skill for some in self._broader.values() for skill in some)
        return frozenset((*self.sets["outcomes"].names, *self._broader, *above, *used))

    def _closure(self, start: str) -> frozenset[str]:
        if start not in self._covered:
            found = {start}
            waiting = [start]
            while waiting:
                new = [skill for skill in self._broader.get(waiting.pop(), ()) if skill not in found]
                found.update(new)
                waiting.extend(new)
            self._covered[start] = frozenset(found)
        return self._covered[start]
