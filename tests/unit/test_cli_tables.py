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
      una prova scritta, seguita da un colloquio orale per chi lo vuole.";Nessuno;Convenzionale
101;DIRITTO DELLA PUBBLICITÀ;unx;Università di Esempio;Italia;Conosce il diritto;6.0;ITALIANO;"L'esame consiste in
      una prova scritta, seguita da un colloquio orale per chi lo vuole.";Nessuno;Convenzionale
102;Arte;unx;Università di Esempio;Italia;;9.0;Inglese;;"<p>Si consiglia di leggere molto &amp; bene</p>";Convenzionale
"""


def pinoamo(data: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], env={"PINOAMO_DATA": str(data)}, catch_exceptions=False)


def test_catalogue_comes_in_by_one_map_one_corrected_file_and_one_load(tmp_path: Path) -> None:
    data, table, source_map = tmp_path / "var", tmp_path / "corsi.csv", tmp_path / "map.toml"
    table.write_text(TABLE, "utf-8")
    assert pinoamo(data, "map", table, "--out", source_map).exit_code == 0
    proposed = source_map.read_text("utf-8")
    found = tomllib.loads(proposed)
    assert found["columns"] == {"Codice": "id", "Paese": "country", "Lingua": "language"}
    assert found["values"]["language"] == {"italiano": "it", "inglese": "en"}
    assert list(found["values"]["assessment"].values()) == ["written-examination|oral-examination"]

    source_map.write_text(proposed.replace('"convenzionale" = ""', '"convenzionale" = "onsite"'), "utf-8")
    (tmp_path / "conditions.toml").write_text('must = ["M2", "M3", "M4"]\n')
    (tmp_path / "defaults.toml").write_text(
        '[provider.unx]\nquality_assurance = "institutional-quality-assurance"\naccreditor = "An Agency"\n'
    )
    conditions = tmp_path / "conditions.toml"
    words = ("load", "table", table, "--map", source_map, "--base", "unx.", "--conditions", conditions)
    listed = pinoamo(data, *words)
    assert (listed.exit_code, listed.stderr.splitlines()[-1].partition(" (")[2]) == (0, "2 listed).")
    assert "credential/unx.101" in listed.stderr
    assert "the same row as corsi.csv:2" in listed.stderr
    stated = pinoamo(data, *words, "--defaults", tmp_path / "defaults.toml")
    assert (stated.exit_code, stated.stderr.splitlines()[-1].partition(" (")[2]) == (0, "1 listed, 1 warned).")


@pytest.mark.parametrize("option", ["--map", "--defaults", "--base"])
def test_options_of_tables_are_refused_for_other_formats(tmp_path: Path, option: str) -> None:
    with pytest.raises(Exception, match="for the format table"):
        pinoamo(tmp_path / "var", "load", "elm", tmp_path / "x.ttl", option, "x")


def test_conditions_of_no_element_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "conditions.toml").write_text('must = ["M99"]\n')
    with pytest.raises(Exception, match="M99"):
        pinoamo(tmp_path / "var", "load", "table", "none.csv", "--conditions", tmp_path / "conditions.toml")
