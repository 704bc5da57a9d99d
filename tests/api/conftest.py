"""The demo, loaded past the gate and published once for all tests of this folder that ask for it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.demo import STEPS
from service.loading import load
from service.queries import load_queries
from service.releases import Shelf
from service.settings import Settings
from service.validation.profiles import load_profile
from service.vocabulary import ensure_vocabulary
from service.work import open_work
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data directory with the demo published."""
    settings = Settings(data=tmp_path_factory.mktemp("demo") / "var", workers=1)
    profile = load_profile(ROOT / "shapes", "eu")
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ROOT / "ontology", settings.base_url)
        for source_format, path in STEPS:
            load(work, settings, profile, source_format, [str(path)])
        Shelf(settings.data).publish(work, settings, load_queries())
    return settings


@pytest.fixture(scope="session")
def demo(demo_settings: Settings) -> Iterator[TestClient]:
    """A client of the service over the demo; redirects are answers."""
    with TestClient(create_app(demo_settings), base_url=demo_settings.base_url, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def catalogue_rows() -> list[dict[str, str]]:
    """The rows of the demo catalogue as their authors wrote them: what tests count independently."""
    path = Path(STEPS[2][1])
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
