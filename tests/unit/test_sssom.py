"""Links written as SSSOM: what each rests on, a row where nothing is sure, and a reader by others that accepts them."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
import sssom_pydantic
import yaml

from service.linking.linker.concepts import Concept, Label
from service.linking.linker.linker import Link, Linked
from service.linking.linker.to_sssom import SLOTS, MappingSet, sssom_lines, text_key

ABOUT = MappingSet("https://example.org/mappings/1", "", "1.1.1", "abc", "2026-11-30")
BEES = Concept("http://data.europa.eu/esco/skill/bees", "skill", (Label("en", "keep bees", 0),))
LINK = Link(BEES, 2.0, 0.88, "label", "keep | bees", "en", (6, 15), {"any_window": 0.91})
LINKED = Linked('learn\tto\n"keep bees"', "en", False, (LINK,))
UNSURE = Linked("something else", "en", True, (LINK,))


def written(*results: Linked) -> str:
    return "".join(sssom_lines(ABOUT, results))


def rows(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("".join(lines)), delimiter="\t"))


def test_a_link_says_what_it_rests_on() -> None:
    [row] = rows(written(LINKED))
    assert tuple(row) == SLOTS
    assert row["subject_label"] == 'learn to "keep bees"'
    assert (row["object_id"], row["object_label"]) == ("escoskill:bees", "keep bees")
    assert (row["predicate_id"], row["mapping_justification"]) == ("skos:closeMatch", "semapv:LexicalMatching")
    assert (row["confidence"], row["similarity_score"]) == ("0.88", "0.91")
    assert row["match_string"] == r"keep \| bees"
    assert (row["object_source_version"], row["mapping_date"]) == ("1.1.1", "2026-11-30")
    assert row["mapping_tool_version"].endswith("/abc")


def test_a_text_without_a_sure_link_has_a_row_that_says_so() -> None:
    [row] = rows(written(UNSURE))
    assert row["object_id"] == "sssom:NoTermFound"
    assert row["confidence"] == ""
    assert "0.88" in row["comment"]


def test_every_prefix_is_declared_and_the_head_is_yaml() -> None:
    text = written(LINKED, UNSURE)
    head = yaml.safe_load("\n".join(line[1:] for line in text.splitlines() if line.startswith("#")))
    assert head["mapping_set_id"] == ABOUT.iri
    slots = ("subject_id", "predicate_id", "object_id", "mapping_justification")
    used = {row[slot].partition(":")[0] for row in rows(text) for slot in slots}
    assert used <= set(head["curie_map"])


def test_the_same_text_is_the_same_subject() -> None:
    found = [row["subject_id"] for row in rows(written(LINKED, LINKED, UNSURE))]
    assert found[0] == found[1] != found[2]
    assert found[0] == f"text:{text_key(LINKED.text)}"


@pytest.mark.parametrize("text", ["", "#hash", "a|b", '"', "\u202eabc", unicodedata.normalize("NFD", "ä"), "\x00"])
def test_odd_texts_stay_one_row(text: str) -> None:
    [row] = rows(written(Linked(text, "", True, ())))
    assert row["object_id"] == "sssom:NoTermFound"


def test_a_reader_of_others_accepts_it(tmp_path: Path) -> None:
    path = tmp_path / "links.sssom.tsv"
    path.write_text(written(LINKED, UNSURE), "utf-8")
    mappings, *_, errors = sssom_pydantic.read(path, return_errors=True)
    assert errors == []
    assert [mapping.object.curie for mapping in mappings] == ["escoskill:bees", "sssom:NoTermFound"]
    assert mappings[0].confidence == 0.88
