"""The commands on a table with words of its own: `map`, one corrected file, and `load`, as docs/loading.md has it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.main import app

pytestmark = pytest.mark.system

# Fictional courses, as such catalogues have them: prose, HTML, capitals, words of their own, no quality assurance.
TABLE = """Codice;title@it;provider;provider_name@it;Paese;learning_outcomes@it;ects;Lingua;assessment;prerequisites;\
mode
101;DIRITTO DELLA PUBBLICITÀ;unx;Università di Esempio;Italia;Conosce il diritto;6.0;ITALIANO;"L'esame consiste in
      una prova scritta, seguita da un colloquio orale per chi lo vuole.";Nessuno;Aula 3
101;DIRITTO DELLA PUBBLICITÀ;unx;Università di Esempio;Italia;Conosce il diritto;6.0;ITALIANO;"L'esame consiste in
      una prova scritta, seguita da un colloquio orale per chi lo vuole.";Nessuno;Aula 3
102;Arte;unx;Università di Esempio;Italia;;9.0;Inglese;;"<p>Si consiglia di leggere molto &amp; bene</p>";Aula 3
"""


def pinoamo(data: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], env={"PINOAMO_DATA": str(data)}, catch_exceptions=False)


def counted(result: Result) -> str:
    """Return what became of the records of a load, in words."""
    line = next(line for line in result.stderr.splitlines() if line.startswith(("Loaded", "Would load", "Stored")))
    return line.partition(" (")[2]


def test_catalogue_comes_in_by_one_map_one_corrected_file_and_one_load(tmp_path: Path) -> None:
    data, table, source_map = tmp_path / "var", tmp_path / "corsi.csv", tmp_path / "map.toml"
    table.write_text(TABLE, "utf-8")
    assert pinoamo(data, "map", table, "--out", source_map).exit_code == 0
    proposed = source_map.read_text("utf-8")
    found = tomllib.loads(proposed)
    assert found["columns"] == {"Codice": "id", "Paese": "country", "Lingua": "language"}
    assert found["values"]["language"] == {"italiano": "it", "inglese": "en"}
    assert list(found["values"]["assessment"].values()) == ["written-examination|oral-examination"]

    source_map.write_text(proposed.replace('"aula 3" = ""', '"aula 3" = "onsite"'), "utf-8")
    (tmp_path / "conditions.toml").write_text('must = ["M2", "M3", "M4"]\n')
    (tmp_path / "defaults.toml").write_text(
        '[provider.unx]\nquality_assurance = "institutional-quality-assurance"\naccreditor = "An Agency"\n'
    )
    conditions = tmp_path / "conditions.toml"
    words = ("load", "table", table, "--map", source_map, "--base", "unx.", "--conditions", conditions)
    listed = pinoamo(data, *words)
    assert (listed.exit_code, counted(listed)) == (0, "2 listed).")
    assert "credential/unx.101" in listed.stderr
    assert "the same row as corsi.csv:2" in listed.stderr
    stated = pinoamo(data, *words, "--defaults", tmp_path / "defaults.toml")
    assert (stated.exit_code, counted(stated)) == (0, "1 listed, 1 warned).")


@pytest.mark.parametrize("option", ["--map", "--defaults", "--base"])
def test_options_of_tables_are_refused_for_other_formats(tmp_path: Path, option: str) -> None:
    with pytest.raises(Exception, match="for the format table"):
        pinoamo(tmp_path / "var", "load", "elm", tmp_path / "x.ttl", option, "x")


def test_conditions_of_no_element_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "conditions.toml").write_text('must = ["M99"]\n')
    with pytest.raises(Exception, match="M99"):
        pinoamo(tmp_path / "var", "load", "table", "none.csv", "--conditions", tmp_path / "conditions.toml")


BODY = """@prefix elm: <http://data.europa.eu/snb/model/elm/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rov: <http://www.w3.org/ns/regorg#> .
<http://localhost:8000/id/organisation/unx> a elm:Organisation ; rov:legalName "Università di Esempio"@it ;
    elm:accreditation <https://agency.example/unx> .
<https://agency.example/unx> a elm:Accreditation ; dcterms:title "Audit 2025"@en ;
    dcterms:type <http://data.europa.eu/snb/accreditation/bb4618238e> ; elm:accreditingAgent <https://agency.example/> .
<https://agency.example/> a elm:Organisation ; rov:legalName "An Agency"@en .
"""
COURSE = """id,title@it,provider,country,ects,eqf_level,mode,assessment,learning_outcomes@it,language
1,Diritto,unx,IT,6,6,onsite,oral examination,Conosce il diritto,it
2,Arte,uny,IT,6,6,onsite,oral examination,Conosce l'arte,it
"""


def test_quality_assurance_of_an_institution_counts_whatever_source_states_it(tmp_path: Path) -> None:
    """An agency's register states it of one of two universities, in a source of its own (Annex I: of the body too)."""
    data, register, table = tmp_path / "var", tmp_path / "register.ttl", tmp_path / "corsi.csv"
    register.write_text(BODY, "utf-8")
    table.write_text(COURSE.replace("country,", "provider_name@it,country,").replace(",IT", ",Università,IT"), "utf-8")
    before = pinoamo(data, "load", "table", table, "--dry-run")
    assert counted(before) == "2 refused)."
    assert pinoamo(data, "load", "elm", register).exit_code == 0
    after = pinoamo(data, "load", "table", table)
    assert "credential/2 M11 violation" in after.stderr
    assert "credential/1" not in after.stderr
    assert " (1 accepted, 1 refused)." in after.stderr
