"""Reads a running service as strangers' clients do, and prints what they found as JSON: `python read.py CLIENT BASE`.

Runs in an environment of its own (requirements.txt), without anything of this project.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import requests


def pyld(base: str) -> Any:
    """Load and expand documents by their addresses: PyLD fetches them, and the context that each names."""
    from pyld import jsonld

    loader = jsonld.requests_document_loader(timeout=600)
    found: dict[str, Any] = {}
    for name, address in {
        "name": f"{base}/id/credential/course",
        "document": f"{base}/doc/credential/course.jsonld",
        "api": f"{base}/api/v1/credentials/course",
        "plain": f"{base}/api/v1/credentials/course?format=json",
        "skill": f"{base}/resource?uri=http://data.europa.eu/esco/skill/s1",
        "void": f"{base}/void",
    }.items():
        expanded = jsonld.expand(address, {"documentLoader": loader})
        found[name] = {"ids": [node["@id"] for node in expanded], "properties": sorted(expanded[0])}
    course = f"{base}/api/v1/credentials/course"
    quads = jsonld.to_rdf(course, {"documentLoader": loader, "format": "application/n-quads"})
    # Compacting by our context gives the shapes that we answer with.
    document = requests.get(course, headers={"Accept": "application/ld+json"}, timeout=600).json()
    expanded = jsonld.expand(document, {"documentLoader": loader})
    again = jsonld.compact(expanded, document["@context"], {"documentLoader": loader})
    return {"found": found, "quads": quads, "compacted": again, "document": document}


def extruct(base: str) -> Any:
    """Read the markup of pages as search engines do."""
    import extruct

    found = {}
    for path in ("/en/credentials/course", "/fi/credentials/course", "/en/"):
        page = requests.get(base + path, headers={"Accept": "text/html"}, timeout=600)
        found[path] = extruct.extract(page.text, base_url=base + path, syntaxes=["json-ld", "opengraph"])
    return found


def harvest(base: str) -> Any:
    """Harvest the catalogue as CKAN's DCAT harvester does: RDF/XML by `Accept`, then each distribution's address."""
    from rdflib import DCAT, DCTERMS, RDF, Graph

    answer = requests.get(f"{base}/catalog", headers={"Accept": "application/rdf+xml"}, timeout=600)
    graph = Graph().parse(data=answer.content, format="application/rdf+xml")
    datasets = []
    for dataset in graph.subjects(RDF.type, DCAT.Dataset):
        distributions = []
        for distribution in graph.objects(dataset, DCAT.distribution):
            address = str(graph.value(distribution, DCAT.downloadURL))
            size = graph.value(distribution, DCAT.byteSize)
            got = requests.get(address, timeout=600)
            length = int(got.headers["content-length"])
            distributions.append({"status": got.status_code, "size": size and int(size), "length": length})
        title = graph.value(dataset, DCTERMS.title)
        datasets.append({"id": str(dataset), "title": title and str(title), "distributions": distributions})
    again = requests.get(
        f"{base}/catalog",
        headers={"Accept": "application/rdf+xml", "If-Modified-Since": answer.headers["last-modified"]},
        timeout=600,
    )
    return {"datasets": datasets, "again": again.status_code}


def follow(base: str) -> Any:
    """Follow `Link` headers through a list, as `requests` gives them."""
    pages, address = [], f"{base}/api/v1/skills?limit=1"
    while address:
        answer = requests.get(address, timeout=600)
        pages.append({"url": answer.url, "ids": [item["id"] for item in answer.json()["items"]]})
        address = answer.links.get("next", {}).get("url", "")
    session = requests.Session()
    first = session.get(f"{base}/api/v1/skills", timeout=600)
    again = session.get(f"{base}/api/v1/skills", headers={"If-None-Match": first.headers["etag"]}, timeout=600)
    return {"pages": pages, "packed": first.headers.get("content-encoding"), "again": again.status_code}


def generated(base: str) -> Any:
    """Read with the client that openapi-python-client has made beside this file's working directory."""
    from client import Client
    from client.api.credentials import describe_credential, list_credentials
    from client.api.search import search
    from client.api.skills import list_skills

    client = Client(base_url=base, timeout=600)
    page = list_credentials.sync(client=client, lang="en")
    record = describe_credential.sync("course", client=client)
    hits = search.sync(client=client, q="guarding")
    skills = list_skills.sync(client=client)
    return {
        "total": page.total,
        "title": page.items[0].title.to_dict(),
        "record": record.id,
        "language": [value.id for value in record.language],
        "ects": record.ects,
        "hits": [hit.item.id for hit in hits.items],
        "skills": skills.total,
    }


if __name__ == "__main__":
    client, address = sys.argv[1:]
    json.dump(globals()[client](address), sys.stdout)
