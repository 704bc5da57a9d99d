"""The demo: what to load, in which order, from the data that comes with the project."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "data" / "demo"

# Skills first, then programmes, then the credentials that name both: each load finds what it refers to.
STEPS: tuple[tuple[str, Path], ...] = (
    ("elm", _FOLDER / "esco.ttl"),
    ("elm", _FOLDER / "programmes.ttl"),
    ("table", _FOLDER / "credentials.csv"),
    ("table", _FOLDER / "refused.csv"),
)
