"""Which texts are literals of the datatypes of XML Schema 1.1."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from .namespaces import XSD

_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_YEAR = r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_YEARS = r"(?:[0-9]+Y(?:[0-9]+M)?|[0-9]+M)"
_SECONDS = r"(?:[0-9]+(?:\.[0-9]+)?S)"
_CLOCK = rf"(?:T(?:[0-9]+H(?:[0-9]+M)?{_SECONDS}?|[0-9]+M{_SECONDS}?|{_SECONDS}))"
_DAYS = rf"(?:[0-9]+D{_CLOCK}?|{_CLOCK})"
"""Members of a class of characters: those that an XML name may begin with, and those that it may hold."""
NAME_STARTS = (
    r"A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
NAME_CHARACTERS = NAME_STARTS + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_BASE64 = r"[A-Za-z0-9+/] ?"
_INTEGER = re.compile(r"[+-]?[0-9]+")

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "anyURI": r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*",
        "base64Binary": rf"(?:(?:{_BASE64}){{4}})*"
        rf"(?:(?:{_BASE64}){{3}}[A-Za-z0-9+/]|(?:{_BASE64}){{2}}[AEIMQUYcgkosw048] ?=|{_BASE64}[AQgw] ?= ?=)?",
        "boolean": r"true|false|1|0",
        "date": rf"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
        "dateTime": rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
        "dateTimeStamp": rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE[:-1]}",
        "dayTimeDuration": rf"-?P{_DAYS}",
        "decimal": _NUMBER,
        "double": rf"{_NUMBER}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
        "duration": rf"-?P(?:{_YEARS}{_DAYS}?|{_DAYS})",
        "float": rf"{_NUMBER}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
        "gDay": rf"---{_DAY}{_ZONE}",
        "gMonth": rf"--{_MONTH}{_ZONE}",
        "gMonthDay": rf"--(?:(?:0[13578]|1[02])-{_DAY}|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
        rf"|02-(?:0[1-9]|[12][0-9])){_ZONE}",
        "gYear": rf"{_YEAR}{_ZONE}",
        "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}",
        "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
        "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
        "Name": rf"[:{NAME_STARTS}][:{NAME_CHARACTERS}]*",
        "NCName": rf"[{NAME_STARTS}][{NAME_CHARACTERS}]*",
        "NMTOKEN": rf"[:{NAME_CHARACTERS}]+",
        "normalizedString": r"[^\r\n\t]*",
        "time": rf"{_TIME}{_ZONE}",
        "token": r"(?:[^\r\n\t ]+(?: [^\r\n\t ]+)*)?",
        "yearMonthDuration": rf"-?P{_YEARS}",
    }.items()
}
_RANGES: Mapping[str, tuple[int | None, int | None]] = {
    "byte": (-(2**7), 2**7 - 1),
    "int": (-(2**31), 2**31 - 1),
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "positiveInteger": (1, None),
    "short": (-(2**15), 2**15 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedShort": (0, 2**16 - 1),
}
_DATED = frozenset(("date", "dateTime", "dateTimeStamp"))


@lru_cache(maxsize=16_384)
def is_well_typed(text: str, datatype: str) -> bool:
    """Tell whether a text is a lexical form of a datatype; of datatypes that are not XML Schema's every text is.

    White space around a value belongs to no lexical form: RDF 1.1 maps what is written, without the normalisation that
    XML does first.

    >>> is_well_typed("P4W", XSD + "duration"), is_well_typed("5e+00", XSD + "double")
    (False, True)
    """
    if not datatype.startswith(XSD):
        return True
    name = datatype[len(XSD) :]
    bounds = _RANGES.get(name)
    if bounds is not None:
        return _INTEGER.fullmatch(text) is not None and _lies_in(text, *bounds)
    pattern = _PATTERNS.get(name)
    if pattern is None:
        return True
    if pattern.fullmatch(text) is None:
        return False
    return name not in _DATED or _is_day(text)


def _lies_in(text: str, least: int | None, most: int | None) -> bool:
    # Python refuses to read integers of more than 4,300 digits; a decimal takes any.
    value = Decimal(text)
    return (least is None or value >= least) and (most is None or value <= most)


def _is_day(text: str) -> bool:
    year, month, day = text.lstrip("-").split("T")[0].split("-")[:3]
    # The calendar repeats every 400 years; 0 is a leap year (XML Schema 1.1, 3.3.9).
    return int(day[:2]) <= monthrange(400 + int(year[-4:]) % 400, int(month))[1]
