"""Shapes of others held to documents as they are: what SHACL says of each case, at the command, the API and the page.

The cases are in tests/data/shapes. What is right follows from the text of SHACL; `outcome` and the number of results
are those of plain pySHACL as well, but where a case says otherwise.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import rdflib
from fastapi.testclient import TestClient
from rdflib import RDF, SH
from typer.testing import CliRunner, Result

from service.app import create_app
from service.cli.main import app
from service.errors import InvalidArgument, ServiceError
from service.settings import Settings
from service.validation.brought_shapes.official import load_shapes
from service.validation.engines.engine import EngineName
from service.workers.check_program import Checker
from service.workers.check_task import CheckTask
from tests.conftest import PATIENCE, ROOT

pytestmark = pytest.mark.system

CASES = ROOT / "tests" / "data" / "shapes"
DOCUMENTS = ROOT / "tests" / "data" / "documents"


class Judged(NamedTuple):
    """What is right for a document and shapes: the outcome and the number of results."""

    data: str
    shapes: str
    outcome: str
    results: int = 0


JUDGED = [
    Judged("nested-d", "nested-s", "fails", 1),
    Judged("nestedt-d", "nested-s", "fails", 1),
    Judged("foreign-d", "foreign-s", "fails", 1),
    Judged("const-d", "const-s", "fails", 1),
    Judged("target-d", "targetNode-s", "fails", 1),
    Judged("target-d", "targetSubjectsOf-s", "fails", 1),
    Judged("target-d", "targetObjectsOf-s", "fails", 1),
    Judged("target-d", "implicit-s", "fails", 2),
    Judged("target-d", "nopath-s", "fails", 1),
    Judged("target-d", "nopath2-s", "fails", 1),
    Judged("target-d", "deact-s", "nothing-checked"),
    Judged("elm33-d", "elm33-s", "fails", 1),
    Judged("cls-d", "cls-s", "fails", 1),  # for mc:stackability, and not for a type
    Judged("blank-d", "blank-s", "fails", 2),
    Judged("blank-d", "blank2-s", "fails", 3),
    Judged("big-d", "extra-s", "conforms"),
    Judged("blank-d", "pfx-s", "fails", 1),  # SHACL §5.2.1; plain pySHACL does not follow owl:imports there
]
REFUSED = {
    "badq-s": "shape http://e/S: .*zz",
    "badq2-s": "shape http://e/S: its query cannot be used: line 1",
    "ill1-s": "in http://e/S: ill-formed sh:minCount.*'one'",
    "ill2-s": "in http://e/S: ill-formed sh:minCount: at most 1 value.*found 2",
    "af2-s": "shape http://e/S: sh:target .*not evaluated",
    "afrule2-s": "shape http://e/R: sh:rule .*not evaluated",
    "afjs-s": "shape http://e/S: sh:js .*not evaluated",
}
ENGINES: tuple[EngineName, ...] = ("fast", "reference", "both")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    shapes = ";".join(str(path) for path in sorted(CASES.glob("*-s.ttl")))
    return Settings(data=tmp_path_factory.mktemp("others") / "var", shapes=shapes, workers=1, **PATIENCE)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url=settings.base_url) as client:
        yield client


def check(settings: Settings, *words: object) -> Result:
    given = settings.model_dump(include=settings.model_fields_set)
    environment = {f"PINOAMO_{name.upper()}": str(value) for name, value in given.items()}
    return CliRunner().invoke(app, ["check", *map(str, words)], env=environment)


def answered(settings: Settings, task: CheckTask) -> dict[str, Any]:
    """Return what the process that checks answers to a task, without the process."""
    found: dict[str, Any] = json.loads(Checker(settings).answer(task, b"").body)
    return found


def verdict(answer: dict[str, Any]) -> tuple[str, int]:
    (found,) = answer["documents"][0]["verdicts"]
    return found["outcome"], len(found["elements"])


def data(name: str) -> Path:
    return CASES / f"{name}.ttl"


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: f"{case.data}-{case.shapes}")
def test_command_answers_what_is_right(case: Judged, settings: Settings) -> None:
    done = check(settings, data(case.data), "--shapes", data(case.shapes), "--format", "json")
    assert verdict(json.loads(done.stdout)) == (case.outcome, case.results)
    assert done.exit_code == (0 if case.outcome == "conforms" else 1)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", JUDGED, ids=lambda case: f"{case.data}-{case.shapes}")
def test_every_engine_answers_what_is_right(case: Judged, engine: EngineName, settings: Settings) -> None:
    task = CheckTask(shapes=[str(data(case.shapes))], paths=[str(data(case.data))], engine=engine)
    assert verdict(answered(settings, task)) == (case.outcome, case.results)


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: f"{case.data}-{case.shapes}")
def test_api_answers_what_is_right(case: Judged, client: TestClient) -> None:
    body, headers = data(case.data).read_bytes(), {"content-type": "text/turtle"}
    answer = client.post(f"/api/v1/validations?profile={case.shapes}", content=body, headers=headers)
    assert verdict(answer.json()) == (case.outcome, case.results)


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: f"{case.data}-{case.shapes}")
def test_page_answers_what_is_right(case: Judged, client: TestClient) -> None:
    form = {"text": data(case.data).read_text("utf-8"), "profile": case.shapes}
    page = client.post("/en/check", data=form, files={"file": ("", b"")}, headers={"accept": "text/html"}).text
    words = {"fails": "missing or wrong", "conforms": "Meets everything", "nothing-checked": "Nothing in it could be"}
    assert words[case.outcome] in page
    tables = (part.split("</table>")[0] for part in page.split('<table class="findings">')[1:])
    assert sum(table.count('<th scope="row">') for table in tables) == case.results


@pytest.mark.parametrize("name", REFUSED)
def test_shapes_that_cannot_be_used_are_refused_with_shape_and_reason(
    name: str, settings: Settings, client: TestClient
) -> None:
    done = check(settings, data("blank-d"), "--shapes", data(name))
    assert isinstance(done.exception, InvalidArgument)  # the program ends with 2 on these
    assert re.search(REFUSED[name], str(done.exception))
    headers = {"content-type": "text/turtle"}
    answer = client.post(f"/api/v1/validations?profile={name}", content=b"<urn:a> a <urn:b> .", headers=headers)
    assert answer.status_code == 422
    assert re.search(REFUSED[name], answer.json()["detail"])


ADVANCED = {
    "a rule of a class": "ex:C a rdfs:Class ; sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate ex:p ; "
    "sh:object 1 ] .",
    "a SPARQL target alone": 'ex:C sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this WHERE { ?this a ?t }" ] .',
    "an expression": "ex:C sh:targetClass ex:T ; sh:expression [ sh:path ex:p ] .",
    "a function that a query calls": 'ex:f a sh:SPARQLFunction ; sh:select "SELECT (1 AS ?r) WHERE {}" . '
    'ex:C sh:targetClass ex:T ; sh:sparql [ sh:select """SELECT $this WHERE { $this a ?t . '
    'FILTER (<http://e/f>() = 1) }""" ] .',
    "entailment": "<urn:o> sh:entailment <http://www.w3.org/ns/entailment/RDFS> .",
    "a component of DASH": "ex:C sh:targetClass ex:T ; sh:property [ sh:path ex:p ; "
    "<http://datashapes.org/dash#singleLine> true ] .",
    "SHACL 1.2": "ex:C sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:uniqueMembers true ] .",
}


@pytest.mark.parametrize("what", ADVANCED)
def test_what_is_not_evaluated_is_named_when_shapes_are_loaded(what: str, tmp_path: Path) -> None:
    path = tmp_path / "s.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
        "@prefix ex: <http://e/> . ex:S sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 0 ] . "
        + ADVANCED[what],
        "utf-8",
    )
    with pytest.raises(InvalidArgument, match=r"not evaluated here|nothing is inferred here"):
        load_shapes([path])


def report_of(done: Result) -> tuple[rdflib.Graph, list[rdflib.term.Node]]:
    graph = rdflib.Graph().parse(data=done.stdout, format="turtle")
    return graph, list(graph.objects(graph.value(None, RDF.type, SH.ValidationReport), SH.result))


def test_report_names_path_shape_message_and_severity_of_each_result(settings: Settings) -> None:
    graph, results = report_of(check(settings, data("blank-d"), "--shapes", data("blank-s"), "--format", "ttl"))
    paths = [graph.value(result, SH.resultPath) for result in results]
    chains = [[str(each) for each in graph.items(path)] for path in paths if isinstance(path, rdflib.BNode)]
    assert chains == [["http://e/p", "http://e/q"]]
    assert {str(graph.value(result, SH.resultMessage)) for result in results} == {"chain needed", "r needed"}
    assert len({graph.value(result, SH.sourceShape) for result in results}) == 2
    assert {graph.value(result, SH.resultSeverity) for result in results} == {SH.Violation}


def test_severity_of_ones_own_is_kept(settings: Settings, tmp_path: Path) -> None:
    shapes = tmp_path / "s.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://e/> . ex:S sh:targetClass ex:T ; "
        "sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:severity ex:Grave ] .",
        "utf-8",
    )
    graph, (result,) = report_of(check(settings, data("blank-d"), "--shapes", shapes, "--format", "ttl"))
    assert str(graph.value(result, SH.resultSeverity)) == "http://e/Grave"


@pytest.mark.parametrize("shapes", ["12-message-blank-shape", "12-message-named-shape"])
def test_message_is_that_of_the_shape_whether_it_has_a_name_or_not(shapes: str, settings: Settings) -> None:
    words = (DOCUMENTS / "09-targets-data.ttl", "--shapes", DOCUMENTS / f"{shapes}.ttl")
    assert "A course needs a learning outcome." in check(settings, *words).stdout


def test_text_speaks_of_values_by_their_place_and_never_by_the_label_of_a_blank_node(
    settings: Settings, tmp_path: Path
) -> None:
    document, shapes = tmp_path / "d.ttl", tmp_path / "s.ttl"
    document.write_text("@prefix ex: <http://e/> . ex:c a ex:T ; ex:opens [ ex:at 8 ] , [ ex:at 9 ] .", "utf-8")
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://e/> . ex:S sh:targetClass ex:T ; "
        "sh:property [ sh:path ex:opens ; sh:nodeKind sh:IRI ; sh:property [ sh:path ex:closesAt ; sh:minCount 1 ] ] .",
        "utf-8",
    )
    text = check(settings, document, "--shapes", shapes).stdout
    assert "http://e/c › opens 1" in text
    assert "at least 1 value of closes at; found 0" in text
    assert "_:" not in text


@pytest.mark.parametrize(
    ("documents", "shapes", "code"),
    [
        ("01-elm33-data", "01-elm33-shapes", 0),
        ("09-targets-data", "09-targets-shapes", 0),
    ],
)
def test_documents_of_practice(documents: str, shapes: str, code: int, settings: Settings) -> None:
    words = (DOCUMENTS / f"{documents}.ttl", "--shapes", DOCUMENTS / f"{shapes}.ttl")
    assert check(settings, *words).exit_code == code


def test_archive_in_which_nothing_can_be_read_says_so(settings: Settings) -> None:
    done = check(settings, DOCUMENTS / "05-only-xml.zip")
    assert done.exit_code == 1
    assert "nothing in it can be read" in done.stdout


def test_deactivated_shape_checks_nothing_and_the_answer_says_what_there_is(shared: Path, settings: Settings) -> None:
    shapes = shared / "elm" / "3.2.0" / "loq" / "LOQ-constraints.ttl"
    done = check(settings, DOCUMENTS / "11-bare-las.ttl", "--shapes", shapes)
    assert done.exit_code == 1
    assert "Nothing in it could be checked" in done.stdout
    assert "LearningAchievementSpecification" in done.stdout


FORMATS = {"nt": "nt", "nq": "nquads", "trig": "trig", "rdf": "xml", "jsonld": "json-ld", "ttl": "turtle"}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("ending", FORMATS)
def test_shapes_are_read_in_every_syntax(ending: str, packed: bool, settings: Settings, tmp_path: Path) -> None:
    dataset = rdflib.Dataset(default_union=True)
    dataset.default_graph.parse(data("blank2-s"))
    graph = dataset if ending in ("nq", "trig") else dataset.default_graph
    text = graph.serialize(format=FORMATS[ending]).encode()
    path = tmp_path / f"shapes.{ending}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(text) if packed else text)
    task = CheckTask(shapes=[str(path)], paths=[str(data("blank-d"))], engine="fast")
    assert verdict(answered(settings, task)) == ("fails", 3)


def test_background_tells_of_classes_and_code_lists(settings: Settings, tmp_path: Path) -> None:
    shapes, background = tmp_path / "s.ttl", tmp_path / "b.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://e/> . ex:S sh:targetClass ex:Thing ; "
        "sh:property [ sh:path ex:q ; sh:class ex:Code ] .",
        "utf-8",
    )
    background.write_text(
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix ex: <http://e/> . "
        "ex:T rdfs:subClassOf ex:Thing . ex:a a ex:Code .",
        "utf-8",
    )
    alone = check(settings, data("target-d"), "--shapes", shapes, "--format", "json")
    told = check(settings, data("target-d"), "--shapes", shapes, "--background", background, "--format", "json")
    assert verdict(json.loads(alone.stdout)) == ("nothing-checked", 0)
    assert verdict(json.loads(told.stdout)) == ("conforms", 0)


def test_background_without_shapes_of_others_is_a_wrong_call(settings: Settings) -> None:
    done = check(settings, data("target-d"), "--background", data("target-d"))
    assert isinstance(done.exception, ServiceError)
