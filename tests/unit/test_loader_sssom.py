"""The sssom format: rows become mappings with evidence and status; each fault is reported with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.loader_runs import MC, TYPE, Run, run

SSSOM = "https://w3id.org/sssom/"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
HEAD = """#curie_map:
#  ex: "https://example.org/"
#  escoskill: http://data.europa.eu/esco/skill/
#  orcid: "https://orcid.org/"
#license: "https://creativecommons.org/licenses/by/4.0/"
#mapping_set_id: "https://example.org/set"
#mapping_tool: hand
"""
COLUMNS = (
    "subject_id", "subject_label", "predicate_modifier", "predicate_id", "object_id", "mapping_justification",
    "confidence", "reviewer_id", "mapping_date", "match_string",
)  # fmt: skip
ROW = {
    "subject_id": "ex:1", "subject_label": "keeping bees", "predicate_id": "skos:closeMatch",
    "object_id": "escoskill:b",
    "mapping_justification": "semapv:LexicalMatching", "confidence": "0.75", "mapping_date": "2026-11-30",
    "match_string": r"bees|a \| b",
}  # fmt: skip


def load(tmp_path: Path, *rows: dict[str, str] | str, head: str = HEAD) -> Run:
    lines = [row if isinstance(row, str) else "\t".join(row.get(name, "") for name in COLUMNS) for row in rows]
    path = tmp_path / "set.sssom.tsv"
    path.write_text(head + "\n".join(["\t".join(COLUMNS), *lines]) + "\n", "utf-8")
    return run(tmp_path, "sssom", path)


def mapping(done: Run) -> str:
    [found] = {s for s, p, o in done.triples if p == TYPE and o == SSSOM + "Mapping"}
    return found


def test_a_row_becomes_a_mapping_in_the_graph_of_its_file(tmp_path: Path) -> None:
    done = load(tmp_path, ROW)
    assert (done.code, done.issues) == (0, [])
    assert done.graphs == {"http://localhost:8000/graph/set"}
    node = mapping(done)
    assert done.values(node, OWL + "annotatedSource") == {"https://example.org/1"}
    assert done.values(node, OWL + "annotatedProperty") == {SKOS + "closeMatch"}
    assert done.values(node, OWL + "annotatedTarget") == {"http://data.europa.eu/esco/skill/b"}
    assert done.values(node, SSSOM + "mapping_justification") == {"https://w3id.org/semapv/vocab/LexicalMatching"}
    assert done.values(node, SSSOM + "confidence") == {'"0.75"^^<http://www.w3.org/2001/XMLSchema#decimal>'}
    assert done.values(node, SSSOM + "match_string") == {'"bees"', '"a | b"'}
    assert done.values(node, SSSOM + "mapping_tool") == {'"hand"'}


def test_the_mapping_itself_is_not_stated(tmp_path: Path) -> None:
    assert {p for s, p, _ in load(tmp_path, ROW).triples if s == "https://example.org/1"} == set()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "proposed"),
        ({"reviewer_id": "orcid:0000-0001-2345-6789"}, "accepted"),
        ({"mapping_justification": "semapv:ManualMappingCuration"}, "accepted"),
        ({"predicate_modifier": "Not", "reviewer_id": "orcid:0000-0001-2345-6789"}, "rejected"),
    ],
)
def test_the_status_says_whether_a_person_has_looked(tmp_path: Path, change: dict[str, str], status: str) -> None:
    done = load(tmp_path, ROW | change)
    assert done.values(mapping(done), MC + "reviewStatus") == {f'"{status}"'}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW | {"object_id": ""}, "object_id is empty"),
        (ROW | {"object_id": "nope:1"}, "prefix of 'nope:1'"),
        (ROW | {"object_id": "plain"}, "prefix of 'plain'"),
        (ROW | {"object_id": "escoskill:a b"}, "does not make an IRI"),
        (ROW | {"confidence": "1.5"}, "confidence must be"),
        (ROW | {"confidence": "nan"}, "confidence must be"),
        (ROW | {"confidence": "high"}, "confidence must be"),
        (ROW | {"mapping_date": "30.11.2026"}, "mapping_date must be"),
        (ROW | {"predicate_modifier": "Maybe"}, "predicate_modifier must be Not"),
        ("ex:1\tskos:closeMatch", "2 cells for 10 columns"),
        (ROW, "line 9 states the same mapping"),
    ],
)
def test_a_malformed_row_is_reported_by_line_and_the_others_are_read(
    tmp_path: Path, row: dict[str, str] | str, words: str
) -> None:
    done = load(tmp_path, ROW, row, ROW | {"subject_id": "ex:3"})
    assert done.code == 1
    assert done.summary["mappings"] == 2
    [issue] = done.issues
    assert (issue["line"], issue["severity"]) == (10, "error")
    assert words in issue["message"]


def test_a_cell_that_goes_on_over_lines_does_not_move_the_line_of_a_fault(tmp_path: Path) -> None:
    done = load(tmp_path, ROW | {"subject_label": '"two\nlines"'}, ROW | {"subject_id": "nope:1"})
    assert [line for _, line, _ in done.said("error")] == [11]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "header row"),
        ("#only: this\n", "header row"),
        (HEAD + "subject_id\tobject_id\n", "predicate_id, mapping_justification are missing"),
        (HEAD + "\t".join(COLUMNS) + '\nex:1\t"open\n', "check the quotes"),
    ],
)
def test_a_file_that_is_no_mapping_set_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "set.sssom.tsv"
    path.write_text(text, "utf-8")
    done = run(tmp_path, "sssom", path)
    assert done.code == 2
    assert words in done.messages()


def test_a_set_without_licence_or_name_is_warned_about(tmp_path: Path) -> None:
    done = load(tmp_path, ROW, head='#curie_map:\n#  ex: "https://example.org/"\n#  escoskill: http://e.org/\n')
    assert {field for _, _, field in done.said("warning")} == {"mapping_set_id", "license"}


def test_what_the_linker_writes_is_read(tmp_path: Path) -> None:
    from tests.unit.test_sssom import LINKED, UNSURE, written

    path = tmp_path / "links.sssom.tsv"
    path.write_text(written(LINKED, UNSURE), "utf-8")
    done = run(tmp_path, "sssom", path)
    assert (done.code, done.summary["mappings"]) == (0, 2)
    assert {o for _, p, o in done.triples if p == OWL + "annotatedTarget"} == {
        "http://data.europa.eu/esco/skill/bees", SSSOM + "NoTermFound",
    }  # fmt: skip
