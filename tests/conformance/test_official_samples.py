"""Documents of the European Commission, held against the European definition: known gaps are found, no others."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from rdflib import RDF, SH, SKOS, Graph

from service.validation.profiles import load_profile
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

SEVERITIES = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


@cache
def code_lists() -> Graph:
    lists = Graph()
    for path in sorted((ROOT / "ontology" / "concepts").glob("*.ttl")):
        lists.parse(path)
    return lists


def elements(data: Graph, severity: str) -> set[str]:
    """Return the elements of the European definition that the data is told about with this severity."""
    profile = load_profile(ROOT / "shapes", "eu")
    for value in set(data.objects()):
        for property_iri in (RDF.type, SKOS.inScheme):
            for found in code_lists().objects(value, property_iri):
                data.add((value, property_iri, found))
    _, report, _ = pyshacl.validate(data, shacl_graph=profile.graph)
    results = report.objects(report.value(predicate=RDF.type, object=SH.ValidationReport), SH.result)
    return {
        profile.checks[str(report.value(result, SH.sourceShape))].element
        for result in results
        if SEVERITIES[report.value(result, SH.resultSeverity)] == severity
    }


def credential(shared: Path, name: str) -> Graph:
    """Read a sample with its contexts from files; nothing is fetched."""
    document: dict[str, Any] = json.loads((shared / "samples" / "elm3-edc" / name).read_text(encoding="utf-8"))
    document = json.loads(document["payload"]) if "payload" in document else document
    document = document.get("credential", document)
    contexts = ("2018-credentials-v1.jsonld", "edc-ap-3.2.jsonld")
    texts = [json.loads((shared / "contexts" / file).read_text(encoding="utf-8")) for file in contexts]
    document["@context"] = [text["@context"] for text in texts]
    return Graph().parse(data=json.dumps(document), format="json-ld")


def test_a_credential_that_suits_the_commissions_profile_need_not_be_a_micro_credential(shared: Path) -> None:
    data = Graph().parse(shared / "elm" / "examples" / "minimal-edc-not-mc.ttl")
    assert elements(data, "violation") == {"M1", "M6", "M7", "M9", "M10", "M11"}
    assert elements(data, "warning") == {"M3", "M8"}  # its country is of a list of its own


@pytest.mark.parametrize(
    ("name", "violated"),
    [
        # No accreditation in any version; the date of issue is added when the credential is sealed, and until then the
        # start of validity stands in for it, with a warning.
        ("Sample-MC-Annex1-signed.jsonld", {"M11"}),
        ("Sample-MC-Annex1-unsigned.jsonld", {"M11"}),
        ("Sample-MC-Annex1-unsigned-uploadable.json", {"M11"}),
    ],
)
def test_the_sample_after_annex_one_lacks_what_is_known_to_be_missing(
    shared: Path, name: str, violated: set[str]
) -> None:
    data = credential(shared, name)
    assert elements(data, "violation") == violated
    assert "M7" in elements(data, "warning")  # sixty months where sixty hours are meant


def test_a_certificate_of_participation_is_no_micro_credential(shared: Path) -> None:
    assert elements(credential(shared, "Sample-CertOfPart-signed.jsonld"), "violation") >= {"M6", "M9", "M11"}
