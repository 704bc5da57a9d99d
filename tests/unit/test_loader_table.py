"""The `table` loader: columns of the table, good and bad cells. Expected triples are worked by hand."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.support.loader_runs import DATA, DCTERMS, ELM, MC, SKOS, TYPE, Run, run

X = "http://localhost:8000/id/credential/x"
AGENCY = "http://localhost:8000/id/organisation/the-board"
XSD = "http://www.w3.org/2001/XMLSchema#"
SNB = "http://data.europa.eu/snb/"
SKILL = "http://data.europa.eu/esco/skill/11111111-1111-1111-1111-111111111111"


def load(tmp_path: Path, text: str | bytes, *options: str) -> Run:
    """Load a CSV file of this content."""
    source = tmp_path / "courses.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run(tmp_path, "table", source, "--vocabulary", DATA / "codes", *options)


def load_cell(tmp_path: Path, column: str, value: str, *more: tuple[str, str]) -> Run:
    """Load one row with an id, a title and the given cells."""
    cells = [("id", "x"), ("title@en", "X"), (column, value), *more]
    quoted = ['"' + cell.replace('"', '""') + '"' for _, cell in cells]
    return load(tmp_path, ",".join(name for name, _ in cells) + "\n" + ",".join(quoted) + "\n")


def test_full_row_becomes_one_record_of_the_model(tmp_path: Path) -> None:
    loaded = run(tmp_path, "table", DATA / "courses.csv", "--vocabulary", DATA / "codes")
    iri = "http://localhost:8000/id/credential/data%20ethics"
    uni = "http://localhost:8000/id/organisation/uni-1"
    expected = {
        (iri, TYPE, ELM + "Qualification"),
        (iri, TYPE, MC + "MicroCredential"),
        (iri, DCTERMS + "title", '"Datan etiikka"@fi'),
        (iri, DCTERMS + "description", '"Two lines,\\nin one cell"@en'),
        (iri, "http://www.w3.org/ns/adms#identifier", iri + "#identifier"),
        (iri + "#identifier", SKOS + "notation", '"data ethics"'),
        (iri, DCTERMS + "language", "http://publications.europa.eu/resource/authority/language/ENG"),
        (iri, ELM + "awardingOpportunity", iri + "#awarding"),
        (iri + "#awarding", ELM + "awardingBody", uni),
        (iri + "#awarding", ELM + "learningAchievementSpecification", iri),
        (uni, "http://www.w3.org/ns/regorg#legalName", '"Esimerkkiyliopisto"@fi'),
        (uni, ELM + "location", uni + "#location"),
        (uni + "#location", ELM + "address", uni + "#address"),
        (uni + "#address", ELM + "countryCode", "http://publications.europa.eu/resource/authority/country/FIN"),
        (iri + "#credit", ELM + "framework", SNB + "education-credit/6fcec5c5af"),
        (iri + "#credit", ELM + "point", '"7.5"'),
        (iri, ELM + "volumeOfLearning", f'"PT202H30M"^^<{XSD}duration>'),
        (iri, ELM + "EQFLevel", SNB + "eqf/6"),
        (iri, ELM + "mode", SNB + "learning-assessment/920fbb3cbe"),
        (iri + "#assessment", DCTERMS + "type", SNB + "assessment/d30284d7df"),
        (iri + "#assessment", DCTERMS + "title", '"Suullinen kuulustelu"@fi'),
        (iri + "#assessment-2", DCTERMS + "type", SNB + "assessment/4f03b91c0e"),
        (iri + "#assessment-2", MC + "supervision", SNB + "supervision-verification/70be69aaf9"),
        (iri + "#quality", DCTERMS + "type", SNB + "accreditation/bb4618238e"),
        (iri + "#quality", ELM + "accreditingAgent", "https://agency.example/id"),
        (iri + "#outcome-2", DCTERMS + "title", '"Weighs interests"@en'),
        (iri + "#outcome-2", DCTERMS + "title", '"Punnitsee etuja"@fi'),
        (iri + "#outcome-1", ELM + "relatedESCOSkill", SKILL),
        (iri, ELM + "ISCEDFCode", SNB + "isced-f/0613"),
        (iri, MC + "prerequisite", iri + "#prerequisite"),
        (iri + "#prerequisite", TYPE, MC + "CountRequirement"),
        (iri + "#prerequisite", MC + "minimum", f'"2"^^<{XSD}integer>'),
        (iri + "#prerequisite-filter", MC + "credential", "http://localhost:8000/id/credential/statistics"),
        (iri + "#prerequisite-filter", MC + "credential", "https://other.example/course/9"),
        (iri, MC + "stackability", MC + "stackable"),
        (iri, ELM + "isPartOf", "http://localhost:8000/id/programme/bsc-ai"),
        (iri + "#homepage", ELM + "contentUrl", f'"https://uni.example/ethics"^^<{XSD}anyURI>'),
        (iri, DCTERMS + "modified", f'"2026-01-31"^^<{XSD}date>'),
        (iri + "#offer", ELM + "providedBy", uni),
        (iri + "#offer-time", ELM + "startDate", f'"2026-09-01T00:00:00"^^<{XSD}dateTime>'),
        (iri + "#amount", "http://www.w3.org/1999/02/22-rdf-syntax-ns#value", f'"120.50"^^<{XSD}decimal>'),
        (iri + "#amount", ELM + "unit", "http://publications.europa.eu/resource/authority/currency/EUR"),
    }
    assert expected - loaded.triples == set()
    assert loaded.records == {iri: "courses.csv:2"}
    assert loaded.graphs == {"http://localhost:8000/graph/courses"}
    assert (loaded.code, loaded.summary["records"], loaded.summary["errors"]) == (0, 1, 0)


def test_skills_go_to_the_outcome_of_the_same_position(tmp_path: Path) -> None:
    second = SKILL.replace("1", "2")
    loaded = load_cell(tmp_path, "learning_outcomes@en", "A|B|C", ("skills", f"|{SKILL} {second}"))
    assert loaded.values(X + "#outcome-1", ELM + "relatedESCOSkill") == set()
    assert loaded.values(X + "#outcome-2", ELM + "relatedESCOSkill") == {SKILL, second}
    assert loaded.values(X, ELM + "learningOutcome") == {X + f"#outcome-{n}" for n in (1, 2, 3)}


def test_skills_without_an_outcome_are_refused(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "learning_outcomes@en", "A", ("skills", f"{SKILL}|{SKILL}"))
    assert loaded.said("error") == [("courses.csv", 2, "skills")]
    assert loaded.values(X, ELM + "learningOutcome") == {X + "#outcome-1"}


def test_languages_with_different_numbers_of_outcomes_are_joined_by_position_with_a_warning(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "learning_outcomes@en", "A|B", ("learning_outcomes@fi", "Aa"))
    assert loaded.values(X + "#outcome-1", DCTERMS + "title") == {'"A"@en', '"Aa"@fi'}
    assert loaded.values(X + "#outcome-2", DCTERMS + "title") == {'"B"@en'}
    assert loaded.said("warning") == [("courses.csv", 2, "learning_outcomes")]


def test_credential_with_neither_level_nor_quality_is_no_qualification(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "ects", "5")
    assert loaded.values(X, TYPE) == {ELM + "LearningAchievementSpecification", MC + "MicroCredential"}


def test_row_without_id_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en\n,Nameless\ny,Y\n")
    assert loaded.said("error") == [("courses.csv", 2, "id")]
    assert list(loaded.records) == ["http://localhost:8000/id/credential/y"]
    assert loaded.code == 1


@pytest.mark.parametrize("dots", [".", ".."])
def test_id_that_addresses_fold_away_is_refused(tmp_path: Path, dots: str) -> None:
    """RFC 3986, 5.2.4: clients remove the segments `.` and `..` from a path before they ask for it."""
    loaded = load(tmp_path, f"id,title@en\n{dots},Dots\ny.z,Y\n")
    assert loaded.said("error") == [("courses.csv", 2, "id")]
    assert list(loaded.records) == ["http://localhost:8000/id/credential/y.z"]


@pytest.mark.parametrize("column", ["provider", "prerequisites", "part_of"])
def test_reference_that_addresses_fold_away_is_refused(tmp_path: Path, column: str) -> None:
    loaded = load_cell(tmp_path, column, "..")
    assert loaded.said("error") == [("courses.csv", 2, column)]
    assert list(loaded.records) == [X]
    assert "/.." not in str(loaded.records)


def test_row_without_any_title_is_refused(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en,title@fi,ects\nx,, ,5\n")
    assert loaded.said("error") == [("courses.csv", 2, "title")]
    assert loaded.records == {}


def test_second_row_with_an_id_is_refused_and_names_the_first(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en\nx,First\ny,Y\nx,Second\n")
    assert loaded.said("error") == [("courses.csv", 4, "id")]
    assert "courses.csv:2" in loaded.messages()
    assert loaded.values(X, DCTERMS + "title") == {'"First"@en'}


def test_unknown_country_is_refused_and_the_row_is_read(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "country", "Atlantis")
    assert loaded.said("error") == [("courses.csv", 2, "country")]
    assert "'Atlantis'" in loaded.messages()
    assert "EST" in loaded.messages()
    assert list(loaded.records) == [X]


@pytest.mark.parametrize(
    "word", ["FI", "fin", "Finland", "suomi", "http://publications.europa.eu/resource/authority/country/FIN"]
)
def test_country_is_known_by_its_codes_names_and_iri(tmp_path: Path, word: str) -> None:
    loaded = load_cell(tmp_path, "country", word)
    expected = {"http://publications.europa.eu/resource/authority/country/FIN"}
    assert loaded.values(X + "#provider-address", ELM + "countryCode") == expected


@pytest.mark.parametrize("value", ["five", "5 ECTS", "1e3", "-5", "5.", "1,000.5", "٥", "0x5", "NaN"])
def test_ects_that_is_no_bare_number_is_refused_with_its_value(tmp_path: Path, value: str) -> None:
    loaded = load_cell(tmp_path, "ects", value)
    assert loaded.said("error") == [("courses.csv", 2, "ects")]
    assert value in loaded.messages()
    assert loaded.values(X, ELM + "creditPoint") == set()


@pytest.mark.parametrize(("value", "point"), [("7,5", "7.5"), ("7.50", "7.50"), ("5", "5"), ("0.1", "0.1")])
def test_ects_is_kept_exactly_with_a_point(tmp_path: Path, value: str, point: str) -> None:
    assert load_cell(tmp_path, "ects", value).values(X + "#credit", ELM + "point") == {f'"{point}"'}


@pytest.mark.parametrize(
    ("hours", "duration"), [("135", "PT135H"), ("7.5", "PT7H30M"), ("0.01", "PT0H36S"), ("1.2525", "PT1H15M9S")]
)
def test_hours_become_a_duration_of_the_same_length(tmp_path: Path, hours: str, duration: str) -> None:
    loaded = load_cell(tmp_path, "workload_hours", hours)
    assert loaded.values(X, ELM + "volumeOfLearning") == {f'"{duration}"^^<{XSD}duration>'}


@pytest.mark.parametrize(
    "skill", ["https" + SKILL[4:], "11111111-1111-1111-1111-111111111111", SKILL + "<", "http://example.org/skill/1"]
)
def test_skill_that_is_no_esco_iri_is_refused(tmp_path: Path, skill: str) -> None:
    loaded = load_cell(tmp_path, "learning_outcomes@en", "A", ("skills", skill))
    assert loaded.said("error") == [("courses.csv", 2, "skills")]
    assert loaded.values(X + "#outcome-1", ELM + "relatedESCOSkill") == set()


def test_dropped_zero_of_a_field_of_study_is_restored_with_a_warning(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "isced_f", "613")
    assert loaded.values(X, ELM + "ISCEDFCode") == {SNB + "isced-f/0613"}
    assert loaded.said("warning") == [("courses.csv", 2, "isced_f")]


def test_free_text_quality_assurance_is_a_type_of_the_sources_own_with_a_warning(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "quality_assurance", "Audited by our board", ("accreditor", "The Board"))
    assert loaded.values(X + "#quality", DCTERMS + "title") == {'"Audited by our board"@und'}
    own = X + "#quality-type"
    assert loaded.values(X + "#quality", DCTERMS + "type") == {own}
    assert loaded.values(own, SKOS + "prefLabel") == {'"Audited by our board"@und'}
    assert loaded.values(own, SKOS + "inScheme") == set()
    assert loaded.values(X + "#quality", ELM + "accreditingAgent") == {AGENCY}
    assert loaded.values(AGENCY, "http://www.w3.org/ns/regorg#legalName") == {'"The Board"@und'}
    assert loaded.said("warning") == [("courses.csv", 2, "quality_assurance")]
    assert loaded.values(X, TYPE) == {ELM + "Qualification", MC + "MicroCredential"}


@pytest.mark.parametrize("value", ["31.1.2026", "2026-02-30", "2026-W05-6", "20260131", "soon"])
def test_date_that_is_not_iso_is_refused(tmp_path: Path, value: str) -> None:
    assert load_cell(tmp_path, "modified", value).said("error") == [("courses.csv", 2, "modified")]


def test_price_without_currency_is_refused(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "price", "100")
    assert loaded.said("error") == [("courses.csv", 2, "price")]
    assert loaded.values(X + "#offer", TYPE) == set()


@pytest.mark.parametrize("value", ["javascript:alert(1)", "uni.example/x", "https://uni.example/a b", "http://"])
def test_homepage_that_is_no_web_address_is_refused(tmp_path: Path, value: str) -> None:
    assert load_cell(tmp_path, "homepage", value).said("error") == [("courses.csv", 2, "homepage")]


def test_iri_with_spaces_and_control_characters_never_stands_as_an_iri(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "provider", "https://uni.example/a b>\x01", ("part_of", "bsc\nai"))
    assert loaded.values(X + "#awarding", ELM + "awardingBody") == {
        "http://localhost:8000/id/organisation/https%3A%2F%2Funi.example%2Fa%20b%3E"
    }
    assert loaded.values(X, ELM + "isPartOf") == {"http://localhost:8000/id/programme/bsc%0Aai"}
    assert ("courses.csv", 2, "provider") in loaded.said("warning")


def test_own_iris_of_a_source_are_kept(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en,provider,country\nhttps://uni.example/c/1,X,https://uni.example/#org,FI\n")
    assert list(loaded.records) == ["https://uni.example/c/1"]
    assert loaded.values("https://uni.example/#org", ELM + "location") == {"https://uni.example/#org-location"}


def test_text_is_escaped_so_that_a_parser_reads_it_back(tmp_path: Path) -> None:
    title = 'Quotes " back\\slash \t tab ✓ 𝄞 <b>'
    assert load_cell(tmp_path, "title@fi", title).values(X, DCTERMS + "title") == {
        '"X"@en',
        '"Quotes \\" back\\\\slash \\t tab ✓ 𝄞 <b>"@fi',
    }


def test_formula_looking_cell_is_text_with_a_warning(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "description@en", '=HYPERLINK("http://evil.example","x")')
    assert loaded.said("warning") == [("courses.csv", 2, "description@en")]
    assert loaded.values(X, DCTERMS + "description") == {'"=HYPERLINK(\\"http://evil.example\\",\\"x\\")"@en'}


def test_cell_of_a_megabyte_is_read_whole(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "description@en", "ä" * (1 << 20))
    (description,) = loaded.values(X, DCTERMS + "description")
    assert len(description) == (1 << 20) + len('""@en')
    assert loaded.code == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found_and_a_byte_order_mark_tolerated(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(("id", "title@en", "ects")) + "\r\n" + delimiter.join(("x", '"A, B; C"', "5")) + "\r\n"
    loaded = load(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert loaded.values(X, DCTERMS + "title") == {'"A, B; C"@en'}
    assert loaded.values(X + "#credit", ELM + "point") == {'"5"'}


def test_rows_are_counted_as_a_spreadsheet_does_even_after_cells_of_many_lines(tmp_path: Path) -> None:
    loaded = load(tmp_path, 'id,title@en,ects\nx,"three\nlines\nlong",5\n\ny,Y,five\n')
    assert loaded.records[X] == "courses.csv:2"
    assert loaded.said("error") == [("courses.csv", 4, "ects")]


def test_unknown_column_is_a_warning_and_is_not_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en,title,colour\nx,X,Y,=1\n")
    assert loaded.said("warning") == [("courses.csv", 1, "title"), ("courses.csv", 1, "colour")]
    assert "title@en" in loaded.messages("warning")
    assert "Y" not in loaded.text
    assert loaded.code == 0


def test_column_that_occurs_twice_is_reported(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en,ects,ects\nx,X,5,6\n")
    assert loaded.said("error") == [("courses.csv", 1, "ects")]
    assert loaded.values(X + "#credit", ELM + "point") == {'"5"'}


def test_cell_beyond_the_last_column_is_refused(tmp_path: Path) -> None:
    assert load(tmp_path, "id,title@en\nx,X,stray\n").said("error") == [("courses.csv", 2, "column 3")]


@pytest.mark.parametrize("header", ["title@en,ects", "id,ects", "id,title", "Kurssi;Nimi"])
def test_missing_columns_stop_the_file_and_name_what_was_found(tmp_path: Path, header: str) -> None:
    loaded = load(tmp_path, header + "\nx,X\n")
    assert (loaded.code, loaded.said("error")) == (2, [("courses.csv", 1, "")])
    assert "id" in loaded.messages()
    assert loaded.text == ""


def test_empty_file_is_an_error_and_a_lone_header_a_warning(tmp_path: Path) -> None:
    empty, header_only = load(tmp_path, ""), load(tmp_path, "id,title@en\n")
    assert (empty.code, empty.said("error")) == (2, [("courses.csv", 0, "")])
    assert (header_only.code, header_only.said("warning")) == (0, [("courses.csv", 1, "")])


def test_broken_utf8_names_file_and_line(tmp_path: Path) -> None:
    loaded = load(tmp_path, b"id,title@en\nx,X\ny,K\xe4yt\xe4nt\xf6\n")
    assert (loaded.code, loaded.said("error")) == (2, [("courses.csv", 3, "")])
    assert "0xe4" in loaded.messages()


def test_quote_that_never_closes_names_the_row_it_began_in(tmp_path: Path) -> None:
    loaded = load(tmp_path, 'id,title@en\nx,X\ny,"never closed\nz,Z\n')
    assert (loaded.code, loaded.said("error")) == (2, [("courses.csv", 3, "")])


def test_row_of_more_cells_than_any_table_has_is_refused(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en\nx,X" + ",y" * 2000 + "\n")
    assert (loaded.code, loaded.said("error")) == (2, [("courses.csv", 2, "")])


def test_same_id_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.csv").write_text("id,title@en\nx,A\n")
    (tmp_path / "more" / "b.csv").write_text("id,title@en\nx,B\n")
    loaded = run(tmp_path, "table", tmp_path / "more", "--vocabulary", DATA / "codes")
    assert loaded.said("error") == [("more/b.csv", 2, "id")]
    assert "more/a.csv:2" in loaded.messages()


class TestWorkbook:
    """XLSX: cells have types, formulas and rows."""

    def load(self, tmp_path: Path, rows: list[list[object]]) -> Run:
        """Load a workbook of these rows."""
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "courses.xlsx")
        return run(tmp_path, "table", tmp_path / "courses.xlsx", "--vocabulary", DATA / "codes")

    def test_numbers_and_dates_are_read_as_people_see_them(self, tmp_path: Path) -> None:
        import datetime

        loaded = self.load(
            tmp_path,
            [["id", "title@en", "ects", "eqf_level", "modified"], ["x", "X", 7.5, 6, datetime.date(2026, 1, 31)]],
        )
        assert loaded.values(X + "#credit", ELM + "point") == {'"7.5"'}
        assert loaded.values(X, ELM + "EQFLevel") == {SNB + "eqf/6"}
        assert loaded.values(X, DCTERMS + "modified") == {f'"2026-01-31"^^<{XSD}date>'}
        assert loaded.code == 0

    def test_places_are_row_numbers_of_the_sheet(self, tmp_path: Path) -> None:
        loaded = self.load(tmp_path, [["id", "title@en", "ects"], ["x", "X", "five"], [], ["y", "Y", 5]])
        assert loaded.said("error") == [("courses.xlsx", 2, "ects")]
        assert loaded.records["http://localhost:8000/id/credential/y"] == "courses.xlsx:4"

    def test_formula_without_a_stored_value_is_refused(self, tmp_path: Path) -> None:
        loaded = self.load(tmp_path, [["id", "title@en", "ects"], ["x", "X", "=2+3"]])
        assert loaded.said("error") == [("courses.xlsx", 2, "ects")]
        assert "formula" in loaded.messages()

    def test_other_worksheets_are_named_in_a_warning(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.active.append(["id", "title@en"])
        book.active.append(["x", "X"])
        book.create_sheet("Old courses")
        book.save(tmp_path / "courses.xlsx")
        loaded = run(tmp_path, "table", tmp_path / "courses.xlsx", "--vocabulary", DATA / "codes")
        assert "Old courses" in loaded.messages("warning")

    def test_file_that_is_no_workbook_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "courses.xlsx").write_bytes(b"PK\x03\x04 not really")
        loaded = run(tmp_path, "table", tmp_path / "courses.xlsx", "--vocabulary", DATA / "codes")
        assert (loaded.code, loaded.said("error")) == (2, [("courses.xlsx", 0, "")])


def test_levels_of_national_frameworks_are_taken_by_their_words_and_iris(tmp_path: Path) -> None:
    # Identifiers and labels: the official list of levels, https://data.europa.eu/snb/qdr.
    other = SNB + "qdr/c_0123abcd"
    loaded = load_cell(tmp_path, "nqf_level", f"FiNQF 6|{other}|Level six")
    levels = loaded.values(X, ELM + "NQFLevel")
    assert len(levels) == 2
    assert other in levels
    assert loaded.said("error") == [("courses.csv", 2, "nqf_level")]


def test_one_agency_is_one_organisation_with_its_country(tmp_path: Path) -> None:
    loaded = load_cell(tmp_path, "accreditor", "The Board", ("accreditor_country", "FI"))
    assert loaded.values(AGENCY + "#address", ELM + "countryCode") == {
        "http://publications.europa.eu/resource/authority/country/FIN"
    }
