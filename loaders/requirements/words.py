"""Reads the words of requirement files: keys however they are spelt, numbers, ranges, levels, ages."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from difflib import get_close_matches

_NUMBER = r"[0-9]{1,9}(?:[.,][0-9]{1,6})?"
_FORMS = (
    (re.compile(rf"(?:exactly )?({_NUMBER})"), (1, 0)),
    (re.compile(rf"(?:(?:at least|from) )({_NUMBER})|({_NUMBER})(?: ?\+| or more)"), (1, 0)),
    (re.compile(rf"(?:at most|up to) ({_NUMBER})"), (0, 1)),
    (re.compile(rf"({_NUMBER}) ?(?:-|–|to|\.\.) ?({_NUMBER})"), (1, 2)),
)
_GAPS = re.compile(r"(?:[\s_]|(?<![0-9])-|-(?![0-9]))+")
_YEARS = re.compile(r"P?([0-9]{1,3}) ?(?:y|years?)?", re.IGNORECASE)
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_SIGNED = re.compile(rf"-?{_NUMBER}")

# What a key may be called; the first is the word of the documents.
_SPELLINGS = (
    ("title", "titles", "label", "labels"),
    ("description", "descriptions"),
    ("institution", "institutions", "awarding body", "organisation"),
    ("credits", "credit", "ects"),
    ("level", "levels", "eqf", "eqf level"),
    ("fields", "field", "isced f"),
    ("languages", "language"),
    ("modules", "module"),
    ("requires", "require", "requirement", "requirements", "rules"),
    ("programmes", "programme", "programs", "program"),
    ("prerequisites", "prerequisite"),
    ("corequisites", "corequisite", "co requisites", "co requisite"),
    ("text language", "language of texts"),
    ("credentials", "credential", "micro credential", "micro credentials"),
    ("skills", "skill"),
    ("providers", "provider"),
    ("count", "number"),
    ("manual", "decision"),
    ("sources", "source"),
    ("share group",),
    ("most shared", "maximum shared", "shared up to"),
    ("counted elsewhere",),
    ("lowest grade", "minimum grade", "grade"),
    ("lowest level", "minimum level"),
    ("most from prior learning", "prior learning", "maximum prior learning", "rpl", "most rpl"),
    ("greatest age", "maximum age", "age"),
    ("names", "name"),
)
_CANONICAL: Mapping[str, str] = {word: words[0] for words in _SPELLINGS for word in words}


class Unreadable(ValueError):
    """A text that is not what it should be; the message says what it should be."""


def canonical(key: str) -> str:
    """Return a key as the documents spell it: capitals, hyphens, underscores and plurals do not matter.

    >>> canonical("Share_group"), canonical("skill"), canonical("All-of")
    ('share group', 'skills', 'all of')
    """
    word = " ".join(_GAPS.split(key.strip().casefold()))
    return _CANONICAL.get(word, word)


def nearest(word: str, known: Collection[str]) -> str:
    """Return a hint at the known word that was likely meant, with a blank before it; empty when none is near.

    >>> nearest("manuel", ["manual", "credits"])
    '; did you mean manual?'
    """
    found = get_close_matches(word, sorted(known), 1, 0.6)
    return f"; did you mean {found[0]}?" if found else ""


def number(text: str) -> Decimal:
    """Return a number that is not negative; a comma may stand for the point.

    Raises:
        Unreadable: it is something else.
    """
    if not re.fullmatch(_NUMBER, text):
        raise Unreadable(f"must be a bare number that is not negative, such as 5 or 7.5, got {text[:50]!r}")
    return Decimal(text.replace(",", "."))


def signed_number(text: str) -> Decimal:
    """Return a number; some grades are negative."""
    if not _SIGNED.fullmatch(text):
        raise Unreadable(f"must be a bare number, got {text[:50]!r}")
    return Decimal(text.replace(",", "."))


def whole(text: str) -> int:
    """Return a whole number that is not negative."""
    found = number(text)
    if found % 1:
        raise Unreadable(f"must be a whole number, got {text[:50]!r}")
    return int(found)


def bounds(text: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the least and the greatest number of a range.

    >>> bounds("15"), bounds("15–20"), bounds("at most 7,5"), bounds("exactly 3")[1]
    ((Decimal('15'), None), (Decimal('15'), Decimal('20')), (None, Decimal('7.5')), Decimal('3'))

    Raises:
        Unreadable: it is no range, or its ends are the wrong way round.
    """
    words = " ".join(text.casefold().split())
    for form, places in _FORMS:
        found = form.fullmatch(words)
        if found:
            given = [Decimal(part.replace(",", ".")) for part in found.groups() if part]
            low, high = (given[place - 1] if place else None for place in places)
            if words.startswith("exactly"):
                high = low
            if low is not None and high is not None and low > high:
                raise Unreadable(f"the least number {low} is above the greatest, {high}")
            return low, high
    raise Unreadable(f"must be a number or a range such as 15, 15-20 or at most 20, none negative, got {text[:50]!r}")


def whole_bounds(text: str) -> tuple[int | None, int | None]:
    """Return a range of whole numbers."""
    low, high = bounds(text)
    if (low or 0) % 1 or (high or 0) % 1:
        raise Unreadable(f"must be whole numbers, got {text[:50]!r}")
    return None if low is None else int(low), None if high is None else int(high)


def level(text: str) -> int:
    """Return an EQF level."""
    if text not in tuple("12345678"):
        raise Unreadable(f"must be a European level from 1 to 8, got {text[:50]!r}")
    return int(text)


def level_bounds(text: str) -> tuple[int | None, int | None]:
    """Return a range of EQF levels. A bare number is refused: it could mean that level, or that level and above."""
    if text in tuple("12345678"):
        raise Unreadable(f"{text} could mean that level alone or those above too: write {text}+ or {text}-{text}")
    low, high = whole_bounds(text)
    for end in (low, high):
        if end is not None:
            level(str(end))
    return low, high


def years(text: str) -> int:
    """Return whole years.

    >>> years("10"), years("10 years"), years("P10Y")
    (10, 10, 10)
    """
    found = _YEARS.fullmatch(text.strip())
    if not found:
        raise Unreadable(f"must be whole years such as 10 or 10 years, got {text[:50]!r}")
    return int(found[1])


def truth(text: str) -> bool:
    """Return yes or no."""
    if text.casefold() not in _TRUTH:
        raise Unreadable(f"must be yes or no, got {text[:50]!r}")
    return _TRUTH[text.casefold()]
