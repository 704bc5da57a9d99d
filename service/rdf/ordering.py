"""The order of literals as SPARQL's `<` and XML Schema 1.1 have it: partial, so some pairs have none."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from .datatypes import is_well_typed
from .namespaces import XSD
from .terms import Term

_INTEGERS = frozenset(
    XSD + name
    for name in (
        "integer", "byte", "int", "long", "short", "negativeInteger", "nonNegativeInteger", "nonPositiveInteger",
        "positiveInteger", "unsignedByte", "unsignedInt", "unsignedLong", "unsignedShort", "decimal",
    )
)  # fmt: skip
_FLOATS = (XSD + "double", XSD + "float")
_STRING = XSD + "string"
_DURATIONS = (XSD + "duration", XSD + "dayTimeDuration", XSD + "yearMonthDuration")
_MOMENTS = {
    XSD + "dateTime": "dateTime", XSD + "dateTimeStamp": "dateTime", XSD + "date": "date", XSD + "time": "time",
    XSD + "gYear": "gYear", XSD + "gYearMonth": "gYearMonth", XSD + "gMonth": "gMonth",
    XSD + "gMonthDay": "gMonthDay", XSD + "gDay": "gDay",
}  # fmt: skip
_MOMENT = re.compile(
    r"(?:(?P<year>-?[0-9]{4,})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?|--(?P<m>[0-9]{2})(?:-(?P<md>[0-9]{2}))?"
    r"|---(?P<d>[0-9]{2}))?T?(?:(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9.]+))?(?P<zone>Z|[+-][0-9:]{5})?"
)
_DURATION = re.compile(
    r"(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9.]+)S)?)?"
)
_FARTHEST_ZONE = 14 * 3600
# XML Schema 1.1 part 2, 3.3.6.1: durations are as long as these four moments say, all of them.
_REFERENCES = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))


class _Moment(NamedTuple):
    """Seconds on the time line, in UTC where the zone is known."""

    kind: str
    seconds: Decimal
    zoned: bool


def order(one: Term, other: Term) -> int | None:
    """Return -1, 0 or 1 where a literal is less than, equal to or greater than another; None where neither holds.

    Numbers compare with numbers, text without a language with such text, moments and durations with their kind. A
    moment without a zone compares with one that has a zone only beyond 14 hours, whatever zone it may be of.
    """
    if one.kind != "literal" or other.kind != "literal" or not (_is_sound(one) and _is_sound(other)):
        return None
    first, second = one.datatype or _STRING, other.datatype or _STRING
    if one.language or other.language:
        return None
    if (first in _INTEGERS or first in _FLOATS) and (second in _INTEGERS or second in _FLOATS):
        return _order_of_numbers(one.value, other.value, first in _INTEGERS and second in _INTEGERS)
    if first == second == _STRING:
        return _sign(one.value, other.value)
    if first == second == XSD + "boolean":
        return _sign(one.value in ("true", "1"), other.value in ("true", "1"))
    if first in _MOMENTS and second in _MOMENTS:
        return _order_of_moments(_moment(one.value, _MOMENTS[first]), _moment(other.value, _MOMENTS[second]))
    if first in _DURATIONS and second in _DURATIONS:
        return _order_of_durations(_duration(one.value), _duration(other.value))
    return None


def _is_sound(literal: Term) -> bool:
    return literal.datatype is None or is_well_typed(literal.value, literal.datatype)


def _sign(one: object, other: object) -> int:
    return int(one > other) - int(one < other)  # type: ignore[operator]  # both of one kind


def _order_of_numbers(one: str, other: str, exact: bool) -> int | None:
    if exact:
        return _sign(Decimal(one), Decimal(other))
    first, second = float(one), float(other)
    return None if first != first or second != second else _sign(first, second)


def _order_of_moments(one: _Moment, other: _Moment) -> int | None:
    if one.kind != other.kind:
        return None
    difference = one.seconds - other.seconds
    if one.zoned != other.zoned and abs(difference) <= _FARTHEST_ZONE:
        return None
    return _sign(difference, 0)


def _moment(text: str, kind: str) -> _Moment:
    found = _MOMENT.fullmatch(text)
    assert found is not None
    part = found.groupdict()
    year = int(part["year"] or 1972)  # as in 1972, a leap year, where the text has none (ibid., 3.3.7)
    month = int(part["month"] or part["m"] or (12 if kind in ("time", "gDay") else 1))
    day = int(part["day"] or part["md"] or part["d"] or (31 if kind == "time" else 1))
    seconds = Decimal(_days(year, month, day)) * 86400
    if part["hour"]:
        seconds += int(part["hour"]) * 3600 + int(part["minute"]) * 60 + Decimal(part["second"])
    zone = part["zone"]
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return _Moment(kind, seconds, zone is not None)


def _days(year: int, month: int, day: int) -> int:
    """Return days since a day long ago, by the Gregorian calendar before its time too; 0 is the year before 1."""
    y, m = (year - 1, month + 9) if month < 3 else (year, month - 3)
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day


def _duration(text: str) -> tuple[int, Decimal]:
    found = _DURATION.fullmatch(text)
    assert found is not None
    years, months, days, hours, minutes = (int(part or 0) for part in found.groups()[1:6])
    seconds = Decimal(days * 86400 + hours * 3600 + minutes * 60) + Decimal(found[7] or 0)
    sign = -1 if found[1] else 1
    return sign * (years * 12 + months), sign * seconds


def _order_of_durations(one: tuple[int, Decimal], other: tuple[int, Decimal]) -> int | None:
    signs = {_sign(_after(reference, one), _after(reference, other)) for reference in _REFERENCES}
    return signs.pop() if len(signs) == 1 else None


def _after(reference: tuple[int, int], duration: tuple[int, Decimal]) -> Decimal:
    year, month = reference
    months, seconds = duration
    count = year * 12 + month - 1 + months
    return Decimal(_days(count // 12, count % 12 + 1, 1)) * 86400 + seconds
