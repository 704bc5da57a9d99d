"""Lists the profiles by name and title, without reading their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..catalogue.records import Labels
from ..rdf.media_types import TURTLE
from ..rdf.namespaces import DCTERMS
from ..rdf.statements import Triple
from ..rdf.syntax import triples_from_text
from ..rdf.terms import RDF_TYPE, Term
from ..resources import SHAPES
from .profiles import MCS

_FILES = ("profiles.ttl", "national/countries.ttl")
_IDENTIFIER = DCTERMS + "identifier"
_TITLE = DCTERMS + "title"


@cache
def listing_triples() -> tuple[Triple, ...]:
    """Return what says which profiles there are, and what the profiles of countries ask; read once."""
    return tuple(triple for file in _FILES for triple in triples_from_text((SHAPES / file).read_bytes(), TURTLE))


@cache
def profile_titles() -> Mapping[str, Labels]:
    """Return the titles of all profiles by name, those of communities before those of countries."""
    profiles = [t.subject for t in listing_triples() if t.predicate == RDF_TYPE and t.object.value == str(MCS.Profile)]
    named = {t.subject: t.object.value for t in listing_triples() if t.predicate == _IDENTIFIER}
    titles: dict[Term, dict[str, str]] = {profile: {} for profile in profiles}
    for subject, predicate, value in listing_triples():
        if subject in titles and predicate == _TITLE:
            titles[subject][value.language or ""] = value.value
    return MappingProxyType({named[profile]: titles[profile] for profile in profiles})


@cache
def definition_titles() -> Mapping[str, Labels]:
    """Return the titles of the profiles that say what a micro-credential is, in the same order."""
    named = {t.subject: t.object.value for t in listing_triples() if t.predicate == _IDENTIFIER}
    others = {named[t.subject] for t in listing_triples() if t.predicate == str(MCS.speaksOf)}
    return MappingProxyType({name: title for name, title in profile_titles().items() if name not in others})


def shape_groups(setting: str) -> Mapping[str, tuple[Path, ...]]:
    """Return the profiles of others that a setting names, and the files of each: `a.ttl,b.ttl;c.ttl` are `b` and `c`.

    Files that build on each other are one profile, named after the last of them. A name that one of our own profiles
    has goes to ours.
    """
    groups = [[Path(name.strip()) for name in group.split(",") if name.strip()] for group in setting.split(";")]
    named = {group[-1].stem: tuple(path.absolute() for path in group) for group in groups if group}
    return {name: files for name, files in named.items() if name not in profile_titles()}


def offered_titles(setting: str) -> Mapping[str, Labels]:
    """Return the titles of the definitions a document may be checked against, those of others named by their files."""
    return {**definition_titles(), **{name: {"en": name} for name in shape_groups(setting)}}
