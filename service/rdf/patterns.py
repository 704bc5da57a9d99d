"""Regular expressions of XPath and XML Schema, which SPARQL and SHACL use, as Python's `re` understands them."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from .datatypes import NAME_CHARACTERS, NAME_STARTS

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_ESCAPES: dict[str, str] = {"i": NAME_STARTS, "c": NAME_CHARACTERS}


def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Return a pattern ready for `search`.

    `\\p{Lu}` and its like, `\\i`, `\\c`, classes in classes and `(?i)` amid a pattern are written out. `flags` are
    those of XPath: `i m s x q`.

    Raises:
        ValueError: it is no pattern.
    """
    return _compiled(pattern, flags)


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: str) -> re.Pattern[str]:
    number = 0
    for each in flags:
        if each != "q" and each not in _FLAGS:
            raise ValueError(f"there is no flag {each!r}")
        number |= _FLAGS.get(each, 0)
    if "q" in flags:
        return re.compile(re.escape(pattern), number & re.IGNORECASE)
    if "(?i)" in pattern:
        pattern, number = pattern.replace("(?i)", ""), number | re.IGNORECASE
    try:
        return re.compile(_Rewriter(pattern, "m" in flags).rewritten(), number)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


class _Rewriter:
    """Reads a pattern character by character; what Python writes alike is copied."""

    def __init__(self, pattern: str, by_line: bool) -> None:
        self._pattern = pattern
        # Python's `$` also stands before a line break at the end.
        self._end = "$" if by_line else r"\Z"
        self._place = 0

    def rewritten(self) -> str:
        found = []
        while self._place < len(self._pattern):
            character = self._pattern[self._place]
            if character == "\\":
                negated, members = self._escape()
                found.append(members if negated is None else f"[{'^' if negated else ''}{members}]")
            elif character == "[":
                found.append(self._class())
            else:
                found.append(self._end if character == "$" else character)
                self._place += 1
        return "".join(found)

    def _escape(self) -> tuple[bool | None, str]:
        """Return whether an escape stands for all characters but some, and which; None and the escape for others."""
        letter = self._pattern[self._place + 1 : self._place + 2]
        if letter in ("p", "P"):
            end = self._pattern.find("}", self._place)
            if self._pattern[self._place + 2 : self._place + 3] != "{" or end < 0:
                raise ValueError(f"\\{letter} needs a name in braces")
            name = self._pattern[self._place + 3 : end]
            self._place = end + 1
            return (letter == "P") != name.startswith("^"), _members(name.removeprefix("^"))
        self._place += 2
        if letter.lower() in _ESCAPES and letter:
            return letter.isupper(), _ESCAPES[letter.lower()]
        return None, "\\" + letter

    def _class(self) -> str:
        """Return a class with what classes in it hold; what is taken away, `[a-z-[aeiou]]`, by looking ahead."""
        self._place += 1
        negated = self._take("^")
        members: list[str] = []
        others: list[str] = []  # alternatives that are no members, such as all but letters
        less = ""
        first = True
        while True:
            if self._place >= len(self._pattern):
                raise ValueError("a class has no end")
            character = self._pattern[self._place]
            if character == "]" and not first:
                self._place += 1
                break
            first = False
            if character == "-" and self._pattern[self._place + 1 : self._place + 2] == "[" and members:
                self._place += 1
                less = self._class()
            elif character == "[":
                others.append(self._class())
            elif character == "\\":
                without, found = self._escape()
                (others if without else members).append(f"[^{found}]" if without else found)
            else:
                members.append(character if character != "&" else r"\&")
                self._place += 1
        own = [f"[{''.join(members)}]"] if members else []
        either = "|".join([*own, *others])
        text = either if len(own) + len(others) == 1 else f"(?:{either})"
        if negated:
            text = rf"(?:(?!{either})[\s\S])"
        return f"(?:(?!{less}){text})" if less else text

    def _take(self, character: str) -> bool:
        if self._pattern[self._place : self._place + 1] != character:
            return False
        self._place += 1
        return True


def _members(name: str) -> str:
    ranges = _ranges()
    if name in ranges:
        return ranges[name]
    if name == "IsBasicLatin":
        return r"\x00-\x7f"
    raise ValueError(f"there is no category of characters {name!r}")


@cache
def _ranges() -> dict[str, str]:
    """Return the characters of each Unicode category, `Lu`, and group of categories, `L`, as members of a class."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    category: Callable[[str], str] = unicodedata.category
    for code in range(sys.maxunicode + 1):
        found = category(chr(code))
        places[found].append(code)
        places[found[0]].append(code)
    return {name: "".join(_written(codes)) for name, codes in places.items()}


def _written(codes: Iterable[int]) -> Iterable[str]:
    start = end = -2
    for code in codes:
        if code != end + 1:
            if start >= 0:
                yield _range(start, end)
            start = code
        end = code
    yield _range(start, end)


def _range(start: int, end: int) -> str:
    return f"\\U{start:08x}" if start == end else f"\\U{start:08x}-\\U{end:08x}"
