"""The demo: which data of the project to load, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ..resources import DEMO, SHAPES
from ..settings import Settings
from ..validation.profiles import load_profile
from ..work_store.work_store import Source, WorkStore
from .conditions import read_conditions
from .esco_versions import has_official
from .loading import LoadOutcome, load

_SLICE = DEMO / "esco.ttl"
_PROGRAMMES = ("requirements", DEMO / "programmes.yaml")

# Skills first, then programmes, then the credentials that name both: each load finds what it must refer to.
STEPS: tuple[tuple[str, Path], ...] = (
    ("elm", _SLICE),
    _PROGRAMMES,
    ("table", DEMO / "credentials.csv"),
    ("table", DEMO / "refused.csv"),
)


def load_demo(work: WorkStore, settings: Settings, tell: Callable[[LoadOutcome], None] = lambda _: None) -> None:
    """Load the demo into the work store; two of its records are listed with gaps, and four are held back, on purpose.

    Programmes name credentials too, which are not there yet. So they are loaded once more at the end, when a name
    that nobody knows would be wrong, and only then told of.
    """
    profile, conditions = load_profile(SHAPES, "eu"), read_conditions(DEMO / "conditions.toml")
    for number, (source_format, path) in enumerate((*STEPS, _PROGRAMMES), start=1):
        if path == _SLICE and has_official(work):
            continue  # two versions of a concept would be one
        outcome = load(
            work, settings, profile, source_format, [str(path)], named=True,
            conditions=conditions if path.name == "refused.csv" else None,
        )  # fmt: skip
        if source_format != _PROGRAMMES[0] or number > len(STEPS):
            tell(outcome)


def is_all_demo(paths: Iterable[str]) -> bool:
    """Tell whether all of some paths are those of files of the demo, wherever the program is installed."""
    files = {path.parts[-3:] for _, path in STEPS}
    return all(Path(path).absolute().parts[-3:] in files for path in paths)


def is_demo(source: Source) -> bool:
    """Tell whether a source was loaded from files of the demo."""
    return bool(source.origins) and is_all_demo(source.origins)


def is_own(source: Source) -> bool:
    """Tell whether a source is neither of the demo nor made by the program itself."""
    return source.format != "vocabulary" and not is_demo(source)
