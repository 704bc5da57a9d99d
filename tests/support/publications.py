"""The demo, published once in a test run and read by all its workers."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from service import resources
from service.loading.demo import load_demo
from service.loading.own_vocabulary import ensure_vocabulary
from service.releases.publishing import make_release
from service.settings import Settings
from service.sparql.named_queries import load_queries
from service.work_store.work_store import open_work


def demo_in(folder: Path) -> Settings:
    """Return the settings of a data directory with the demo as release 1; whoever comes first makes it."""
    settings = Settings(data=folder / "demo" / "var", workers=1)
    made = folder / "demo" / "made"
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder / "demo", ignore_errors=True)  # of a worker that did not come to the end
            with open_work(settings.data) as work:
                ensure_vocabulary(work, resources.ONTOLOGY, settings.base_url)
                load_demo(work, settings)
                make_release(work, settings, load_queries())
            made.touch()
    return settings
