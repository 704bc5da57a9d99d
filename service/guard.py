"""What the text of a public query gives away before it runs: federation, a dataset of its own, chance."""

from __future__ import annotations

import re

from .errors import QueryRefused, QuerySyntaxError

_GAP = r"(?:[ \t\r\n]|#[^\r\n]*+)*+"
# SERVICE, SILENT or not, an IRI, variable or prefixed name, and a brace. The parser needs no space between them.
_SERVICE = re.compile(
    rf"SERVICE{_GAP}(?:SILENT{_GAP})?"
    r"(?:<[^<>]*+>|[?$][^\s{}<>#]*+|[^\s{}<>()\"'/\\:#?$]*+:(?:[^\s{}<>/#\\]|\\.)*+)"
    rf"{_GAP}\{{",
    re.IGNORECASE,
)
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# Every query that calls a service writes the word; a text that repeats it endlessly only keeps the search busy.
_MOST_WORDS = 1000

# Everything a keyword can hide in, then the keywords, then other words. Nothing is read twice: a string without an end
# goes on to the end of its line or of the text, and a run of word characters is taken whole.
_TOKEN = re.compile(
    r"""<[^<>"{}|^`\\\x00-\x20]*>
    |\"{3}(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:\"{3})?|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*+(?:'{3})?
    |"(?:[^"\\\r\n]|\\.)*+"?|'(?:[^'\\\r\n]|\\.)*+'?
    |\#[^\r\n]*+
    |[?$@][\w-]*+
    |[\w.-]*:(?:[\w.:%-]|\\.)*+
    |\b(?P<dataset>FROM)\b
    |\b(?P<form>SELECT|ASK|CONSTRUCT|DESCRIBE)\b
    |\b(?P<chance>RAND|NOW|UUID|STRUUID|BNODE)\s*+\(
    |[\w.-]++""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def refuse_service(query: str) -> None:
    """Refuse a query that calls another endpoint; there is no way around it by spacing, comments or escapes.

    Text is searched as it stands, so a comment or string that holds a whole SERVICE clause is refused too.

    Raises:
        QueryRefused: it holds a SERVICE clause.
    """
    for text in (query, _CODE_POINT.sub(_character, query)):
        if text.upper().count("SERVICE") > _MOST_WORDS or _SERVICE.search(text):
            raise QueryRefused("SERVICE is switched off here: a query may only ask this endpoint, not call others")


def has_dataset(query: str) -> bool:
    """Return whether the query names its own dataset by FROM or FROM NAMED."""
    return any(token["dataset"] for token in _TOKEN.finditer(query))


def query_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises:
        QuerySyntaxError: it is none of these.
    """
    form = next((token["form"] for token in _TOKEN.finditer(query) if token["form"]), None)
    if form is None:
        raise QuerySyntaxError("a SELECT, ASK, CONSTRUCT or DESCRIBE query is needed")
    return form.upper()


def is_repeatable(query: str) -> bool:
    """Return whether the same data always give the same answer: no call of RAND, NOW, UUID, STRUUID or BNODE."""
    return not any(token["chance"] for token in _TOKEN.finditer(query))


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 else ""
