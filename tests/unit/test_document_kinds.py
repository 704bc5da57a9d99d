"""Documents of other models: recognised by kind, told what can be done with them, read as their contexts say."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic, to_isomorphic

from loaders.__main__ import main
from loaders.document_kinds import kind_of_json, kind_of_xml
from service.rdf.media_types import N_QUADS
from service.rdf.syntax import triples_from_text
from service.rdf.terms import Term
from service.settings import Settings
from service.validation.documents import Document, read_documents
from tests.conftest import ROOT

pytestmark = pytest.mark.system

KINDS = {
    "open-badges-2/basic-assertion.json": "Open Badge 2.0",
    "open-badges-2/badgeclass1.json": "Open Badge 2.0",
    "open-badges-3/complete.json": "Open Badge 3.0",
    "open-badges-3/endorsement-valid.json": "Open Badge 3.0",
    "open-badges-3/simple-err-context.json": "Open Badge 3.0",
    "clr-2/simple.json": "Comprehensive Learner Record 2.0",
    "w3c-vc-2/credential-ok.json": "W3C verifiable credential of version 2.0",
    "ebsi/VerifiableAttestation-Europass.json": "EBSI",
    "dc4eu/euhe-microcredential-example-john-doe.json": "DC4EU",
    "dc4eu/EUHEMC-microcredential_schema.json": "JSON Schema",
    "ams/MockedSampleAccreditation_2.json": "without a JSON-LD context",
    "ctdl/cer-credential.json": "CTDL",
    "ctdl/credential-3_import.json": "CTDL",
    "edc-xml-v1v2/edci_credential_basic.xml": "XML of ELM 1 or 2",
    "edc-xml-v1v2/EDC_DiplomaSupplement_AA.xml": "XML of ELM 1 or 2",
    "loq-xml/loq.xml": "XML of the QDR (LOQ)",
    "elmo/example.xml": "ELMO",
}


def said(document: Document) -> list[str]:
    return [issue.message for issue in document.issues if issue.message.startswith("this is")]


@pytest.fixture(scope="module")
def read(shared: Path) -> dict[str, Document]:
    paths = [shared / "samples" / name for name in KINDS]
    return dict(zip(KINDS, read_documents(paths, Settings()), strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_sample_is_told_what_it_is_and_what_can_be_done_with_it(name: str, read: dict[str, Document]) -> None:
    (words,) = said(read[name])
    assert KINDS[name] in words


@pytest.mark.parametrize("name", ["Sample-MC-Annex1-unsigned.jsonld", "credential-sample-3.2.jsonld"])
def test_european_digital_credential_is_of_no_other_kind(name: str, shared: Path) -> None:
    document = json.loads((shared / "samples" / "elm3-edc" / name).read_text("utf-8"))
    assert kind_of_json(document) == ""


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "https://e.example/c", "type": "Course"},
        {"@id": "urn:a", "http://e/p": 1},
        {"@context": {"obi": "urn:obi"}},
        {"@context": [None, 3, {}], "@graph": [3, {"type": [None, 7]}]},
    ],
)
def test_other_json_ld_is_of_no_kind(document: dict[str, Any]) -> None:
    assert kind_of_json(document) == ""


@pytest.mark.parametrize(
    "head",
    [
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://data.europa.eu/snb">',
        b"<!-- <elmo xmlns='https://github.com/emrex-eu/elmo-schemas'> --><other/>",
        b"",
        b"\xff\xfe<",
    ],
)
def test_other_xml_is_of_no_kind(head: bytes) -> None:
    assert kind_of_xml(head) == ""


def statements(path: Path, folder: Path, *options: str) -> rdflib.Graph:
    """Return what the loader of documents reads of a file."""
    output = io.BytesIO()
    main(["document", str(path), "--report", str(folder / "report.jsonl"), *options], output)
    graph = rdflib.Graph()
    for subject, predicate, value in triples_from_text(_corrected(output.getvalue()), N_QUADS):
        graph.add((_node(subject), rdflib.URIRef(predicate), _node(value)))
    return graph


def _corrected(nquads: bytes) -> bytes:
    # The published contexts err in the name of XML Schema: no datatype is called like that.
    right = b"^^<http://www.w3.org/2001/XMLSchema#"
    return nquads.replace(b"^^<https://www.w3.org/2001/XMLSchema#", right).replace(b"^^<xsd:", right)


def _node(term: Term) -> rdflib.term.Node:
    if term.kind == "literal":
        return rdflib.Literal(term.value, term.language, term.datatype and rdflib.URIRef(term.datatype), False)
    return rdflib.BNode(term.value) if term.kind == "bnode" else rdflib.URIRef(term.value)


@pytest.mark.parametrize(
    "name",
    ["open-badges-3/complete.json", "open-badges-3/endorsement-valid.json", "clr-2/simple.json",
     "w3c-vc-2/credential-evidence-ok.json", "w3c-vc-2/credential-multi-language-name-ok.json",
     "w3c-vc-2/credential-status-ok.json"],
)  # fmt: skip
def test_terms_of_ours_say_what_the_published_contexts_say(name: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "samples" / name
    ours = statements(path, tmp_path)
    published = statements(path, tmp_path, "--contexts", str(shared / "contexts"))
    assert len(published)
    assert isomorphic(ours, published), set(to_isomorphic(ours)) ^ set(to_isomorphic(published))


@pytest.mark.parametrize("name", ["open-badges-3/complete.json", "elm3-edc/Sample-MC-Annex1-signed.jsonld"])
def test_issued_credential_given_to_load_is_told_to_be_one(name: str, shared: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    code = main(["elm", str(shared / "samples" / name), "--report", str(report)], io.BytesIO())
    told = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert code == 1
    assert any("issued to a learner: such are checked and never loaded" in entry.get("message", "") for entry in told)


def test_no_message_of_reading_names_an_option() -> None:
    # They are told by the commands, over HTTP and on pages, which have options of their own, or none.
    messages = "".join(path.read_text("utf-8") for path in (ROOT / "loaders" / "jsonld").glob("*.py"))
    assert " --" not in messages + (ROOT / "loaders" / "document_kinds.py").read_text("utf-8")
