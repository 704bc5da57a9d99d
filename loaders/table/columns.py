"""The columns of the table: their names, which of them hold texts in languages, and which hold codes.

The columns are also written in service/releases/feeds/table.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from ..identifiers import is_language_tag

COLUMNS = (
    "id", "provider", "country", "language", "ects", "workload_hours", "eqf_level", "mode", "assessment",
    "supervision", "quality_assurance", "accreditor", "skills", "prerequisites", "stackability", "part_of", "isced_f",
    "start", "price", "currency", "homepage", "modified", "entry_requirement", "nqf_level", "accreditor_country",
    "term", "place", "keywords", "delivery_hours", "assessment_weights", "provider_homepage", "status",
)  # fmt: skip
TEXT_COLUMNS = (
    "title", "description", "provider_name", "learning_outcomes", "entry_requirement", "term", "place", "keywords",
)  # fmt: skip
WORDED = frozenset((*TEXT_COLUMNS, "prerequisites", "assessment", "quality_assurance", "accreditor"))
"""Columns in which sources write for people, HTML too."""
NUMBERS = ("ects", "workload_hours", "delivery_hours", "price")
NOTHING = frozenset(("-", "–", "—", "n/a", "n.a."))
"""Cells that state nothing."""
UNPUBLISHED = frozenset((
    "draft", "archived", "withdrawn", "cancelled", "canceled", "inactive", "unpublished", "hidden", "deleted", "bozza",
    "archiviato", "luonnos", "arkistoitu", "peruttu", "utkast", "arkiverad", "inställd",
))  # fmt: skip
"""Words of `status` that keep a row from being read."""
PUBLISHED = frozenset((
    "published", "active", "open", "current", "live", "approved", "released", "available", "confirmed", "pubblicato",
    "attivo", "julkaistu", "voimassa", "publicerad", "aktiv",
))  # fmt: skip

# Keys of `SCHEMES`, by column.
CODED: Mapping[str, str] = {
    "country": "country", "language": "language", "eqf_level": "level", "mode": "mode", "assessment": "assessment",
    "nqf_level": "national level", "accreditor_country": "country",
    "supervision": "supervision", "quality_assurance": "accreditation", "isced_f": "field", "currency": "currency",
}  # fmt: skip


def is_column(column: str) -> bool:
    """Tell whether a name is that of a column.

    >>> is_column("ects"), is_column("title@fi"), is_column("title")
    (True, True, False)
    """
    return column in COLUMNS or (column.partition("@")[0] in TEXT_COLUMNS and bool(column_language(column)))


def column_language(column: str) -> str:
    """Return the language of a column name such as `title@fi`, empty when it has none that is one.

    >>> column_language("title@fi"), column_language("title@"), column_language("ects")
    ('fi', '', '')
    """
    language = column.partition("@")[2]
    return language if is_language_tag(language) else ""


def nearest_column(name: str) -> str:
    """Return a hint at the column that was likely meant, empty when none is near.

    >>> nearest_column("eqf level")
    '; did you mean eqf_level?'
    """
    found = get_close_matches(name.casefold(), [*COLUMNS, *(f"{text}@en" for text in TEXT_COLUMNS)], 1, 0.7)
    return f"; did you mean {found[0]}?" if found else ""
