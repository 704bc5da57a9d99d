"""What every test may use: where the tree stands, and data that only some machines hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service.loading.demo import load_demo
from service.loading.own_vocabulary import ensure_vocabulary
from service.releases.publishing import make_release
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.work_store.work_store import open_work

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
PATIENCE: Mapping[str, Any] = {"query_seconds": 300, "check_seconds": 300, "update_seconds": 300}
"""Settings for tests that are not about limits: these count the time of the clock, and a busy machine takes long."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """Official ESCO, ELM and sample files. They come from elsewhere and are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(reason="needs official test data beside the checkout (../shared/data), not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data directory in which the demo is published as release 1. Not to be written to."""
    data = tmp_path_factory.mktemp("demo") / "var"
    settings = Settings(data=data, workers=1, **PATIENCE)
    with open_work(settings.data) as work:
        ensure_vocabulary(work, ROOT / "ontology", settings.base_url)
        load_demo(work, settings)
        make_release(work, settings, load_queries())
    return settings
