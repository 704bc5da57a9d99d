"""A table that is exported is read back without loss, and what a row cannot say is named."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path

import pytest

from service.releases.feeds.table import table_rows, write_table
from service.releases.readers import Readers
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.store.oxigraph import OxigraphStore
from tests.conftest import ROOT
from tests.support.loader_runs import run

pytestmark = pytest.mark.system

BASE = "http://localhost:8000"
ESCO = "http://data.europa.eu/esco/skill/"
FULL = {
    "id": "data ethics/1",
    "title@en": 'Ethics, and "data"',
    "provider": "https://uni.example/",
    "provider_name@en": "Uni",
    "country": "FI",
    "ects": "2.5",
    "workload_hours": "67.5",
    "eqf_level": "6",
    "nqf_level": "FiNQF 6",
    "mode": "online|blended",
    "assessment": "portfolio|quiz",
    "supervision": "supervised-with-id-verification",
    "quality_assurance": "institutional-quality-assurance|Our own board",
    "accreditor": "The Board, Ltd.",
    "accreditor_country": "EE",
    "learning_outcomes@en": "one|two|three",
    "learning_outcomes@fi": "yksi||kolme",
    "skills": f"{ESCO}a {ESCO}b||{ESCO}c",
    "prerequisites": "a|b",
    "entry_requirement": "Be curious",
    "entry_requirement@fi": "Ole utelias",
    "stackability": "stackable",
    "part_of": "p1|p2",
    "isced_f": "0613|0542",
    "start": "2026-09-01",
    "price": "0",
    "currency": "EUR",
    "homepage": "https://uni.example/x",
    "modified": "2026-01-31",
}
BARE = {"id": "plain", "title@fi": "Vain otsikko"}


def exported(store: OxigraphStore, path: Path) -> list[str]:
    """Write the table of a store, and return what it tells to be lost."""
    rows, output = list(table_rows(store, BASE)), BytesIO()
    write_table(rows, output)
    path.write_bytes(output.getvalue())
    return [lost for row in rows for lost in row.lost]


def test_the_demo_is_read_back_without_loss(demo_settings: Settings, tmp_path: Path) -> None:
    readers = Readers(demo_settings, load_queries())
    store = readers.current().store
    assert isinstance(store, OxigraphStore)
    lost = exported(store, tmp_path / "again.csv")
    readers.close()
    assert lost == []
    sources = (tmp_path / "again.csv", ROOT / "data" / "demo" / "credentials.csv")
    again, first = (run(tmp_path, "table", source) for source in sources)
    assert again.triples == first.triples


def test_a_row_with_everything_and_one_with_nothing_are_read_back(tmp_path: Path) -> None:
    with (tmp_path / "first.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*FULL, "title@fi"])
        writer.writeheader()
        writer.writerows([FULL, BARE])
    first = run(tmp_path, "table", tmp_path / "first.csv")
    assert first.said("error") == []
    lost = exported(OxigraphStore.in_memory(first.text.encode()), tmp_path / "again.csv")
    assert lost == []
    assert run(tmp_path, "table", tmp_path / "again.csv").triples == first.triples


def test_what_a_row_has_no_room_for_is_named(tmp_path: Path) -> None:
    (tmp_path / "first.csv").write_text("id,title@en\nx,X\n", "utf-8")
    iri, elm = f"{BASE}/id/credential/x", "http://data.europa.eu/snb/model/elm/"
    more = (
        f'<{iri}> <{elm}category> "Free"@en <urn:g> .\n'
        f"<{iri}> <https://w3id.org/pinoamo/ns#prerequisite> <urn:root> <urn:g> .\n"
        f"<urn:root> <https://w3id.org/pinoamo/ns#part> <urn:part> <urn:g> .\n"
    )
    text = run(tmp_path, "table", tmp_path / "first.csv").text + more
    assert exported(OxigraphStore.in_memory(text.encode()), tmp_path / "again.csv") == [
        "prerequisites are a tree: a row says only what is needed, all of it",
        "category has no column",
    ]
