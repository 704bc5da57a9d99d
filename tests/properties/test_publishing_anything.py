"""Whatever statements came past the gate, a release can be made of them and read: no odd one stops the rest."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.app import create_app
from service.releases.releases import damaged_files
from service.settings import Settings
from tests.support.serving import publish

pytestmark = pytest.mark.system

BASE = "http://localhost:8000"
MC, ELM = "https://w3id.org/pinoamo/ns#", "http://data.europa.eu/snb/model/elm/"
ESCO, SKOS = "http://data.europa.eu/esco/model#", "http://www.w3.org/2004/02/skos/core#"
DCTERMS, RDF = "http://purl.org/dc/terms/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD, ROV = "http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/ns/regorg#"


def _all(namespace: str, names: str) -> list[str]:
    return [f"<{namespace}{name}>" for name in names.split()]


NODES = [*_all(f"{BASE}/id/", "credential/a credential/b skill/s"), "<urn:x>", "<x:>", "_:b", "_:c"]
CLASSES = [
    *_all(MC, "MicroCredential DegreeProgramme ProgrammeModule AllOf Filter CountRequirement"),
    *_all(ELM, "LearningOutcome Organisation CreditPoint AwardingOpportunity"),
    *_all(ESCO, "Skill Occupation"), *_all(SKOS, "Concept ConceptScheme"), "<urn:y>", "_:d", '"no class"',
]  # fmt: skip
PREDICATES = [
    *_all(MC, "prerequisite requirement part filter credential minimum stackability skill"),
    *_all(ELM, "learningOutcome relatedESCOSkill creditPoint point framework volumeOfLearning EQFLevel mode provenBy"),
    *_all(ELM, "accreditation awardingOpportunity awardingBody location countryCode"),
    *_all(DCTERMS, "title description language modified isPartOf type identifier"),
    *_all(SKOS, "prefLabel altLabel broader inScheme notation"),
    *_all(ESCO, "relatedEssentialSkill relatedOptionalSkill"), f"<{ROV}legalName>", f"<{RDF}value>", "<urn:p>", "<x:>",
]  # fmt: skip
LITERALS = [
    '""', '"text"', '"teksti"@fi', '"x"@sr-Latn-RS', '"5"', '"5.5"', '"-1"', '"NaN"', '"1e400"', '"٣"',
    *(f'"{value}"^^<{XSD}decimal>' for value in ("five", "INF", "5.", "+07.50", "1e5")),
    *(f'"{value}"^^<{XSD}integer>' for value in ("9" * 40, "-0", "five")),
    *(f'"{value}"^^<{XSD}duration>' for value in ("PT135H", "P", "-P3Y", "135 hours")),
    *(f'"{value}"^^<{XSD}date>' for value in ("2026-02-30", "-0044-03-15", "12026-01-01", "soon")),
    '"x"^^<urn:datatype>', '"\\u0000\\u0001"', '"<script>"', '"a\\tb\\nc"',
]  # fmt: skip

typed = st.tuples(st.sampled_from(NODES), st.just(f"<{RDF}type>"), st.sampled_from(CLASSES))
said = st.tuples(st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from([*NODES, *CLASSES, *LITERALS]))
graphs = st.dictionaries(
    st.sampled_from([f"{BASE}/graph/one", "http://elsewhere.example/graph", "urn:g"]),
    st.lists(st.one_of(typed, said), min_size=1, max_size=40),
    min_size=1,
)


@given(graphs)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_any_statements_make_a_release_that_can_be_read(statements: dict[str, list[tuple[str, str, str]]]) -> None:
    texts = {graph: "\n".join(" ".join(each) + " ." for each in lines) for graph, lines in statements.items()}
    with TemporaryDirectory() as folder:
        own = Settings(data=Path(folder), base_url=BASE, workers=1)
        release = publish(own, texts)
        assert damaged_files(release) == ()
        with TestClient(create_app(own)) as client:
            ask_for_everything(client)


def ask_for_everything(client: TestClient) -> None:
    """Ask for whatever a release is asked for: nothing may fail."""
    page = client.get("/api/v1/credentials", params={"limit": 100})
    assert page.status_code == 200
    assert page.json()["total"] == len(page.json()["items"])
    addresses = ["/en/", "/en/search?q=te", "/void", "/catalog", "/dumps/1/", "/dumps/1/pinoamo.ttl.gz"]
    addresses += [f"/api/v1/{kind}" for kind in ("programmes", "occupations", "providers", "skills")]
    addresses += ["/api/v1/search?q=te", "/api/v1/suggest?q=te", "/api/v1/queries/credential-facets"]
    for item in page.json()["items"]:
        key = quote(item["id"], safe="")
        addresses += [f"/resource?uri={key}", f"/en/resource?uri={key}"]
        addresses += [f"/api/v1/credentials/{key}{part}" for part in ("", "/skills", "/programmes", "/prerequisites")]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.text)
    path = client.post("/api/v1/paths", json={"target": {"skills": [f"{BASE}/id/skill/s"]}, "held": []})
    assert path.status_code < 500, path.text
