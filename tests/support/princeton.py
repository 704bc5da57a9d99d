"""Converts the Princeton rule trees, a grammar of strangers, into requirements; what cannot be expressed is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from service.stacking.requirements.tree import AllOf, Count, Filter, Manual, Requirement, Rules, SomeOf

KNOWN = frozenset((
    "name", "code", "type", "degree", "urls", "description", "explanation", "req_list", "course_list", "min_needed",
    "num_courses", "excluded_course_list", "double_counting_allowed", "no_req", "dist_req", "min_grade", "max_counted",
    "no_crosslist", "year", "contacts", "sample_plans", "allowed_majors",
))  # fmt: skip
"""Keys that are read, or that say nothing about what must be done."""


def read_programmes(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return the documents of every programme, degrees included, by file name."""
    found = {}
    for path in sorted(folder.glob("*/*.yaml")):
        if path.parent.name not in ("majors", "minors", "certificates", "degrees"):
            continue
        with path.open(encoding="utf-8") as file:
            (found[f"{path.parent.name}/{path.stem}"],) = [d for d in yaml.safe_load_all(file) if isinstance(d, dict)]
    return found


def courses_of(document: Mapping[str, Any]) -> set[str]:
    """Return the courses that a programme names, wildcards left out."""
    found = {code for entry in document.get("course_list") or () for code in codes(entry) if "*" not in code}
    for part in document.get("req_list") or ():
        found |= courses_of(part)
    return found


def codes(entry: object) -> list[str]:
    """Return the codes of one entry: cross-listed courses are one course under several codes."""
    return [code.strip() for code in str(entry).split("/")]


class Converter:
    """Makes requirements over a fixed list of courses; `unexpressed` counts what is left out, by key."""

    def __init__(self, courses: Iterable[str]) -> None:
        self._courses = sorted(courses)
        self.unexpressed: Counter[str] = Counter()

    def convert(self, node: Mapping[str, Any], name: str) -> Requirement:
        """Return the tree of a node."""
        self.unexpressed.update(key for key in node if key not in KNOWN)
        if node.get("req_list"):
            return self._inner(node, name)
        if node.get("course_list"):
            return self._courses_leaf(node, name)
        if node.get("num_courses"):
            return Count(name, int(node["num_courses"]), rules=self._rules(node, name))
        if "dist_req" in node:
            self.unexpressed["dist_req"] += 1
        return Manual(name, str(node.get("explanation") or node.get("name") or "to be decided"))

    def _inner(self, node: Mapping[str, Any], name: str) -> Requirement:
        parts = tuple(self.convert(part, f"{name}.{place}") for place, part in enumerate(node["req_list"]))
        needed = node.get("min_needed", "ALL")
        if needed in ("ALL", None):
            return AllOf(name, parts)
        if int(needed) > len(parts):
            # The parts hand several successes upward (max_counted): sums over parts have no node here.
            self.unexpressed["max_counted above the number of parts"] += 1
            return AllOf(name, (*parts, Manual(f"{name}.sum", f"{needed} successes over all parts")))
        return SomeOf(name, parts, int(needed))

    def _courses_leaf(self, node: Mapping[str, Any], name: str) -> Requirement:
        listed = node["course_list"]
        needed = node.get("min_needed", "ALL")
        least = len(listed) if needed in ("ALL", None) else int(needed)
        excluded = self._expanded(node.get("excluded_course_list") or ())
        none = (Filter(credentials=excluded),) if excluded else ()
        names = self._expanded(listed) or frozenset(["no such course"])
        return Count(name, least, filter=Filter(credentials=names, none=none), rules=self._rules(node, name))

    def _rules(self, node: Mapping[str, Any], name: str) -> Rules:
        group = name if node.get("double_counting_allowed") else None
        grade = node.get("min_grade")
        return Rules(share_group=group, minimum_grade=None if grade is None else Decimal(str(grade)))

    def _expanded(self, listed: Iterable[object]) -> frozenset[str]:
        found: set[str] = set()
        for entry in listed:
            for code in codes(entry):
                if "*" in code:
                    start = code.partition("*")[0]
                    found.update(other for other in self._courses if other.startswith(start))
                else:
                    found.add(code)
        return frozenset(found)
