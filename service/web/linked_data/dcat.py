"""The releases as a DCAT catalogue: a data set for each, its dumps as distributions, and the services over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...rdf.namespaces import DCAT, DCTERMS, EU_AUTHORITIES, FOAF, MEDIA_TYPES, SPDX, VCARD, VOID, XSD
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import RDF_TYPE, Term
from ...releases.dumps import DUMPS, find_dumps
from ...releases.releases import Release
from ...settings import Settings

TITLE = "Micro-credentials and the skills they lead to"
_LANGUAGES = ("ENG", "FIN", "SWE")  # of the labels that the interfaces choose from
_DESCRIPTION = (
    "What micro-credentials teach, which occupations and skills they lead to and what they count towards, with the "
    "ESCO classification. Every release is kept as it was published."
)


def citation(base_url: str, release: Release) -> str:
    """Return how to cite a release: title, number, day and stable IRI."""
    return (
        f"{TITLE} (Pinoamo), release {release.number}, {_created(release)[:10]}. {base_url}/releases/{release.number}"
    )


def catalogue_triples(settings: Settings, releases: Sequence[Release], serving: int | None) -> Iterator[Triple]:
    """Return the catalogue of the releases, oldest first, and of the services over the one that serves.

    Publisher, contact and licence are there when the operator has set them; DCAT-AP asks for them.
    """
    base_url = settings.base_url
    catalogue = _iri(f"{base_url}/catalog")
    yield Triple(catalogue, RDF_TYPE, _iri(DCAT + "Catalog"))
    yield Triple(catalogue, DCTERMS + "title", Term("literal", TITLE, "en"))
    yield Triple(catalogue, DCTERMS + "description", Term("literal", _DESCRIPTION, "en"))
    yield from _publisher(catalogue, settings)
    for release in releases:
        yield from _publisher(_release(base_url, release.number), settings)
        yield Triple(catalogue, DCAT + "dataset", _release(base_url, release.number))
        yield from release_triples(base_url, release)
    for one, other in pairwise(releases):
        yield Triple(_release(base_url, other.number), DCAT + "previousVersion", _release(base_url, one.number))
    if releases:
        yield Triple(catalogue, DCTERMS + "modified", _literal(_created(releases[-1]), "dateTime"))
    for path, title, description in (
        ("sparql", "SPARQL endpoint", "sparql"),
        ("api/v1", "REST API", "openapi.json"),
    ):
        service = _iri(f"{base_url}/{path}")
        yield Triple(catalogue, DCAT + "service", service)
        yield Triple(service, RDF_TYPE, _iri(DCAT + "DataService"))
        yield Triple(service, DCTERMS + "title", Term("literal", title, "en"))
        yield Triple(service, DCAT + "endpointURL", service)
        yield Triple(service, DCAT + "endpointDescription", _iri(f"{base_url}/{description}"))
        if serving is not None:
            yield Triple(service, DCAT + "servesDataset", _release(base_url, serving))


def licence_triples(settings: Settings, dataset: Term) -> Iterator[Triple]:
    """Return under which licence a data set is published, if the operator has said so."""
    if settings.licence:
        yield Triple(dataset, DCTERMS + "license", _iri(settings.licence))


def release_triples(base_url: str, release: Release) -> Iterator[Triple]:
    """Return a release as a data set; size and checksum of a dump are there once it is made."""
    dataset, number = _release(base_url, release.number), str(release.number)
    made = {dump.name: dump for dump in find_dumps(release.path)}
    for kind in (DCAT + "Dataset", VOID + "Dataset"):
        yield Triple(dataset, RDF_TYPE, _iri(kind))
    yield Triple(dataset, DCTERMS + "title", Term("literal", f"{TITLE}, release {number}", "en"))
    yield Triple(dataset, DCTERMS + "description", Term("literal", _DESCRIPTION, "en"))
    yield Triple(dataset, DCTERMS + "identifier", Term("literal", dataset.value))
    yield Triple(dataset, DCTERMS + "issued", _literal(_created(release), "dateTime"))
    yield Triple(dataset, DCTERMS + "bibliographicCitation", Term("literal", citation(base_url, release), "en"))
    yield Triple(dataset, DCAT + "version", Term("literal", number))
    yield Triple(dataset, DCAT + "theme", _iri(EU_AUTHORITIES + "data-theme/EDUC"))
    for language in _LANGUAGES:
        yield Triple(dataset, DCTERMS + "language", _iri(f"{EU_AUTHORITIES}language/{language}"))
    for name, media_type in DUMPS.items():
        file = _iri(f"{base_url}/dumps/{number}/{name}")
        distribution = _iri(f"{dataset.value}#{name}")
        yield Triple(dataset, VOID + "dataDump", file)
        yield Triple(dataset, DCAT + "distribution", distribution)
        yield Triple(distribution, RDF_TYPE, _iri(DCAT + "Distribution"))
        yield Triple(distribution, DCAT + "accessURL", file)
        yield Triple(distribution, DCAT + "downloadURL", file)
        yield Triple(distribution, DCAT + "mediaType", _iri(MEDIA_TYPES + media_type))
        yield Triple(distribution, DCAT + "compressFormat", _iri(MEDIA_TYPES + "application/gzip"))
        if name in made:
            checksum = _iri(f"{distribution.value}-checksum")
            yield Triple(distribution, DCAT + "byteSize", _literal(str(made[name].size), "nonNegativeInteger"))
            yield Triple(distribution, SPDX + "checksum", checksum)
            yield Triple(checksum, RDF_TYPE, _iri(SPDX + "Checksum"))
            yield Triple(checksum, SPDX + "algorithm", _iri(SPDX + "checksumAlgorithm_sha256"))
            yield Triple(checksum, SPDX + "checksumValue", _literal(made[name].checksum, "hexBinary"))


def describe_kept(base_url: str, release: Release) -> Iterator[Triple]:
    """Return what a release says of itself (VoID) under its stable IRI, with its dumps."""
    yield from release_triples(base_url, release)
    own, stable = f"{base_url}/void#release", _release(base_url, release.number)
    title = DCTERMS + "title"
    for triple in triples_from_text((release.path / "description.nt").read_bytes()):
        subject, predicate, value = triple
        if subject.value == own and predicate == title:
            continue
        yield Triple(stable if subject.value == own else subject, predicate, stable if value.value == own else value)


def _publisher(node: Term, settings: Settings) -> Iterator[Triple]:
    yield from licence_triples(settings, node)
    publisher, contact = (_iri(f"{settings.base_url}/catalog#{name}") for name in ("publisher", "contact"))
    if settings.publisher:
        yield Triple(node, DCTERMS + "publisher", publisher)
        yield Triple(publisher, RDF_TYPE, _iri(FOAF + "Agent"))
        yield Triple(publisher, FOAF + "name", Term("literal", settings.publisher))
    if settings.contact:
        kind = "hasEmail" if settings.contact.startswith("mailto:") else "hasURL"
        yield Triple(node, DCAT + "contactPoint", contact)
        yield Triple(contact, RDF_TYPE, _iri(VCARD + "Organization"))
        yield Triple(contact, VCARD + kind, _iri(settings.contact))


def _release(base_url: str, number: int) -> Term:
    return _iri(f"{base_url}/releases/{number}")


def _created(release: Release) -> str:
    found: str = release.about["created"]
    return found


def _literal(text: str, datatype: str) -> Term:
    return Term("literal", text, None, XSD + datatype)


def _iri(text: str) -> Term:
    return Term("iri", text)
