"""Turns what people paste into cells into plain text: HTML, entities, indented lines; tells titles all in capitals."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

# Each attempt ends at the next angle bracket, so that a cell of many of them costs no more than its length.
_TOKEN = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>")
# A lone `<b>` or `<vector>` may be what a course is about; these are not.
_MARKUP = re.compile(r"</[A-Za-z][A-Za-z0-9]*\s*>|<(?:br|p|li|hr|img|div)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_LINES = frozenset((
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "section", "table", "tr", "ul",
))  # fmt: skip
_UNSEEN = frozenset(("script", "style"))
_INDENT = re.compile(r"[ \t\u00a0]*\r?\n[ \t\u00a0\r]*")
_LINE_FEEDS = re.compile(r"\s*\n\s*")
_BLANK_LINES = re.compile(r"\n{3,}")
_BLANKS = re.compile(r"[ \t\r\n\u00a0]+")
_FEWEST_CAPITALS = 10


def plain_text(text: str, item: str = "\n") -> tuple[str, bool]:
    """Return the text without HTML, entities and indentation, and whether there was any HTML or entity.

    Args:
        text: the text of a cell.
        item: what stands before each item of an HTML list but the first.

    >>> plain_text("<p>Law &amp; order</p><p>in Pavia</p>")
    ('Law & order\\nin Pavia', True)
    >>> plain_text("<ul><li>reads</li><li>writes</li></ul>", "|")
    ('reads|writes', True)
    >>> plain_text("std::vector<int> & more")
    ('std::vector<int> & more', False)
    """
    if _MARKUP.search(text):
        return _tidy(_without_tags(text, item)), True
    decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if decoded == text:
        return _tidy(text), False
    # A source that encoded its HTML once too often.
    return _tidy(_without_tags(decoded, item) if _MARKUP.search(decoded) else decoded), True


def is_shouted(title: str) -> bool:
    """Tell whether a title of more than one word is all in capitals.

    >>> is_shouted("COPYRIGHT AND ADVERTISING LAW"), is_shouted("SQL"), is_shouted("Introduction to SQL")
    (True, False, False)
    """
    return title.isupper() and sum(map(str.isalpha, title)) >= _FEWEST_CAPITALS and " " in title


def _without_tags(text: str, item: str) -> str:
    joined = "".join(_pieces(text, item))
    return item.join(filter(None, (_LINE_FEEDS.sub("\n", part).strip() for part in joined.split(item))))


def _pieces(text: str, item: str) -> Iterator[str]:
    place = 0
    while found := _TOKEN.search(text, place):
        yield _shown(text[place : found.start()])
        place = found.end()
        name = (found[2] or "").lower()
        if not name:
            place = _after(text, "-->", place)
        elif name in _UNSEEN and not found[1]:
            place = _after(text, f"</{name}", place)
        elif name == "li" and not found[1]:
            yield item
        elif name in _LINES:
            yield "\n"
    yield _shown(text[place:])


def _shown(text: str) -> str:
    """Return text between tags as a browser shows it: a line feed there is a blank."""
    return html.unescape(_BLANKS.sub(" ", text))


def _after(text: str, end: str, place: int) -> int:
    found = text.find(end, place)
    return len(text) if found < 0 else found + (len(end) if end == "-->" else 0)


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", _INDENT.sub("\n", text)).strip()
