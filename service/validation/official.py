"""Loads shapes that others publish, and works around the known defects of those of the European Commission."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import OWL, SH
from rdflib.term import Node

from ..errors import InvalidArgument
from ..rdf.media_types import RDF_XML, TURTLE
from ..rdf.namespaces import ESCO_THINGS, MC
from ..rdf.syntax import triples_from_text
from .engines.engine import engine_for
from .profiles import Profile

_LARGEST_MB = 20
_NAMED_CLASSES = {r"\p{L}": r"\w", r"\p{Nd}": r"\d", r"\p{Nl}": ""}
_NESTED_FIRST = re.compile(r"(?<!\\)\[\[([^\[\]]*)\]([^\[\]]*)\]")
_NESTED_LAST = re.compile(r"(?<!\\)\[([^\[\]\\]*)\[([^\[\]]*)\]\]")
_ESCO_SCHEMES = {
    "^https://ec.europa.eu/esco/skill/": ESCO_THINGS + "concept-scheme/skills",
    "^http://data.europa.eu/esco/occupation": ESCO_THINGS + "concept-scheme/occupations",
}
_STATUS = (
    rdflib.URIRef("https://publications.europa.eu/resource/authority/snb/status/25831c2"),
    rdflib.URIRef("http://data.europa.eu/snb/status/25831c2"),
)
_MISSPELT_IMPORT = rdflib.URIRef(str(OWL) + "import")


class Workaround(NamedTuple):
    """A known defect of published shapes and how often it was worked around."""

    name: str
    what: str
    times: int


class OfficialShapes(NamedTuple):
    """Shapes as a profile without checks of ours: every result is a finding, named after its property."""

    profile: Profile
    workarounds: tuple[Workaround, ...]


def load_shapes(paths: Sequence[Path], ontology: Path) -> OfficialShapes:
    """Return the shapes of some files as one profile, named after the last file; the files stay as they are.

    Files that build on each other go together, since `owl:imports` is never followed. `ontology` holds our own
    properties, which closed classes of others would refuse.

    Raises:
        InvalidArgument: a file is too large, no Turtle or RDF/XML, holds no shape or one that cannot be used.
    """
    graph = rdflib.Graph()
    for path in paths:
        graph += _read(path)
    if (None, SH.targetClass, None) not in graph and (None, SH.path, None) not in graph:
        raise InvalidArgument(f"there are no shapes in {', '.join(path.name for path in paths)}")
    fixes: tuple[tuple[str, str, Callable[[rdflib.Graph], int]], ...] = (
        ("imports", "owl:imports names web addresses; nothing is fetched", _drop_imports),
        ("regex-syntax", "patterns in the syntax of Java are rewritten for other engines", _rewrite_patterns),
        ("esco-scheme", "ESCO skills and occupations are looked for in the schemes that ESCO has", _name_esco_schemes),
        ("status-scheme", "the accreditation status list is named as elsewhere in ELM", _name_status_scheme),
        ("closed-classes", "properties of this project are let pass in closed classes", _open_to(_own(ontology))),
    )
    done = tuple(Workaround(name, what, fix(graph)) for name, what, fix in fixes)
    _check(graph)
    profile = Profile(paths[-1].stem, {"en": paths[-1].stem}, graph, {})
    engine_for(profile, "reference")
    return OfficialShapes(profile, tuple(one for one in done if one.times))


def _check(graph: rdflib.Graph) -> None:
    """Refuse what an engine would pass over in silence, or only stumble over on some data."""
    for shape in graph.objects(None, SH.property):
        if (shape, SH.path, None) not in graph:
            raise InvalidArgument(f"the property shape {shape} has no sh:path")
    for pattern in map(str, graph.objects(None, SH.pattern)):
        if _repeats_repetition(pattern):
            raise InvalidArgument(f"the pattern {pattern[:100]!r} repeats a repetition and may never end")
        try:
            re.compile(pattern)
        except re.error as error:
            raise InvalidArgument(f"the pattern {pattern[:100]!r} cannot be used: {error}") from error


def _read(path: Path) -> rdflib.Graph:
    try:
        if path.stat().st_size > _LARGEST_MB * 1024 * 1024:
            raise InvalidArgument(f"{path.name}: shapes may have {_LARGEST_MB} MiB at most")
        data = path.read_bytes()
    except OSError as error:
        raise InvalidArgument(f"{path.name} cannot be read: {error.strerror}") from error
    media_type = RDF_XML if path.suffix in (".rdf", ".xml") else TURTLE
    try:
        from .engines.rdflib_graphs import graph_from_triples  # pySHACL comes with it, which a server need not wait for

        return graph_from_triples(triples_from_text(data, media_type, path.absolute().as_uri()))
    except InvalidArgument as error:
        raise InvalidArgument(f"{path.name}: {error}") from error


def _drop_imports(graph: rdflib.Graph) -> int:
    found = [*graph.triples((None, OWL.imports, None)), *graph.triples((None, _MISSPELT_IMPORT, None))]
    for triple in found:
        graph.remove(triple)
    return len(found)


def _rewrite_patterns(graph: rdflib.Graph) -> int:
    times = 0
    for shape, pattern in list(graph.subject_objects(SH.pattern)):
        text = str(pattern)
        for name, other in _NAMED_CLASSES.items():
            text = text.replace(name, other)
        text = _NESTED_LAST.sub(r"[\1\2]", _NESTED_FIRST.sub(r"[\1\2]", text))
        if "(?i)" in text:
            text = text.replace("(?i)", "")
            graph.add((shape, SH.flags, rdflib.Literal("i")))
        if text != str(pattern):
            graph.set((shape, SH.pattern, rdflib.Literal(text)))
            times += 1
    return times


def _name_esco_schemes(graph: rdflib.Graph) -> int:
    found = [(shape, _ESCO_SCHEMES.get(str(pattern))) for shape, pattern in graph.subject_objects(SH.pattern)]
    wrong = [(shape, scheme) for shape, scheme in found if scheme]
    for shape, scheme in wrong:
        graph.remove((shape, SH.pattern, None))
        graph.add((shape, SH.hasValue, rdflib.URIRef(scheme)))
    return len(wrong)


def _name_status_scheme(graph: rdflib.Graph) -> int:
    wrong, right = _STATUS
    found = list(graph.subjects(SH.hasValue, wrong))
    for shape in found:
        graph.set((shape, SH.hasValue, right))
    return len(found)


def _open_to(properties: Iterable[Node]) -> Callable[[rdflib.Graph], int]:
    own = tuple(properties)

    def fix(graph: rdflib.Graph) -> int:
        closed = set(graph.subjects(SH.closed, None))
        for shape in closed:
            listed = graph.value(shape, SH.ignoredProperties)
            members = list(Collection(graph, listed)) if listed is not None else []
            head = rdflib.BNode()
            Collection(graph, head, [*members, *own])
            graph.set((shape, SH.ignoredProperties, head))
        return len(closed)

    return fix


def _own(ontology: Path) -> Sequence[Node]:
    graph = rdflib.Graph()
    for path in sorted(ontology.glob("*.ttl")):
        graph.parse(path, format="turtle")
    terms = {node for node in graph.subjects() if isinstance(node, rdflib.URIRef) and node.startswith(MC)}
    return sorted(terms)


def _repeats_repetition(pattern: str) -> bool:
    """Tell whether a group that repeats without end holds something that does: Python may backtrack for ever on it."""
    text = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    groups = [False]
    for place, character in enumerate(text):
        if character == "(":
            groups.append(False)
        elif character == ")" and len(groups) > 1:
            inner = groups.pop()
            endless = re.match(r"[*+]|\{\d*,\}", text[place + 1 :]) is not None
            if inner and endless:
                return True
            groups[-1] = groups[-1] or inner
        elif re.match(r"[*+]|\{\d*,\}", text[place:]):
            groups[-1] = True
    return False
