"""Proposes a map from what stands in a table: which column is which, and the nearest code for each unknown word."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ..codes import CodeLists
from ..report import Report
from ..rows import read_rows
from ..sources import Member
from ..vocabulary import SCHEMES
from .columns import CODED, COLUMNS, NOTHING, TEXT_COLUMNS, WORDED, is_column
from .near_codes import NearCodes
from .own_words import CUT, SEPARATOR, as_word
from .plain_text import plain_text

# What catalogues call our columns. Texts get the language that a person then corrects.
_OTHER_NAMES = {
    "paese": "country", "maa": "country", "land": "country", "pays": "country", "nation": "country", "codice": "id",
    "code": "id", "course code": "id", "course id": "id", "identifier": "id", "key": "id", "course number": "id",
    "title": "title@en", "name": "title@en", "course": "title@en", "course title": "title@en", "titolo": "title@it",
    "course name": "title@en", "nimi": "title@fi", "benämning": "title@sv", "titre": "title@fr", "titel": "title@de",
    "description": "description@en", "summary": "description@en", "abstract": "description@en",
    "kuvaus": "description@fi",
    "descrizione": "description@it", "content": "description@en", "beskrivning": "description@sv",
    "learning outcomes": "learning_outcomes@en", "outcomes": "learning_outcomes@en",
    "objectives": "learning_outcomes@en",
    "osaamistavoitteet": "learning_outcomes@fi", "obiettivi": "learning_outcomes@it",
    "lärandemål": "learning_outcomes@sv",
    "institution": "provider", "organisation": "provider", "organization": "provider", "university": "provider",
    "school": "provider", "provider name": "provider_name@en", "institution name": "provider_name@en",
    "credits": "ects", "ects credits": "ects", "credit points": "ects", "opintopisteet": "ects", "cfu": "ects",
    "scqf credits": "ects", "scqf credit points": "ects", "cats": "ects", "cats credits": "ects",
    "cats points": "ects", "uk credits": "ects",
    "hours": "workload_hours", "workload": "workload_hours", "study hours": "workload_hours",
    "level": "eqf_level", "eqf": "eqf_level", "course level": "eqf_level", "livello": "eqf_level",
    "language of instruction": "language", "teaching language": "language", "lingua": "language", "kieli": "language",
    "study mode": "mode", "delivery": "mode", "mode of delivery": "mode", "format": "mode", "delivery mode": "mode",
    "assessment method": "assessment", "assessments": "assessment", "examination": "assessment", "esame": "assessment",
    "quality": "quality_assurance", "accreditation": "quality_assurance", "accredited by": "accreditor",
    "prerequisite": "prerequisites", "pre-requisites": "prerequisites", "entry requirements": "entry_requirement@en",
    "requirements": "entry_requirement@en", "admission": "entry_requirement@en", "subject": "isced_f",
    "field": "isced_f",
    "isced": "isced_f", "url": "homepage", "link": "homepage", "web": "homepage", "website": "homepage",
    "semester": "term", "period": "term", "delivery period": "term", "semestre": "term", "lukukausi": "term",
    "contact hours": "delivery_hours", "teaching hours": "delivery_hours", "class hours": "delivery_hours",
    "ore di lezione": "delivery_hours", "campus": "place", "location": "place", "venue": "place", "sede": "place",
    "tags": "keywords", "topics": "keywords", "parole chiave": "keywords", "avainsanat": "keywords",
    "weight": "assessment_weights", "weights": "assessment_weights", "assessment weight": "assessment_weights",
    "state": "status", "course status": "status", "stato": "status", "provider url": "provider_homepage",
    "university homepage": "provider_homepage", "institution url": "provider_homepage",
    "start date": "start", "fee": "price", "cost": "price", "tuition": "price", "last modified": "modified",
}  # fmt: skip
# Credits of which two make one of ECTS: Scotland's and the United Kingdom's (SCQF Handbook; QAA, Credit Framework).
_HALVES = ("scqf credits", "scqf credit points", "cats", "cats credits", "cats points", "uk credits")
_LEAST_LIKENESS = 0.8
_MOST_DISTINCT = 20_000
_MOST_WORDS = 300
_LONGEST_KEY = 60
_HEAD = (
    'Read every line and correct it: what stands on the right is what the records will say. "" leaves a column out,',
    f"or states nothing. A word that ends in {CUT} stands for every text that begins so.",
)


def propose(members: Sequence[Member], codes: CodeLists, report: Report) -> str:
    """Return a map in TOML, with what each line rests on as a comment.

    Columns and words that need no map are left out. Of each column the words that occur most come first.
    """
    columns: dict[str, str] = {}
    words: dict[str, Counter[str]] = {}
    rows = 0
    for member in members:
        table = read_rows(member, {*COLUMNS, *_OTHER_NAMES}, report)
        header = [cell.strip() for cell in next(table).cells]
        # A column that bears our name is ours, whatever stands before it.
        for name in sorted(header, key=lambda name: not is_column(name.lower())):
            columns.setdefault(name, _column(name, columns))
        for row in table:
            rows += 1
            for name, text in zip(header, row.cells, strict=False):
                column = columns[name]
                if text and column in CODED and text.lower() not in NOTHING:
                    counted = words.setdefault(column, Counter())
                    text = plain_text(text)[0] if column in WORDED else text
                    if text in counted or len(counted) < _MOST_DISTINCT:
                        counted[text] += 1
    names = ", ".join(member.name for member in members)
    lines = [f"# Proposed for {names}, {rows:,} rows.", *(f"# {line}" for line in _HEAD), "", "[columns]"]
    different = [(name, column) for name, column in columns.items() if name and name.lower() != column]
    lines += [_column_line(name, column) for name, column in different] or ["# Every column is one of ours."]
    for column, counted in words.items():
        lines += _word_lines(column, counted, codes)
    halved = next((name for name, column in columns.items() if column == "ects" and _is_halved(name)), "")
    hint = (
        ("[factors]", _line("ects", "0.5", f"two of {halved!r} make one of ECTS"))
        if halved
        else ("# [factors]", '# ects = "0.5"  # where the source counts credits of which two make one of ECTS')
    )
    return "\n".join((*lines, "", *hint, ""))


def _column(name: str, taken: dict[str, str]) -> str:
    """Return our column for one of the source's, empty when none is near or another has it."""
    lower = name.lower()
    if is_column(lower):
        return lower
    word = as_word(name.replace("_", " "))
    known = {**_OTHER_NAMES, **{column.replace("_", " "): column for column in COLUMNS}}
    near = [word] if word in known else get_close_matches(word, known, 1, _LEAST_LIKENESS)
    column = known[near[0]] if near else f"{lower}@en" if lower in TEXT_COLUMNS else ""
    return "" if column in taken.values() else column


def _is_halved(name: str) -> bool:
    return as_word(name.replace("_", " ")) in _HALVES


def _column_line(name: str, column: str) -> str:
    language = "which language?" if "@" in column else ""
    return _line(name, column, language if column else "no column of ours is near, or another has it")


def _word_lines(column: str, counted: Counter[str], codes: CodeLists) -> Iterator[str]:
    near = NearCodes(codes, CODED[column])
    unknown: Counter[str] = Counter()
    for text, count in counted.items():
        # A text without blanks around its bars is a list; prose is one word.
        for part in text.split(SEPARATOR) if len(text) <= _LONGEST_KEY else [text]:
            if part.strip() and not _is_known(column, part, codes):
                unknown[as_word(part)] += count
    if not unknown:
        return
    yield ""
    yield f"[values.{column}]  # codes: {codes.words(near.scheme_iri)}"
    shown = unknown.most_common(_MOST_WORDS)
    for word, count in shown:
        code = near.nearest(word)
        how = f"{count:,} {'row' if count == 1 else 'rows'}"
        yield _line(_key(word, unknown), code, how if code else f"{how}; no code is near")
    if len(unknown) > len(shown):
        yield f"# … and {len(unknown) - len(shown):,} more words, each in fewer rows"


def _is_known(column: str, word: str, codes: CodeLists) -> bool:
    if column == "isced_f":
        return bool(codes.find_field(word.strip()) or codes.find_field("0" + word.strip()))
    return codes.find(SCHEMES[CODED[column]], word) is not None


def _key(word: str, words: Counter[str]) -> str:
    """Return a word, or as much of a long one as no other begins with."""
    length = _LONGEST_KEY
    while length < len(word):
        start = word[:length].rstrip()
        if sum(other.startswith(start) for other in words) == 1:
            return start + CUT
        length *= 2
    return word


def _line(name: str, text: str, comment: str) -> str:
    # JSON escapes all that TOML wants escaped in a text, but for the character 7F.
    key, value = (json.dumps(part, ensure_ascii=False).replace("\x7f", "\\u007f") for part in (name, text))
    return f"{key} = {value}" + (f"  # {comment}" if comment else "")
