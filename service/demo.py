"""The demo: what to load, in which order, from the data that comes with the project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .loading import LoadOutcome, load
from .settings import Settings
from .validation.profiles import load_profile
from .work import Work

_ROOT = Path(__file__).parent.parent
_FOLDER = _ROOT / "data" / "demo"

# Skills first, then programmes, then the credentials that name both: each load finds what it refers to.
STEPS: tuple[tuple[str, Path], ...] = (
    ("elm", _FOLDER / "esco.ttl"),
    ("elm", _FOLDER / "programmes.ttl"),
    ("table", _FOLDER / "credentials.csv"),
    ("table", _FOLDER / "refused.csv"),
)


def load_demo(work: Work, settings: Settings, tell: Callable[[LoadOutcome], None] = lambda _: None) -> None:
    """Load the demo into the work store; six of its records are refused, on purpose."""
    profile = load_profile(_ROOT / "shapes", "eu")
    for source_format, path in STEPS:
        tell(load(work, settings, profile, source_format, [str(path)], named=True))
