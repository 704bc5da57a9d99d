"""The `table` loader on cells as real catalogues have them: prose, HTML, capitals, repeated rows, zero credits."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.table.plain_text import plain_text
from tests.support.loader_runs import DATA, DCTERMS, ELM, MC, Run, run

X = "http://localhost:8000/id/credential/x"


def load(tmp_path: Path, text: str) -> Run:
    """Load a CSV file of this content."""
    source = tmp_path / "courses.csv"
    source.write_text(text, "utf-8")
    return run(tmp_path, "table", source, "--vocabulary", DATA / "codes")


def load_cell(tmp_path: Path, column: str, value: str, *more: tuple[str, str]) -> Run:
    """Load one row with an id, a title and the given cells."""
    cells = [("id", "x"), ("title@fi", "X"), (column, value), *more]
    quoted = ['"' + cell.replace('"', '""') + '"' for _, cell in cells]
    return load(tmp_path, ",".join(name for name, _ in cells) + "\n" + ",".join(quoted) + "\n")


@pytest.mark.parametrize(
    "prose", ["Basic knowledge of programming is useful", "Nessuno", "None.", "Statistics.", "Two\nlines"]
)
def test_prerequisites_that_read_like_prose_become_the_entry_requirement(tmp_path: Path, prose: str) -> None:
    loaded = load_cell(tmp_path, "prerequisites", prose)
    written = prose.replace("\n", "\\n")
    assert loaded.values(X, ELM + "entryRequirement") == {X + "#entry"}
    assert loaded.values(X + "#entry", ELM + "noteLiteral") == {f'"{written}"@und'}
    assert loaded.values(X, MC + "prerequisite") == set()
    assert loaded.said("warning") == [("courses.csv", 2, "prerequisites")]


def test_ids_beside_prose_stay_prerequisites(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "prerequisites", "data ethics|You should like numbers a lot")
    assert loaded.values(X + "#prerequisite-filter", MC + "credential") == {
        "http://localhost:8000/id/credential/data%20ethics"
    }
    assert loaded.values(X + "#entry", ELM + "noteLiteral") == {'"You should like numbers a lot"@und'}


def test_entry_requirement_has_columns_of_its_own_by_language(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "entry_requirement@fi", "Perusteet", ("entry_requirement", "Basics"))
    assert loaded.values(X + "#entry", ELM + "noteLiteral") == {'"Perusteet"@fi', '"Basics"@und'}
    assert loaded.issues == []


def test_zero_credits_beside_hours_are_not_stated_with_a_warning(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "ects", "0.0", ("workload_hours", "40"))
    assert loaded.values(X, ELM + "creditPoint") == set()
    assert loaded.said("warning") == [("courses.csv", 2, "ects")]


def test_zero_credits_alone_are_what_the_source_states(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "ects", "0")
    assert loaded.values(X + "#credit", ELM + "point") == {'"0"'}


@pytest.mark.parametrize("word", ["-", "–", "n/a", "N/A"])
@pytest.mark.parametrize("column", ["ects", "eqf_level", "accreditor", "start"])
def test_sign_for_nothing_is_read_as_an_empty_cell(tmp_path: Path, column: str, word: str) -> None:
    filled, empty = load_cell(tmp_path, column, word), load_cell(tmp_path, column, "")
    assert (filled.text, filled.issues) == (empty.text, [])


@pytest.mark.parametrize("word", ["none", "Nessuna"])
def test_no_quality_assurance_is_no_type_of_quality_assurance(tmp_path: Path, word: str) -> None:
    assert load_cell(tmp_path, "quality_assurance", word).values(X, ELM + "accreditation") == set()


def test_same_row_again_is_merged_with_a_note_and_another_one_is_refused(tmp_path: Path) -> None:
    merged = load(tmp_path, "id,title@en,ects\nx,X,5\nx,X,5\n")
    assert (merged.code, merged.said("info")) == (0, [("courses.csv", 3, "id")])
    assert "courses.csv:2" in merged.messages("info")
    assert load(tmp_path, "id,title@en,ects\nx,X,5\nx,X,6\n").said("error") == [("courses.csv", 3, "id")]


def test_title_all_in_capitals_is_told_and_kept(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "title@en", "COPYRIGHT AND ADVERTISING LAW")
    assert '"COPYRIGHT AND ADVERTISING LAW"@en' in loaded.values(X, DCTERMS + "title")
    assert loaded.said("warning") == [("courses.csv", 2, "title@en")]


def test_html_becomes_text_with_a_note(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "description@en", "<p>Law &amp; order</p>\n<p>in <b>Pavia</b></p>")
    assert loaded.values(X, DCTERMS + "description") == {'"Law & order\\nin Pavia"@en'}
    assert loaded.said("info") == [("courses.csv", 2, "description@en")]


def test_items_of_a_list_are_outcomes(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "learning_outcomes@en", "<ul>\n<li>reads</li>\n<li>writes</li></ul>")
    assert loaded.values(X, ELM + "learningOutcome") == {X + "#outcome-1", X + "#outcome-2"}
    assert loaded.values(X + "#outcome-2", DCTERMS + "title") == {'"writes"@en'}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a&nbsp;b &eacute; &#233; &#xe9;", "a\u00a0b é é é"),
        ("&lt;p&gt;twice encoded&lt;/p&gt;", "twice encoded"),
        ("<p>The &lt;b&gt; tag</p>", "The <b> tag"),
        ("line<br>line<br/>line", "line\nline\nline"),
        ("<p>seen</p><script>alert(1)</script><!-- not <p>seen</p> -->", "seen"),
        ("<p>never closed <!-- comment", "never closed"),
        ("<p class='a' onclick=\"x()\">text</p>", "text"),
        ("std::vector<int> & a < b > c", "std::vector<int> & a < b > c"),
        ("R&D, AT&T; &unknown;", "R&D, AT&T; &unknown;"),
        ("one\n      two\n\n\n\n      three", "one\ntwo\n\nthree"),
        ("<p></p>", ""),
    ],
)
def test_text_is_what_a_browser_would_show(source: str, text: str) -> None:
    assert plain_text(source)[0] == text


@pytest.mark.parametrize("piece", ["<", "<!--", "<p ", "<a <", "&", "<script>", "</p><!--"])
def test_cell_of_broken_html_costs_no_more_than_its_length(piece: str) -> None:
    text, _ = plain_text("</p>" + piece * 200_000)
    assert len(text) <= 200_000 * len(piece)


def test_term_place_and_homepage_of_the_provider_stand_where_the_model_has_them(tmp_path: Path) -> None:
    more = (("place@it", "Pavia"), ("provider", "u"), ("provider_homepage", "https://u.example/"))
    loaded = load_cell(tmp_path, "term", "Semester 1", *more)
    offer, page = X + "#offer", "http://localhost:8000/id/organisation/u#homepage"
    (note,), (place,) = loaded.values(offer, ELM + "scheduleInformation"), loaded.values(offer, ELM + "location")
    assert loaded.values(note, ELM + "noteLiteral") == {'"Semester 1"@und'}
    assert loaded.values(place, ELM + "geographicName") == {'"Pavia"@it'}
    assert loaded.values("http://localhost:8000/id/organisation/u", "http://xmlns.com/foaf/0.1/homepage") == {page}
    assert loaded.issues == []


def test_delivery_hours_are_contact_hours_and_no_workload(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "delivery_hours", "24,5")
    (activity,) = loaded.values(X, ELM + "influencedBy")
    assert loaded.values(activity, ELM + "contactHour") == {'"24.5"'}
    assert loaded.values(X, ELM + "volumeOfLearning") == set()


def test_keywords_are_texts_each_on_its_own(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "keywords", "law | media", ("keywords@it", "diritto"))
    assert loaded.values(X, ELM + "category") == {'"law"@und', '"media"@und', '"diritto"@it'}


def test_weights_go_to_the_assessments_of_the_same_position(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "assessment_weights", "60 %|40", ("assessment", "portfolio|oral examination"))
    weights = {one: loaded.values(one, MC + "assessmentWeight") for one in (X + "#assessment", X + "#assessment-2")}
    decimal = "^^<http://www.w3.org/2001/XMLSchema#decimal>"
    assert [*weights.values()] == [{f'"60"{decimal}'}, {f'"40"{decimal}'}]


def test_weights_that_nobody_can_assign_are_left_out_and_told(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "assessment_weights", "60|40", ("assessment", "portfolio"))
    assert loaded.values(X + "#assessment", MC + "assessmentWeight") == set()
    assert loaded.said("error") == [("courses.csv", 2, "assessment_weights")]


@pytest.mark.parametrize("word", ["draft", "Archived", "BOZZA"])
def test_draft_is_not_published_and_that_is_noted(tmp_path: Path, word: str) -> None:
    loaded = load(tmp_path, f"id,title@fi,status\nx,X,{word}\nx,X,Published\n")
    assert (loaded.code, [*loaded.records.values()]) == (0, ["courses.csv:3"])
    assert loaded.said("info") == [("courses.csv", 2, "status")]


def test_status_that_nobody_knows_is_told_and_the_row_read(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "status", "pending review")
    assert (len(loaded.records), loaded.said("warning")) == (1, [("courses.csv", 2, "status")])
