"""Tells which concepts an ESCO release still states and has withdrawn.

Such a concept keeps its labels, status and successor, and is a skos:Concept only: no list or search finds it as a skill
or occupation of today.
"""

from __future__ import annotations

_WITHDRAWN = frozenset(("obsolete", "deprecated", "withdrawn", "retired"))


def is_withdrawn(status: str, *, replaced: bool) -> bool:
    """Tell whether a concept of this status, which another one may replace, is withdrawn.

    >>> is_withdrawn("released", replaced=False), is_withdrawn("Obsolete", replaced=False)
    (False, True)
    >>> is_withdrawn("", replaced=True)
    True
    """
    return replaced or status.strip().rpartition("/")[2].casefold() in _WITHDRAWN
