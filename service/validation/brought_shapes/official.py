"""Loads shapes that others publish, and works around the known defects of those of the European Commission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import rdflib
from rdflib.namespace import OWL, SH

from ...rdf.namespaces import ESCO_THINGS
from ..engines.engine import engine_for
from ..profiles import Profile
from .shape_files import read_files, with_prefixes

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


def load_shapes(paths: Sequence[Path], background: Sequence[Path] = ()) -> OfficialShapes:
    """Return the shapes of some files as one profile, named after the last file; the files stay as they are.

    Files that build on each other go together, since `owl:imports` is never followed. `background` are files of what
    the shapes are to be told besides a document: axioms, code lists.

    Raises:
        InvalidArgument: a file is too large or no RDF, holds no shape, or one that is ill-formed, has a broken query or
            asks for what is not evaluated here.
    """
    from ..engines.rdflib_graphs import graph_from_triples  # pySHACL comes with it, which a server need not wait for
    from .well_formed import check_shapes, unknown_terms

    graph = graph_from_triples(read_files(paths))
    with_prefixes(graph)
    check_shapes(graph, ", ".join(path.name for path in paths))
    fixes: tuple[tuple[str, str, Callable[[rdflib.Graph], int]], ...] = (
        ("imports", "owl:imports names web addresses; nothing is fetched", _drop_imports),
        ("esco-scheme", "ESCO skills and occupations are looked for in the schemes that ESCO has", _name_esco_schemes),
        ("status-scheme", "the accreditation status list is named as elsewhere in ELM", _name_status_scheme),
    )
    unknown = unknown_terms(graph)
    done = tuple(Workaround(name, what, fix(graph)) for name, what, fix in fixes)
    name = paths[-1].name.removesuffix(".gz").rpartition(".")[0] or paths[-1].name
    profile = Profile(name, {"en": name}, graph, {}, read_files(background))
    engine_for(profile)
    passed_over = Workaround(
        "unknown-terms", f"{', '.join(sorted(unknown))}: SHACL has no such term; passed over", sum(unknown.values())
    )
    return OfficialShapes(profile, tuple(one for one in (*done, passed_over) if one.times))


def _drop_imports(graph: rdflib.Graph) -> int:
    """Take out imports of what these files do not describe; what they do describe is there."""
    imports = [*graph.triples((None, OWL.imports, None)), *graph.triples((None, _MISSPELT_IMPORT, None))]
    found = [triple for triple in imports if (triple[2], None, None) not in graph]
    for triple in found:
        graph.remove(triple)
    return len(found)


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
