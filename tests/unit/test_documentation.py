"""The documents name everything there is, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from loaders.registry import FORMATS
from service.cli.main import app
from service.settings import Settings
from service.sparql.named_queries import load_queries
from tests.conftest import ROOT

SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
PATH = re.compile(
    r"(?<![\w/.-])((?:service|loaders|tests|queries|shapes|ontology|bench|deploy|data/demo)/[\w./*-]*[\w*/])"
)
LINK = re.compile(r"\]\(<?([^)#>]+)>?(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = f"`{default}`" if default not in ("", None) else ""
    assert f"| `PINOAMO_{name.upper()}` | {shown} |" in SETTINGS


def test_every_documented_setting_exists() -> None:
    named = {name.lower() for name in re.findall(r"`PINOAMO_([A-Z_]+)` \|", SETTINGS)}
    assert named == set(Settings.model_fields)


@pytest.mark.parametrize("name", sorted(load_queries()))
def test_every_query_is_described(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "queries.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"document"}))
def test_every_format_is_described(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "loading.md").read_text("utf-8")


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))  # type: ignore[attr-defined]
def test_every_command_is_named_in_the_documents(command: str) -> None:
    assert f"pinoamo {command}" in TEXT


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = [target for target in LINK.findall(path.read_text("utf-8")) if ":" not in target]
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_of_the_tree_that_documents_name_exist(path: Path) -> None:
    named = set(PATH.findall(path.read_text("utf-8")))
    assert not {name for name in named if not list(ROOT.glob(name.rstrip("/")))}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_that_documents_name_bear_their_folder_or_a_link(path: Path) -> None:
    text = re.sub(r"\[`[^`]*`\]\([^)]*\)", "", path.read_text("utf-8"))
    assert path.name == "architecture.md" or not re.findall(r"`\w+\.py`", text)


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_readme_leads_to_every_document(path: Path) -> None:
    assert f"(docs/{path.name})" in (ROOT / "README.md").read_text("utf-8")


def test_nothing_in_the_tree_depends_on_the_shared_folder() -> None:
    product = ("service", "loaders", "ontology", "shapes", "queries", "data")
    for folder in product:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".rq", ".ttl", ".jsonld", ".html", ".toml"}:
                assert "../shared" not in path.read_text("utf-8"), path


def test_every_decision_has_a_number_of_its_own_and_its_title_says_it() -> None:
    numbers = {path: path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))}
    assert len(set(numbers.values())) == len(numbers)
    assert all(path.read_text("utf-8").startswith(f"# {int(number)}. ") for path, number in numbers.items())
