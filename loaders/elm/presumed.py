"""What a specification of a catalogue is presumed to be: ELM has no class for micro-credentials or programmes."""

from __future__ import annotations

import re
from decimal import Decimal

from ..vocabulary import ELM, MC
from .spool import MICRO_CREDENTIAL, PROGRAMME_TYPES, CatalogueSpool, Description

FULL_DEGREE_ECTS = 120
"""As in the service, which reads documents to be checked the same way: a test holds the two together."""

_PROGRAMME = f"<{MC}DegreeProgramme>"
_SPECIFICATIONS = {f"<{ELM}Qualification>", f"<{ELM}LearningAchievementSpecification>"}
_ECTS = "<http://data.europa.eu/snb/education-credit/6fcec5c5af>"
_NUMBER = re.compile(r'"([0-9]+(?:[.][0-9]+)?)"')


def presumed_type(root: str, description: Description, source: str, spool: CatalogueSpool) -> str | None:
    """Return the class to add to a record, if any.

    A programme, when it has the size of a degree; else a micro-credential, unless its source says itself which are
    some, or it is a part or the general form of another one; a part of a programme is presumed to be one.
    """
    types = description.types
    if not types & _SPECIFICATIONS or types & (PROGRAMME_TYPES | {MICRO_CREDENTIAL}) or source in spool.typed_sources:
        return None
    if _is_full_degree(description, spool):
        return _PROGRAMME
    beside = (spool.describe(node) for node in spool.beside(root))
    return None if any(_is_small(other, spool) for other in beside) else MICRO_CREDENTIAL


def _is_small(description: Description, spool: CatalogueSpool) -> bool:
    types = description.types
    return bool(types & _SPECIFICATIONS and not types & PROGRAMME_TYPES) and not _is_full_degree(description, spool)


def _is_full_degree(description: Description, spool: CatalogueSpool) -> bool:
    partial = {value.split('"')[1] for value in _values(description, "isPartialQualification") if '"' in value}
    if partial & {"true", "1"}:
        return False
    least = FULL_DEGREE_ECTS // 2 if partial & {"false", "0"} else FULL_DEGREE_ECTS
    stated = [spool.describe(node) for node in _values(description, "creditPoint")]
    points = [
        _NUMBER.match(point)
        for credit in stated
        if _ECTS in _values(credit, "framework")
        for point in _values(credit, "point")
    ]
    return any(point is not None and Decimal(point[1]) >= least for point in points)


def _values(description: Description, name: str) -> list[str]:
    return [value for predicate, value in description.statements if predicate == f"<{ELM}{name}>"]
