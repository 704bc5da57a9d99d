"""Nobody writes about another's things: what a key bound to one source may say, at every door, against a server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from service.settings import Settings
from service.writing.keys import KeyRing
from tests.support.serving import publish, running
from tests.support.writing import TURTLE, bearer, turtle

BASE = "http://data.example"
ESCO = "http://data.europa.eu/esco"
ELM = "http://data.europa.eu/snb/model/elm/"
MC = "https://w3id.org/pinoamo/ns#"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
PREF_LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
LEGAL_NAME = "<http://www.w3.org/ns/regorg#legalName>"
TITLE = "<http://purl.org/dc/terms/title>"
CREDENTIAL, DEGREE = f"{BASE}/id/credential/official", f"{BASE}/id/programme/degree"
ORGANISATION, OCCUPATION, SKILL = "http://official.example/", f"{ESCO}/occupation/o1", f"{ESCO}/skill/s1"
OTHERS = f"{BASE}/id/credential/others"
GRAPHS = {
    f"{BASE}/graph/official": f"""
<{CREDENTIAL}> {RDF_TYPE} <{MC}MicroCredential> .
<{CREDENTIAL}> {TITLE} "True title"@en .
<{DEGREE}> {RDF_TYPE} <{MC}DegreeProgramme> .
<{DEGREE}> {TITLE} "Degree"@en .
<{ORGANISATION}> {RDF_TYPE} <{ELM}Organisation> .
<{ORGANISATION}> {LEGAL_NAME} "True name"@en .
<{OCCUPATION}> {RDF_TYPE} <http://data.europa.eu/esco/model#Occupation> .
<{OCCUPATION}> {PREF_LABEL} "guard"@en .
<{SKILL}> {RDF_TYPE} <http://www.w3.org/2004/02/skos/core#Concept> .
<{SKILL}> {PREF_LABEL} "guarding"@en .
"""
}
# One statement each, in N-Triples, that changes what everybody sees of a thing that is another's.
STATEMENTS = {
    "a title": f'<{CREDENTIAL}> {TITLE} "Stolen"@en .',
    "the title of another key's record": f'<{OTHERS}> {TITLE} "Stolen"@en .',
    "a part of another's record": f'<{CREDENTIAL}#offer> {TITLE} "Stolen"@en .',
    "an offer of another's record": f"<{BASE}/graph/a#offer> <{ELM}learningAchievementSpecification> <{CREDENTIAL}> .",
    "an organisation's name": f'<{ORGANISATION}> {LEGAL_NAME} "Stolen"@en .',
    "an ESCO label": f'<{SKILL}> {PREF_LABEL} "stolen"@en .',
    "the label of an ESCO concept that is not loaded": f'<{ESCO}/skill/s2> {PREF_LABEL} "stolen"@en .',
    "a degree's requirement": f"<{DEGREE}> <{MC}requirement> <{DEGREE}#stolen> .",
    "a class of all": f"<{ELM}Qualification> <{RDFS}subClassOf> <{MC}DegreeProgramme> .",
    "another spelling of a name": f'<{BASE}/id/credential/%6Ffficial> {TITLE} "Stolen"@en .',
    "a name of the service": f'<{BASE}/graph/official> {TITLE} "Stolen"@en .',
}
EVERY = ["credentials:write", "imports:write", "update", "graphs"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(
        data=tmp_path_factory.mktemp("data"), base_url=BASE, workers=1, keep_releases=200, confirm_share=0,
    )  # fmt: skip
    publish(found, GRAPHS)
    return found


@pytest.fixture(scope="module")
def tokens(settings: Settings) -> dict[str, str]:
    ring = KeyRing(settings)
    return {
        "a": ring.create("a", EVERY, "a"),
        "b": ring.create("b", EVERY, "b"),
        "named": ring.create("named", EVERY, "named", namespaces=["http://named.example/"]),
        "full": ring.create("full", EVERY),
    }


@pytest.fixture(scope="module")
def client(settings: Settings, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    with running(settings) as address, httpx.Client(base_url=address, timeout=600) as found:
        found.headers.update(bearer(tokens["a"]))
        answer = put_record(found, OTHERS, turtle(provider="http://b.example/"), **bearer(tokens["b"]))
        assert answer.status_code == 201, answer.text
        yield found


def put_record(client: httpx.Client, iri: str, body: str, **headers: str) -> httpx.Response:
    return client.put(
        f"/api/v1/credentials/{quote(iri, safe='')}" if not iri.startswith(f"{BASE}/id/credential/")
        else f"/api/v1/credentials/{iri.rpartition('/')[2]}",
        content=body, headers={**TURTLE, **headers},
    )  # fmt: skip


def update(client: httpx.Client, graph: str, text: str, **headers: str) -> httpx.Response:
    body = f"INSERT DATA {{ GRAPH <{BASE}/graph/{graph}> {{ {text} }} }}"
    return client.post("/sparql/update", content=body, headers={"Content-Type": "application/sparql-update", **headers})


def post_graph(client: httpx.Client, graph: str, text: str, **headers: str) -> httpx.Response:
    return client.post(f"/graph/{graph}", content=text, headers={**TURTLE, **headers})


def put_graph(client: httpx.Client, graph: str, text: str, **headers: str) -> httpx.Response:
    return client.put(f"/graph/{graph}", content=text, headers={**TURTLE, **headers})


def imported(client: httpx.Client, source: str, text: str, **headers: str) -> tuple[dict[str, object], str]:
    """Import a catalogue; return the job when it has ended and is served, and its report."""
    answer = client.post(
        "/api/v1/imports", params={"format": "elm", "source": source}, content=text, headers={**TURTLE, **headers}
    )
    assert answer.status_code == 202, answer.text
    job_address = answer.headers["location"].removeprefix(BASE)
    deadline = time.monotonic() + 600
    while True:
        job = client.get(job_address, headers=headers).json()
        if job["ended"] and (not job["release"] or job["release"]["published"]):
            return job, client.get(f"{job_address}/report", headers=headers).text
        assert time.monotonic() < deadline, job
        time.sleep(0.05)


def holds(client: httpx.Client, graph: str, pattern: str) -> bool:
    query = f"ASK {{ GRAPH <{BASE}/graph/{graph}> {{ {pattern} }} }}"
    found: bool = client.get("/sparql", params={"query": query}).json()["boolean"]
    return found


# --- what is another's, at every door ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("write", [update, post_graph, put_graph], ids=["update", "POST", "PUT"])
def test_a_bound_key_says_nothing_of_what_is_anothers(
    client: httpx.Client, write: Callable[..., httpx.Response], name: str
) -> None:
    answer = write(client, "a", STATEMENTS[name])
    assert answer.status_code == 403, answer.text
    found = answer.json()
    assert found["type"] == f"{BASE}/problems/not-permitted"
    assert STATEMENTS[name].split()[0] in found["detail"]
    assert not holds(client, "a", STATEMENTS[name])


def test_an_import_says_nothing_of_what_is_anothers_and_its_report_names_each_statement(client: httpx.Client) -> None:
    own = turtle(provider="http://a.example/").replace("<>", "<http://e/own>").replace("<#", "<http://e/own#")
    job, report = imported(client, "a", own + "\n".join(STATEMENTS.values()))
    assert job["state"] == "finished", job
    assert job["stored"], report
    assert holds(client, "a", f"<http://e/own> {RDF_TYPE} <{MC}MicroCredential>")
    entries = [json.loads(line) for line in report.splitlines()]
    told = " ".join(finding["value"] for entry in entries for finding in entry.get("findings", ()))
    for name, statement in STATEMENTS.items():
        assert not holds(client, "a", statement), name
        assert " ".join(statement.split()[:2]) in told, name


def test_a_record_of_an_import_that_says_something_of_anothers_is_refused_with_the_statement(
    client: httpx.Client,
) -> None:
    record = turtle(provider=ORGANISATION, name="Stolen").replace("<>", "<http://e/r>").replace("<#", "<http://e/r#")
    job, report = imported(client, "a", record)
    assert (job["records"], job["stored"]) == ({"refused": 1}, False)
    assert "True name" not in report
    assert "Stolen" in report
    assert not holds(client, "a", f"<{ORGANISATION}> ?p ?o")


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_record_says_nothing_of_what_is_anothers(client: httpx.Client, name: str) -> None:
    body = turtle(provider="http://a.example/", more=STATEMENTS[name])
    answer = put_record(client, f"{BASE}/id/credential/greedy", body)
    assert answer.status_code == 422, answer.text
    assert client.get("/api/v1/credentials/greedy").status_code == 404


def test_a_record_renames_no_organisation_that_another_describes(client: httpx.Client, tokens: dict[str, str]) -> None:
    for organisation in (ORGANISATION, "http://b.example/"):
        answer = put_record(client, f"{BASE}/id/credential/renames", turtle(provider=organisation, name="Stolen"))
        assert answer.status_code == 422, answer.text
        assert organisation in answer.json()["detail"]
    same = turtle(provider="http://b.example/")
    assert put_record(client, f"{BASE}/id/credential/names", same).status_code == 201
    assert not holds(client, "a", "<http://b.example/> ?p ?o")  # else b could not change it
    renamed = turtle(provider="http://b.example/", name="New name")
    assert put_record(client, OTHERS, renamed, **bearer(tokens["b"])).status_code == 200
    pattern = f"?c {TITLE} ?t"
    text = f"""WITH <{BASE}/graph/a> DELETE {{ {pattern} }} INSERT {{ ?c {TITLE} 'Other'@en }}
        WHERE {{ VALUES ?c {{ <{BASE}/id/credential/names> }} {pattern} }}"""
    answer = client.post("/sparql/update", content=text, headers={"Content-Type": "application/sparql-update"})
    assert answer.status_code == 200, answer.text  # the gate knows the organisation still


@pytest.mark.parametrize("iri", [OCCUPATION, SKILL, DEGREE, ORGANISATION, CREDENTIAL, f"{ESCO}/skill/new", ELM[:-1]])
@pytest.mark.parametrize("key", ["a", "named"])
def test_what_another_describes_does_not_become_a_record(
    client: httpx.Client, tokens: dict[str, str], iri: str, key: str
) -> None:
    answer = put_record(client, iri, turtle(provider="http://a.example/"), **bearer(tokens[key]))
    assert answer.status_code in (403, 422), answer.text
    assert not holds(client, key, f"<{iri}> ?p ?o")


def test_an_occupation_stays_one_whoever_writes(client: httpx.Client, tokens: dict[str, str]) -> None:
    answer = put_record(client, OCCUPATION, turtle(), **bearer(tokens["full"]))
    assert answer.status_code == 403, answer.text
    assert client.get("/api/v1/occupations/o1").status_code == 200


# --- what no catalogue holds ------------------------------------------------------------------------------------------


def test_what_says_anything_of_a_person_is_left_out_of_bodies_and_reported(client: httpx.Client) -> None:
    given = "<https://schema.org/givenName>"
    put = put_record(
        client, f"{BASE}/id/credential/personal", turtle(provider="http://a.example/", more=f"<> {given} 'Mx'.")
    )
    assert put.status_code == 201, put.text
    posted = post_graph(client, "a", f"<{BASE}/id/credential/personal#note> {given} 'Mx' .")
    assert posted.status_code == 200, posted.text
    for issues in (put.json()["documents"][0]["issues"], posted.json()["issues"]):
        (issue,) = [issue for issue in issues if issue["severity"] == "warning"]
        assert given[1:-1] in issue["message"]
    answer = update(client, "a", f"<{BASE}/id/credential/personal#note> {given} 'Mx' .")
    assert answer.status_code == 422, answer.text
    assert given[1:-1] in answer.json()["detail"]
    assert not holds(client, "a", f"?thing {given} ?name")


# --- what is one's own ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [update, post_graph], ids=["update", "POST"])
def test_a_key_says_what_it_likes_of_what_is_below_its_prefix(
    client: httpx.Client, tokens: dict[str, str], write: Callable[..., httpx.Response]
) -> None:
    for key, graph, status in (("named", "named", (200, 201)), ("a", "a", (403,)), ("b", "b", (403,))):
        text = f'<http://named.example/{write.__name__}> {TITLE} "By {key}"@en .'
        answer = write(client, graph, text, **bearer(tokens[key]))
        assert answer.status_code in status, answer.text


def test_nobody_else_takes_a_name_below_a_registered_prefix(client: httpx.Client) -> None:
    answer = put_record(client, "http://named.example/course", turtle(provider="http://a.example/"))
    assert answer.status_code == 403, answer.text


def test_what_others_say_may_be_repeated_and_is_not_stored_twice(client: httpx.Client) -> None:
    repeated = f'<{CREDENTIAL}> {TITLE} "True title"@en . <{SKILL}> {PREF_LABEL} "guarding"@en .'
    for write in (update, post_graph):
        answer = write(client, "a", repeated)
        assert (answer.status_code, answer.json()["status"]) == (200, "unchanged"), answer.text
    assert not holds(client, "a", f"<{CREDENTIAL}> ?p ?o")


def test_a_key_of_the_operator_keeps_its_power(client: httpx.Client, tokens: dict[str, str]) -> None:
    text = f'<{DEGREE}> <http://purl.org/dc/terms/description> "By the operator"@en .'
    assert update(client, "ours", text, **bearer(tokens["full"])).status_code == 200
    assert holds(client, "ours", text)


@pytest.mark.parametrize("graph", ["%64erived", "%76ocabulary", "%61"])
def test_another_spelling_of_a_graph_is_no_other_graph(
    client: httpx.Client, tokens: dict[str, str], graph: str
) -> None:
    text = f'<http://x/y> {TITLE} "x" .'
    assert update(client, graph, text, **bearer(tokens["full"])).status_code == 403
    answer = client.put(
        "/graphs", params={"graph": f"{BASE}/graph/{graph}"}, content=text, headers={**TURTLE, **bearer(tokens["full"])}
    )
    assert answer.status_code == 403, answer.text


@pytest.mark.parametrize(
    "iri", ["javascript:alert(1)", "data:text/html,x", "file:///etc/x", "HTTP://e/x", "http://E/x", "http://e/%7ex",
            "http://e:80/x", "http://e/a/../x", "tag:e,2024:x"],
)  # fmt: skip
def test_a_record_has_a_name_in_normal_form(client: httpx.Client, iri: str) -> None:
    answer = put_record(client, iri, turtle(provider="http://a.example/"))
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == f"{BASE}/problems/invalid-argument"
