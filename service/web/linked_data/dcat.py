"""The data as a DCAT catalogue: a data set that stays, each release a version of it, its dumps, and the services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from ...rdf.media_types import N_QUADS, TURTLE
from ...rdf.namespaces import DCAT, DCTERMS, EU_AUTHORITIES, FOAF, MEDIA_TYPES, SPDX, VCARD, VOID, XSD
from ...rdf.statements import Triple
from ...rdf.syntax import triples_from_text
from ...rdf.terms import RDF_TYPE, Term
from ...releases.dumps import DUMPS, find_dumps
from ...releases.releases import Release
from ...settings import Settings

TITLE = "Micro-credentials and the skills they lead to"
_LANGUAGES = ("ENG", "FIN", "SWE")  # of the labels that the interfaces choose from
_FILE_TYPES = {N_QUADS: "file-type/RDF_N_QUADS", TURTLE: "file-type/RDF_TURTLE"}
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
    """Return the catalogue: one data set that stays, its kept releases as versions, and the services over it.

    The distributions of the data set are the dumps of the release that serves. Contact and licence are there when the
    operator has set them; who publishes is then named by the host.
    """
    base_url = settings.base_url
    catalogue, dataset = _iri(f"{base_url}/catalog"), dataset_iri(base_url)
    yield Triple(catalogue, RDF_TYPE, _iri(DCAT + "Catalog"))
    yield Triple(catalogue, DCTERMS + "title", Term("literal", TITLE, "en"))
    yield Triple(catalogue, DCAT + "dataset", dataset)
    yield Triple(dataset, RDF_TYPE, _iri(DCAT + "Dataset"))
    yield Triple(dataset, DCTERMS + "title", Term("literal", TITLE, "en"))
    yield Triple(dataset, DCTERMS + "identifier", Term("literal", dataset.value))
    yield Triple(dataset, DCAT + "landingPage", _iri(f"{base_url}/releases"))
    yield from _theme_and_languages(dataset)
    for node in (catalogue, dataset):
        yield Triple(node, DCTERMS + "description", Term("literal", _DESCRIPTION, "en"))
        yield from _said(node, settings)
        if releases:
            yield Triple(node, DCTERMS + "issued", _literal(_created(releases[0]), "dateTime"))
            yield Triple(node, DCTERMS + "modified", _literal(_created(releases[-1]), "dateTime"))
    for release in releases:
        version = _release(base_url, release.number)
        yield Triple(dataset, DCAT + "hasVersion", version)
        yield Triple(version, DCAT + "isVersionOf", dataset)
        yield from _said(version, settings)
        yield from release_triples(settings, release)
        if release.number == serving:
            yield Triple(dataset, DCAT + "hasCurrentVersion", version)
            for name in DUMPS:
                yield Triple(dataset, DCAT + "distribution", _distribution(base_url, release, name))
    for one, other in pairwise(releases):
        yield Triple(_release(base_url, other.number), DCAT + "previousVersion", _release(base_url, one.number))
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
        yield Triple(service, DCAT + "servesDataset", dataset)
        yield from _said(service, settings)


def dataset_iri(base_url: str) -> Term:
    """Return the name of the data set, which stays whatever is published."""
    return _iri(f"{base_url}/catalog#dataset")


def licence_triples(settings: Settings, dataset: Term) -> Iterator[Triple]:
    """Return under which licence a data set is published, if the operator has said so."""
    if settings.licence:
        yield Triple(dataset, DCTERMS + "license", _iri(settings.licence))


def release_triples(settings: Settings, release: Release) -> Iterator[Triple]:
    """Return a release as a data set; size and checksum of a dump are there once it is made."""
    base_url = settings.base_url
    dataset, number = _release(base_url, release.number), str(release.number)
    made = {dump.name: dump for dump in find_dumps(release.path)}
    for kind in (DCAT + "Dataset", VOID + "Dataset"):
        yield Triple(dataset, RDF_TYPE, _iri(kind))
    yield Triple(dataset, DCTERMS + "title", Term("literal", f"{TITLE}, release {number}", "en"))
    yield Triple(dataset, DCTERMS + "description", Term("literal", _DESCRIPTION + _listed(release), "en"))
    yield Triple(dataset, DCTERMS + "identifier", Term("literal", dataset.value))
    yield Triple(dataset, DCTERMS + "issued", _literal(_created(release), "dateTime"))
    yield Triple(dataset, DCTERMS + "bibliographicCitation", Term("literal", citation(base_url, release), "en"))
    yield Triple(dataset, DCAT + "version", Term("literal", number))
    yield from _theme_and_languages(dataset)
    for name, media_type in DUMPS.items():
        file, distribution = _iri(f"{base_url}/dumps/{number}/{name}"), _distribution(base_url, release, name)
        yield Triple(dataset, VOID + "dataDump", file)
        yield Triple(dataset, DCAT + "distribution", distribution)
        yield Triple(distribution, RDF_TYPE, _iri(DCAT + "Distribution"))
        yield Triple(distribution, DCTERMS + "title", Term("literal", name))
        yield Triple(distribution, DCTERMS + "issued", _literal(_created(release), "dateTime"))
        yield Triple(distribution, DCTERMS + "format", _iri(EU_AUTHORITIES + _FILE_TYPES[media_type]))
        yield Triple(distribution, DCAT + "accessURL", file)
        yield Triple(distribution, DCAT + "downloadURL", file)
        yield Triple(distribution, DCAT + "mediaType", _iri(MEDIA_TYPES + media_type))
        yield Triple(distribution, DCAT + "compressFormat", _iri(MEDIA_TYPES + "application/gzip"))
        yield from licence_triples(settings, distribution)
        if name in made:
            checksum = _iri(f"{distribution.value}-checksum")
            # DCAT says xsd:nonNegativeInteger, the shapes of DCAT-AP 3 want a decimal.
            yield Triple(distribution, DCAT + "byteSize", _literal(str(made[name].size), "decimal"))
            yield Triple(distribution, SPDX + "checksum", checksum)
            yield Triple(checksum, RDF_TYPE, _iri(SPDX + "Checksum"))
            yield Triple(checksum, SPDX + "algorithm", _iri(SPDX + "checksumAlgorithm_sha256"))
            yield Triple(checksum, SPDX + "checksumValue", _literal(made[name].checksum, "hexBinary"))


def _listed(release: Release) -> str:
    """Return what is to be said of records that are listed with gaps: that they are no micro-credentials."""
    counts = release.about["counts"]
    if not counts.get("listed"):
        return ""
    return (
        f" {counts.get('credential', 0):,} records are micro-credentials. {counts['listed']:,} are listed with gaps by "
        "the conditions of this platform: they are typed mc:ListedAchievement and are no micro-credentials."
    )


def _theme_and_languages(dataset: Term) -> Iterator[Triple]:
    yield Triple(dataset, DCAT + "theme", _iri(EU_AUTHORITIES + "data-theme/EDUC"))
    for language in _LANGUAGES:
        yield Triple(dataset, DCTERMS + "language", _iri(f"{EU_AUTHORITIES}language/{language}"))


def _distribution(base_url: str, release: Release, name: str) -> Term:
    return _iri(f"{_release(base_url, release.number).value}#{name}")


def describe_kept(settings: Settings, release: Release) -> Iterator[Triple]:
    """Return what a release says of itself (VoID) under its stable IRI, with its dumps."""
    base_url = settings.base_url
    yield from release_triples(settings, release)
    own, stable = f"{base_url}/void#release", _release(base_url, release.number)
    title = DCTERMS + "title"
    for triple in triples_from_text((release.path / "description.nt").read_bytes()):
        subject, predicate, value = triple
        if subject.value == own and predicate == title:
            continue
        yield Triple(stable if subject.value == own else subject, predicate, stable if value.value == own else value)


def _said(node: Term, settings: Settings) -> Iterator[Triple]:
    """Return who publishes, whom to ask and under which licence."""
    yield from licence_triples(settings, node)
    publisher, contact = (_iri(f"{settings.base_url}/catalog#{name}") for name in ("publisher", "contact"))
    name = Term("literal", settings.publisher or urlsplit(settings.base_url).netloc)
    yield Triple(node, DCTERMS + "publisher", publisher)
    yield Triple(publisher, RDF_TYPE, _iri(FOAF + "Agent"))
    yield Triple(publisher, FOAF + "name", name)
    if settings.contact:
        kind = "hasEmail" if settings.contact.startswith("mailto:") else "hasURL"
        yield Triple(node, DCAT + "contactPoint", contact)
        for type_ in ("Kind", "Organization"):
            yield Triple(contact, RDF_TYPE, _iri(VCARD + type_))
        yield Triple(contact, VCARD + "fn", name)
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
