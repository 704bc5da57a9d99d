"""The `table` loader with a map of a source's own words, defaults for what it does not say, and a prefix of ids."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from loaders.codes import read_code_lists
from loaders.resources import CODE_LISTS
from loaders.table.near_codes import NearCodes
from tests.support.loader_runs import DCTERMS, ELM, MC, SKOS, Run, run

X = "http://localhost:8000/id/credential/x"
SNB = "http://data.europa.eu/snb/"
COUNTRY = "http://publications.europa.eu/resource/authority/country/"
LANGUAGE = "http://publications.europa.eu/resource/authority/language/"


def load(tmp_path: Path, table: str, *options: str | Path, **files: str) -> Run:
    """Load a CSV file of this content, with `--map` or `--defaults` of the content given by name."""
    (tmp_path / "courses.csv").write_text(table, "utf-8")
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
        options = (*options, f"--{name}={tmp_path / name}.toml")
    return run(tmp_path, "table", tmp_path / "courses.csv", *options)


def proposed(tmp_path: Path, table: str) -> dict[str, Any]:
    load(tmp_path, table, "--propose-map", tmp_path / "proposed.toml")
    return tomllib.loads((tmp_path / "proposed.toml").read_text("utf-8"))


def test_columns_and_words_of_a_source_become_ours(tmp_path: Path) -> None:
    source_map = """
        [columns]
        "Codice" = "id"
        "Nome del corso" = "title@it"
        "Lingua" = "language"
        "Livello" = "eqf_level"
        "Aula" = ""
        [values.language]
        "Italiano" = "it"
        "bilingue" = ["it", "en"]
        [values.eqf_level]
        "Laurea" = "6"
        "laurea di secondo livello…" = "7"
        "altro" = ""
    """
    table = (
        "CODICE;Nome  del Corso;Lingua;Livello;Aula\nx;Diritto;ITALIANO;laurea;B2\n"
        "y;Arte;bilingue;Laurea di  secondo livello, due anni;\nz;Musica;Italiano|en;Altro;C\n"
    )
    loaded = load(tmp_path, table, map=source_map)
    assert (loaded.code, loaded.issues) == (0, [])
    assert loaded.values(X, DCTERMS + "title") == {'"Diritto"@it'}
    assert loaded.values(X, ELM + "EQFLevel") == {SNB + "eqf/6"}
    y, z = X[:-1] + "y", X[:-1] + "z"
    assert loaded.values(y, DCTERMS + "language") == {LANGUAGE + "ITA", LANGUAGE + "ENG"}
    assert loaded.values(y, ELM + "EQFLevel") == {SNB + "eqf/7"}
    assert loaded.values(z, DCTERMS + "language") == {LANGUAGE + "ITA", LANGUAGE + "ENG"}
    assert loaded.values(z, ELM + "EQFLevel") == set()
    assert "B2" not in loaded.text


def test_columns_that_change_places_are_no_circle(tmp_path: Path) -> None:
    swapped = '[columns]\n"title@fi" = "title@sv"\n"title@sv" = "title@fi"\n'
    loaded = load(tmp_path, "id,title@fi,title@sv\nx,Hej,Hei\n", map=swapped)
    assert loaded.values(X, DCTERMS + "title") == {'"Hej"@sv', '"Hei"@fi'}


def test_other_credits_are_multiplied_and_that_is_told(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en,ects\nx,X,15\n", map='[factors]\nects = "0.5"\n')
    assert loaded.values(X + "#credit", ELM + "point") == {'"7.5"'}
    assert loaded.said("info") == [("courses.csv", 2, "ects")]
    assert "0.5" in loaded.messages("info")


@pytest.mark.parametrize(
    ("source_map", "told"),
    [
        ('[values.language]\n"it" = "Italiano"\nitaliano = "it"', "circle"),
        ('[values.assessment]\na = "b"\nb = "c"\nc = "a"', "circle"),
        ('[values.language]\n"Italiano" = "klingon"', "klingon"),
        ('[values.mode]\n"a" = "onlin"', "did you mean online?"),
        ('[columns]\n"a" = "eqf level"', "did you mean eqf_level?"),
        ('[columns]\n"a" = "ects"\n"b" = "ects"', "both 'a' and 'b'"),
        ("[columns]\na = true", "must be a text"),
        ('[values.colour]\n"a" = "b"', "no column 'colour'"),
        ('[values]\nlanguage = "it"', "must be a table"),
        ('[columms]\n"a" = "ects"', "a table is one of"),
        ("columns = 5", "must be a table"),
        ('[factors]\nects = "-1"', "above 0"),
        ('[factors]\nects = "NaN"', "above 0"),
        ('[factors]\nmode = "2"', "factors are for"),
        ("not toml", "no TOML file"),
    ],
)
def test_map_that_cannot_be_followed_is_a_wrong_call(
    tmp_path: Path, source_map: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = load(tmp_path, "id,title@en\nx,X\n", map=source_map)
    assert (loaded.code, loaded.text) == (2, "")
    assert told in capsys.readouterr().err


def test_defaults_fill_what_rows_do_not_state_and_a_provider_goes_first(tmp_path: Path) -> None:
    defaults = """
        [all]
        country = "SE"
        language = ["sv", "en"]
        [provider.uni]
        country = "FI"
        "provider_name@en" = "A University"
    """
    loaded = load(tmp_path, "id,title@en,provider,language\nx,X,uni,\ny,Y,other,fi\n", defaults=defaults)
    uni, other = (f"http://localhost:8000/id/organisation/{name}" for name in ("uni", "other"))
    assert loaded.values(uni + "#address", ELM + "countryCode") == {COUNTRY + "FIN"}
    assert loaded.values(other + "#address", ELM + "countryCode") == {COUNTRY + "SWE"}
    assert loaded.values(uni, "http://www.w3.org/ns/regorg#legalName") == {'"A University"@en'}
    assert loaded.values(X, DCTERMS + "language") == {LANGUAGE + "SWE", LANGUAGE + "ENG"}
    assert loaded.values(X[:-1] + "y", DCTERMS + "language") == {LANGUAGE + "FIN"}


def test_row_that_contradicts_the_defaults_is_right_and_told(tmp_path: Path) -> None:
    table = "id,title@en,country\nx,X,Sweden\ny,Y,FIN\nz,Z,\n"
    loaded = load(tmp_path, table, defaults='[all]\ncountry = "FI"\n')
    assert loaded.values(X + "#provider-address", ELM + "countryCode") == {COUNTRY + "SWE"}
    assert loaded.said("warning") == [("courses.csv", 2, "country")]


def test_provider_of_the_defaults_that_no_row_has_is_told(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en\nx,X\n", defaults='[provider.unipv]\ncountry = "IT"\n')
    assert "'unipv'" in loaded.messages("warning")


@pytest.mark.parametrize(
    ("defaults", "told"),
    [
        ('[all]\nid = "x"', "its own in every row"),
        ('[all]\n"title@en" = "x"', "its own in every row"),
        ('[provider.u]\nprovider = "x"', "leave it out"),
        ('[all]\ncountry = "Finlnd"', "did you mean FI?"),
        ('[all]\ncontry = "FI"', "did you mean country?"),
        ('[provider]\nunipv = "IT"', "must be a table"),
        ('[every]\ncountry = "FI"', "a table is one of"),
    ],
)
def test_defaults_that_cannot_be_followed_are_a_wrong_call(
    tmp_path: Path, defaults: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(tmp_path, "id,title@en\nx,X\n", defaults=defaults).code == 2
    assert told in capsys.readouterr().err


def test_prefix_keeps_the_ids_of_two_sources_apart(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en,prerequisites\n101,X,100|https://a.example/1\n", "--id-prefix=uni-a.")
    iri = "http://localhost:8000/id/credential/uni-a.101"
    assert list(loaded.records) == [iri]
    assert loaded.values(iri + "#identifier", SKOS + "notation") == {'"101"'}
    assert loaded.values(iri + "#prerequisite-filter", MC + "credential") == {
        "http://localhost:8000/id/credential/uni-a.100", "https://a.example/1",
    }  # fmt: skip


def test_prefix_may_be_an_address(tmp_path: Path) -> None:
    loaded = load(tmp_path, "id,title@en\n1 0,X\n", "--id-prefix=https://uni.example/course/")
    assert list(loaded.records) == ["https://uni.example/course/1%200"]


@pytest.mark.parametrize("prefix", ["https://", "http:x", "a b", "a\n"])
def test_prefix_that_cannot_begin_an_id_is_a_wrong_call(tmp_path: Path, prefix: str) -> None:
    assert load(tmp_path, "id,title@en\nx,X\n", f"--id-prefix={prefix}").code == 2


@pytest.mark.parametrize(
    ("scheme", "word", "code"),
    [
        ("language", "Italiano", "it"),
        ("language", "INGLESE", "en"),
        ("assessment", "written exam", "written-examination"),
        ("assessment", "Una prova scritta e un esame orale.", "written-examination|oral-examination"),
        ("level", "EQF 6", "6"),
        ("level", "SCQF Level 11", "7"),
        ("level", "SCQF 1", ""),
        ("mode", "100 % online", "online"),
        ("mode", "Convenzionale", "onsite"),
        ("mode", "Aula 3", ""),
        ("assessment", "L'esame si svolge in forma orale", "oral-examination"),
        ("country", "Scotland", "GB"),
        ("country", "Finnland", "FI"),
        ("accreditation", "institutional quality assurance", "institutional-quality-assurance"),
        ("field", "SPS/04", "0312"),
        ("field", "ING-INF/05", "0613"),
        ("field", "IUS/14", "0421"),
        ("field", "NN", ""),
    ],
)
def test_nearest_code_is_proposed_where_there_is_one(scheme: str, word: str, code: str) -> None:
    assert NearCodes(read_code_lists(CODE_LISTS), scheme).nearest(word) == code


def test_proposed_map_names_columns_and_words_and_loads_as_it_is(tmp_path: Path) -> None:
    table = (
        'Course Code;Course Title;Credits;Lingua;Level;Room;ects\nx;Law;5;Italiano;"SCQF Level 11";B2;5\n'
        "y;Art;5;ITALIANO;Unheard of;;5\nz;Music;5;fi;7;;5\n"
    )
    found = proposed(tmp_path, table)
    assert found["columns"] == {
        "Course Code": "id", "Course Title": "title@en", "Credits": "", "Lingua": "language",
        "Level": "eqf_level", "Room": "",
    }  # fmt: skip
    assert found["values"] == {"language": {"italiano": "it"}, "eqf_level": {"scqf level 11": "7", "unheard of": ""}}
    loaded = load(tmp_path, table, f"--map={tmp_path / 'proposed.toml'}")
    assert (loaded.code, loaded.said("error"), len(loaded.records)) == (0, [], 3)


def test_long_words_of_a_proposed_map_are_cut_where_they_still_differ(tmp_path: Path) -> None:
    start = "The exam is described in a long sentence that two courses share word by word, "
    table = f'id,title@en,assessment\nx,X,"{start}orally: oral exam"\ny,Y,"{start}\n <b>in writing</b>: essay"\n'
    words = proposed(tmp_path, table)["values"]["assessment"]
    assert sorted(words.values()) == ["marked-assignment", "oral-examination"]
    loaded = load(tmp_path, table, f"--map={tmp_path / 'proposed.toml'}")
    (assessment,) = loaded.values(X[:-1] + "y#assessment", DCTERMS + "type")
    assert (loaded.code, assessment) == (0, SNB + "assessment/2939dae15f")


def test_words_of_a_proposed_map_are_escaped(tmp_path: Path) -> None:
    found = proposed(tmp_path, 'id,title@en,mode\nx,X,"a ""b"" \\ c\x7f ]= #"\n')
    assert [*found["values"]["mode"]] == ['a "b" \\ c\x7f ]= #']


@pytest.mark.parametrize("name", ["SCQF credits", "CATS credits"])
def test_credits_of_which_two_are_one_are_proposed_with_their_ratio(tmp_path: Path, name: str) -> None:
    table = f"id,title@en,{name}\nx,X,20\n"
    assert proposed(tmp_path, table)["factors"] == {"ects": "0.5"}
    loaded = load(tmp_path, table, f"--map={tmp_path / 'proposed.toml'}")
    assert loaded.values(X + "#credit", ELM + "point") == {'"10"'}


PROVIDERS = "provider;country;quality_assurance;accreditor\nuni;Italy;institutional-quality-assurance;ANVUR\n"


def test_provider_table_says_what_holds_for_the_records_of_each(tmp_path: Path) -> None:
    (tmp_path / "providers.csv").write_text(PROVIDERS, "utf-8")
    table = "id,title@en,provider\nx,X,uni\ny,Y,other\n"
    loaded = load(tmp_path, table, f"--defaults={tmp_path / 'providers.csv'}")
    assert loaded.values("http://localhost:8000/id/organisation/uni#address", ELM + "countryCode") == {COUNTRY + "ITA"}
    assert loaded.values(X, ELM + "accreditation") == {X + "#quality"}
    assert loaded.values(X[:-1] + "y", ELM + "accreditation") == set()


@pytest.mark.parametrize(
    ("providers", "told"),
    [
        ("country\nIT\n", "needs a column provider"),
        ("provider,country\nuni,IT\nuni,SE\n", "stands in a row before"),
        ("provider,country\n,IT\n", "no provider is named"),
        ("provider,country\nuni,Klingon\n", "'Klingon' is no code"),
        ("provider,colour\nuni,red\n", "no column 'colour'"),
    ],
)
def test_provider_table_that_cannot_be_followed_is_a_wrong_call(
    tmp_path: Path, providers: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "providers.csv").write_text(providers, "utf-8")
    loaded = load(tmp_path, "id,title@en\nx,X\n", f"--defaults={tmp_path / 'providers.csv'}")
    assert (loaded.code, loaded.text) == (2, "")
    assert told in capsys.readouterr().err
