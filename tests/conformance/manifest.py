"""The conformance manifest: examples as a W3C-style test manifest, and what each must be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from rdflib import DCTERMS, RDF, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection

from service.validation.profiles import Profile, load_profile

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SHAPES = ROOT / "shapes"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
CT = Namespace("https://w3id.org/pinoamo/tests#")
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "cred": "https://www.w3.org/2018/credentials#",
    "dcterms": str(DCTERMS),
    "elm": "http://data.europa.eu/snb/model/elm/",
    "ex": "https://example.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "mc": "https://w3id.org/pinoamo/ns#",
    "rov": "http://www.w3.org/ns/regorg#",
    "skos": str(SKOS),
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
DEFAULT_DAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Case:
    """One entry of the manifest: what is validated, and the pairs of shape and severity that must come out."""

    name: str
    data: Path
    change: str
    profile: str
    day: date
    expected: frozenset[tuple[str, str]]


def cases() -> Iterator[Case]:
    for path in sorted(HERE.glob("*.ttl")):
        manifest = Graph().parse(path, publicID=path.as_uri())
        for head in manifest.objects(URIRef(path.as_uri()), MF.entries):
            for entry in Collection(manifest, head):
                yield case(manifest, entry)


def case(manifest: Graph, entry: URIRef) -> Case:
    action, result = manifest.value(entry, MF.action), manifest.value(entry, MF.result)
    day = manifest.value(action, CT.on)
    return Case(
        name=str(manifest.value(entry, MF.name)),
        data=Path(str(manifest.value(action, SHT.dataGraph)).removeprefix("file://")),
        change=str(manifest.value(action, CT.change) or ""),
        profile=str(manifest.value(action, SHT.shapesGraph)).rpartition("#profile-")[2],
        day=day.toPython() if isinstance(day, Literal) else DEFAULT_DAY,
        expected=frozenset(
            (str(manifest.value(expected, SH.sourceShape)), severity(manifest.value(expected, SH.resultSeverity)))
            for expected in manifest.objects(result, SH.result)
        ),
    )


def severity(iri: URIRef) -> str:
    return str(iri).rpartition("#")[2].lower()


CASES = list(cases())


@cache
def profile(name: str, day: date) -> Profile:
    return load_profile(SHAPES, name, on=day)


@cache
def code_lists() -> Graph:
    lists = Graph()
    for path in sorted((ROOT / "ontology" / "concepts").glob("*.ttl")):
        lists.parse(path)
    return lists


def described(data: Graph) -> Graph:
    """Add the type and scheme of the code-list concepts that the data refers to, as the gate does."""
    for value in set(data.objects()):
        for property_iri in (RDF.type, SKOS.inScheme):
            for found in code_lists().objects(value, property_iri):
                data.add((value, property_iri, found))
    return data


@cache
def statements(path: Path, change: str) -> bytes:
    """Return the example as N-Triples, changed as the manifest says."""
    data = Graph().parse(path)
    if change:
        data.update(change, initNs=PREFIXES)
    return described(data).serialize(format="nt").encode()


@cache
def included(name: str) -> set[str]:
    """Return the checks that a profile has from the profiles it includes: those have their examples there."""
    listing = Graph().parse(SHAPES / "profiles.ttl").parse(SHAPES / "national" / "countries.ttl")
    mcs = Namespace("https://w3id.org/pinoamo/shapes#")
    others = list(listing.transitive_objects(mcs[f"profile-{name}"], mcs.includes))[1:]
    return {
        shape
        for other in others
        for shape in profile(str(listing.value(other, DCTERMS.identifier)), DEFAULT_DAY).checks
    }
