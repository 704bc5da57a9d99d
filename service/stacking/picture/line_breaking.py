"""Breaks a text into lines that fit a width, since SVG breaks no lines by itself."""

from __future__ import annotations

import unicodedata

_MOST_LINES = 5


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in a wide sans-serif face; rather too much than too little."""
    units = 0.0
    for sign in text:
        if unicodedata.east_asian_width(sign) in "WF":
            units += 1.05
        elif unicodedata.combining(sign):
            continue
        elif sign in " .,:;'|!()[]ijltfr":
            units += 0.4
        elif sign in "mwMW@%—…":
            units += 0.98
        else:
            units += 0.76 if sign.isupper() else 0.63
    return units * size


def wrap(text: str, width: float, size: float, most: int = _MOST_LINES) -> tuple[str, ...]:
    """Return a text in lines that fit: a word too long is broken, what exceeds `most` lines ends in `…`."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if text_width(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while text_width(word, size) > width:
            hyphen = "-" if word.isalpha() else ""
            end = len(word)
            while end > 1 and text_width(word[:end] + hyphen, size) > width:
                end -= 1
            lines.append(word[:end] + (hyphen if end > 1 else ""))
            word = word[end:]
        line = word
    lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while text_width(f"{last}…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last.rstrip()}…"]
    return tuple(lines)
