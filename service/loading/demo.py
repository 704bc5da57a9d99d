"""The demo: which data of the project to load, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..resources import DEMO, SHAPES
from ..settings import Settings
from ..validation.profiles import load_profile
from ..work_store.work_store import WorkStore
from .loading import LoadOutcome, load

_PROGRAMMES = ("requirements", DEMO / "programmes.yaml")

# Skills first, then programmes, then the credentials that name both: each load finds what it must refer to.
STEPS: tuple[tuple[str, Path], ...] = (
    ("elm", DEMO / "esco.ttl"),
    _PROGRAMMES,
    ("table", DEMO / "credentials.csv"),
    ("table", DEMO / "refused.csv"),
)


def load_demo(work: WorkStore, settings: Settings, tell: Callable[[LoadOutcome], None] = lambda _: None) -> None:
    """Load the demo into the work store; six of its records are refused, on purpose.

    Programmes name credentials too, which are not there yet. So they are loaded once more at the end, when a name
    that nobody knows would be wrong, and only then told of.
    """
    profile = load_profile(SHAPES, "eu")
    for number, (source_format, path) in enumerate((*STEPS, _PROGRAMMES), start=1):
        outcome = load(work, settings, profile, source_format, [str(path)], named=True)
        if source_format != _PROGRAMMES[0] or number > len(STEPS):
            tell(outcome)
