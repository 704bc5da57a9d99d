"""What every test may use: where the tree stands, one published demo, room in time, and which tests are fast."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from service.settings import Settings
from tests.support.fast import Guard, is_system
from tests.support.publications import demo_in

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
PATIENCE: Mapping[str, Any] = {
    "query_seconds": 300, "check_seconds": 300, "update_seconds": 300, "service_seconds": 300, "link_seconds": 300,
    "write_wait_seconds": 300,
}  # fmt: skip
"""Limits of time for tests that are not about limits: these count the time of the clock, and a busy machine takes long.

Every test has them in the environment. A test of a limit gives its own, small one to `Settings`.
"""


def pytest_configure(config: pytest.Config) -> None:
    """Drop the settings of whoever runs the tests, and give room in time to all that is started here."""
    for name in [name for name in os.environ if name.startswith("PINOAMO_")]:
        del os.environ[name]
    os.environ.update({f"PINOAMO_{name.upper()}": str(value) for name, value in PATIENCE.items()})
    hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis_settings.load_profile("patient")
    config.stash[_GUARD] = Guard()


_GUARD = pytest.StashKey[Guard]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is not fast, refuse names that tell where this machine keeps the checkout, and begin with slow files.

    A worker takes one file after another, in this order: a slow one at the end would keep one worker busy alone.
    """
    for item in items:
        if is_system(item):
            item.add_marker("system")
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    told = [item.nodeid for item in items if str(ROOT) in item.nodeid]
    if told:
        raise pytest.UsageError(f"names of tests hold the folder of this checkout, such as {told[0]}")


def pytest_collection_finish() -> None:
    """Keep the thousands of tests out of the way of the collector of garbage."""
    _set_aside_what_stays()


def _set_aside_what_stays() -> None:
    # A publication collects garbage by hand, and looking through all that a run of tests keeps takes ten times as long
    # as the publication. What lives on at the end of a file (modules, shapes kept in memory) is not looked at again.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch the test and the fixtures made for it."""
    item.config.stash[_GUARD].watch(item)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Fail a test without the marker `system` that starts a process or publishes, also where that was caught."""
    yield
    if nextitem is None or nextitem.path != item.path:
        _set_aside_what_stays()
    if done := item.config.stash[_GUARD].stop():
        pytest.fail(f"this test needs @pytest.mark.system: it {done[0]}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Official ESCO, ELM and sample files. They come from elsewhere and are not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(reason="needs official test data beside the checkout (../shared/data), not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def demo_settings(session_folder: Path) -> Settings:
    """Settings of a data directory in which the demo is published as release 1. Not to be written to."""
    return demo_in(session_folder)
