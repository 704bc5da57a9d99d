"""Which skills the learning outcomes of micro-credentials name: read once for all that publishing makes of it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .queries import load_queries
from .resources import QUERIES
from .store import Store


class Teaching(NamedTuple):
    """Skills go by number, their place in `skills`; a number takes 4 bytes, and a catalogue has ten a credential."""

    skills: Sequence[str]
    taught: Mapping[str, Sequence[int]]
    """Of each micro-credential, by IRI, the skills it teaches, each once, narrower ones not counted."""


def read_teaching(store: Store) -> Teaching:
    """Return what is taught; one query, some fifteen seconds for 100,000 micro-credentials."""
    numbers: dict[str, int] = {}
    taught: dict[str, Sequence[int]] = {}
    for credential, skills in store.table(load_queries(QUERIES / "derived")["teaches-skill"].text):
        if not credential.startswith("_:"):  # to filter all rows for it would take half as long again
            found = dict.fromkeys(skills.split())
            taught[credential] = array("I", [numbers.setdefault(skill, len(numbers)) for skill in found])
    return Teaching(tuple(numbers), taught)
