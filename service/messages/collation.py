"""Sorts names as readers of a language expect: its alphabet first, then accents; ours, after the tailorings of CLDR 47.

A library would be exact to the last sign (ICU takes 50 MB). Names are letters, digits and spaces, and the order must
not change with a library's version, or a release could not be made again. docs/decisions/0028-order-of-names.md.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# `z<å<ä=æ`: å comes after z as a letter of its own, then ä, from which æ differs like an accented letter.
_EVERYWHERE = "d<đ<ð h<ħ"
_NORDIC = "y=ü z<æ=ä<ø=ö=ő<å=aa"
_BALKAN = "c<č<ć d<dž<đ l<lj n<nj s<š z<ž"
_ALPHABETS = {
    "bs": _BALKAN,
    "cs": "c<č h<ch r<ř s<š z<ž",
    "da": _NORDIC,
    "es": "n<ñ",
    "et": "s<š<z<ž w<õ<ä<ö<ü",
    "fi": "y=ü z<å<ä=æ<ö=ø",
    "gl": "n<ñ",
    "hr": _BALKAN,
    "hu": "c<cs d<dz<dzs g<gy l<ly n<ny o<ö=ő s<sz t<ty u<ü=ű z<zs",
    "is": "a<á d<đ<ð e<é i<í o<ó u<ú y<ý z<þ<æ=ä<ö=ø<å",
    "lt": "c<č i=y s<š z<ž",
    "lv": "a<ā c<č e<ē g<ģ i=y<ī k<ķ l<ļ n<ņ r<ŗ s<š u<ū z<ž",
    "mt": "b<ċ f<ġ g<għ h<ħ y<ż",
    "nb": _NORDIC,
    "nn": _NORDIC,
    "no": _NORDIC,
    "pl": "a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż",
    "ro": "a<ă<â i<î s<ș=ş t<ț=ţ",
    "sk": "a<ä c<č h<ch o<ô r<ř s<š z<ž",
    "sl": "c<č<ć d<đ s<š z<ž",
    "sv": "y=ü z<å<ä=æ<ö=ø",
    "uk": "г<ґ е<є и<і<ї",
}
# Letters that Unicode does not take apart, and й, which it does though it is a letter of its own.
_AS = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "ı": "i"}
_WHOLE = {"й"}
_GAP = 16
_LETTERS = 0x1000
_LAST = 0x10FFFF
_PRIVATE = 0xE000


class Collation(dict[int, str]):
    """The order of one language; a table of letters that fills itself, for `str.translate`."""

    def __init__(self, language: str) -> None:
        super().__init__()
        rules = f"{_EVERYWHERE} {_ALPHABETS.get(language.partition('-')[0], '')}"
        places: dict[str, int] = {}
        for rule in rules.split():
            place = -1
            for mark, letter in re.findall(r"([<=]?)([^<=]+)", rule):
                if not mark:
                    place = _place(letter)
                    continue
                place += mark == "<"
                places[letter] = place
        long = sorted((letter for letter in places if len(letter) > 1), key=len, reverse=True)
        self._marks = {letter: chr(_PRIVATE + number) for number, letter in enumerate(long)}
        self._long = re.compile("|".join(long)) if long else None
        self.update({ord(self._marks.get(letter, letter)): chr(place) for letter, place in places.items()})

    def __missing__(self, letter: int) -> str:
        found = self[letter] = self._places(chr(letter))
        return found

    def key(self, text: str) -> bytes:
        """Return what sorts a name: its letters, and where those are the same the name itself in lower case."""
        folded = unicodedata.normalize("NFC", text.casefold())
        marked = self._long.sub(lambda found: self._marks[found[0]], folded) if self._long else folded
        return f"{marked.translate(self)}\0{folded}".encode("utf-8", "surrogatepass")

    def _places(self, letter: str) -> str:
        if letter in _AS:
            return _AS[letter].translate(self)
        if letter not in _WHOLE and (apart := unicodedata.normalize("NFKD", letter)) != letter:
            return "".join(one for one in apart if not unicodedata.combining(one)).translate(self)
        return "" if unicodedata.combining(letter) else chr(_place(letter))


@cache
def collation(language: str) -> Collation:
    """Return the order of a language, by its tag; of one that is not known, that of the letters without accents."""
    return Collation(language.lower())


def _place(letter: str) -> int:
    """Return where a letter stands, with room behind it: signs first, then digits, then letters by code point."""
    number = ord(letter)
    if not letter.isalnum():
        return 1 + number % (_LETTERS - 1)
    return min(_LETTERS + _GAP * number, _LAST)
