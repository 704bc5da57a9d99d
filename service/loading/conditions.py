"""A platform's own conditions: what a record must state to be listed though the definition refuses it."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..catalogue.records import ANNEX_I
from ..errors import InvalidArgument
from ..rdf.namespaces import DCTERMS, MC
from ..rdf.terms import RDF_TYPE, parse_iri
from ..validation.findings import Finding
from ..validation.profiles import Check, Profile

_MICRO_CREDENTIAL = MC + "MicroCredential"
_LISTED = MC + "ListedAchievement"
_MISSING = MC + "missingElement"
_DESCRIBED = MC + "describedElement"
_KEYS = ("profile", "iri", "must", "advised", "source")
# No gap but harm: a person in a catalogue, and prerequisites that nobody can follow.
_NEVER_GAPS = ("M1", "O1")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a record must state to be listed, by element of a profile.

    Attributes:
        must: elements that may have no fault.
        advised: elements whose gaps a load tells of records that it lists; None: of all elements.
        profile: name of the definition whose records are micro-credentials.
        iri: what a listed record conforms to; empty where the platform publishes no such address.
        by_source: elements that records of a source must state instead, by the last part of its graph's name.
    """

    must: frozenset[str]
    profile: str = ""
    iri: str = ""
    by_source: Mapping[str, frozenset[str]] = field(default_factory=dict)
    advised: frozenset[str] | None = None

    def of_source(self, name: str) -> Conditions:
        """Return the conditions for the records of one source."""
        return replace(self, must=self.by_source.get(name, self.must), by_source={})

    def told(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return what is told of a listed record: all, or what the platform advises its sources to state."""
        return tuple(each for each in findings if self.advised is None or each.element in self.advised)

    def gaps(self, findings: Iterable[Finding], profile: Profile) -> tuple[str, ...]:
        """Return the elements that keep a record from being a micro-credential, if it can be listed with them.

        Empty: a fault of it is in an element that it must state, or is no gap at all.
        """
        gaps: set[str] = set()
        for finding in findings:
            check = profile.checks.get(finding.shape)
            if finding.element in self.must:
                return ()
            if finding.severity != "violation":
                continue
            if check is None or check.kind != "specification" or finding.element in _NEVER_GAPS:
                return ()
            gaps.add(finding.element)
        return tuple(sorted(gaps))

    def listed(self, record: str, nquads: bytes, gaps: Iterable[str], described: Iterable[str]) -> bytes | None:
        """Return a record's statements with another type, and its gaps as data; nothing when the type is not found.

        It has `(record, rdf:type, mc:ListedAchievement)`, `(record, mc:missingElement, "M9")`,
        `(record, mc:describedElement, "M2")` and, where the conditions have an address,
        `(record, dcterms:conformsTo, address)`.
        """
        start = f"<{record}> <{RDF_TYPE}> <{_MICRO_CREDENTIAL}> ".encode()
        typing = next((line for line in nquads.splitlines() if line.startswith(start)), None)
        if typing is None:
            return None
        added = [f"<{record}> <{RDF_TYPE}> <{_LISTED}> "]
        added += [f'<{record}> <{_MISSING}> "{element}" ' for element in gaps]
        added += [f'<{record}> <{_DESCRIBED}> "{element}" ' for element in described]
        added += [f"<{record}> <{DCTERMS}conformsTo> <{self.iri}> "] * bool(self.iri)
        graph = typing[len(start) :] + b"\n"
        kept = b"".join(line for line in nquads.splitlines(keepends=True) if not line.startswith(start))
        return kept + b"".join(line.encode() + graph for line in added)


def read_conditions(path: Path) -> Conditions:
    """Read the file that an operator wrote.

    Raises:
        InvalidArgument: it cannot be read, or does not say which elements a record must state.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidArgument(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise InvalidArgument(f"{path} is no TOML file: {error}") from error
    for key in found:
        if key not in _KEYS:
            raise InvalidArgument(f"{path}: conditions have {', '.join(_KEYS)}, got {key[:50]!r}")
    profile, iri, sources = (found.get(key, "") for key in ("profile", "iri", "source"))
    if not isinstance(profile, str) or not isinstance(iri, str):
        raise InvalidArgument(f"{path}: profile and iri are texts, got {profile!r} and {iri!r}"[:300])
    if iri:
        parse_iri(iri)
    if not isinstance(sources or {}, dict):
        raise InvalidArgument(f"{path}: source must be a table for each source, such as [source.courses]")
    by_source = {name: _elements(path, f"source.{name}.must", table) for name, table in (sources or {}).items()}
    advised = _elements(path, "advised", found, "advised") if "advised" in found else None
    return Conditions(_elements(path, "must", found), profile, iri, by_source, advised)


def check_elements(conditions: Conditions, profile: Profile) -> None:
    """Refuse conditions that name an element which the profile holds no record to.

    Raises:
        InvalidArgument: with the elements that could be named.
    """
    known = first_checks(profile).keys()
    for element in sorted(conditions.must.union(conditions.advised or (), *conditions.by_source.values())):
        if element not in known:
            names = ", ".join(sorted(known, key=lambda name: (len(name), name)))
            raise InvalidArgument(f"an element of {profile.id} is one of {names}, got {element[:50]!r}")


def first_checks(profile: Profile) -> Mapping[str, Check]:
    """Return of each element that a profile holds specifications to the first check: that it is stated.

    Where that is advice, records without the element pass: such elements are left out.
    """
    first: dict[str, Check] = {}
    for check in profile.checks.values():
        if check.kind == "specification":
            first.setdefault(check.element, check)
    return {element: check for element, check in first.items() if check.severity != "info"}


def described_elements(findings: Iterable[Finding], gaps: Container[str], profile: Profile) -> tuple[str, ...]:
    """Return the elements of Annex I that a record states as it should: no gaps, and not passed over in silence."""
    stated = first_checks(profile)
    silent = {each.element for each in findings if each.element in stated and stated[each.element].shape == each.shape}
    return tuple(element for element in ANNEX_I if element not in gaps and element not in silent)


def _elements(path: Path, name: str, table: Any, key: str = "must") -> frozenset[str]:
    elements = table.get(key) if isinstance(table, dict) else None
    if not isinstance(elements, list) or not elements or not all(isinstance(each, str) for each in elements):
        raise InvalidArgument(f'{path}: {name} must name elements, such as ["M2", "M4"]')
    return frozenset(elements)
