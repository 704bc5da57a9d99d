"""A client over the demo, and the demo's rows as its authors wrote them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.loading.demo import STEPS
from service.settings import Settings


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
