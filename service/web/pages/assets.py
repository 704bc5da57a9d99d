"""Serves the style sheet, scripts and pictures of the pages from memory, by names that change with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ...messages.messages import text_files
from ...rdf.media_types import SVG
from ...stacking.picture.svg import STYLE_SHEET

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": SVG,
}


class Asset(NamedTuple):
    """A file of the pages; `version` is the start of its SHA-256."""

    data: bytes
    media_type: str
    version: str


@cache
def load_assets() -> Mapping[str, Asset]:
    """Return the files by name; they are read once."""
    files = [*_STATIC.iterdir(), STYLE_SHEET]
    return {path.name: _asset(path) for path in sorted(files) if path.suffix in _MEDIA_TYPES}


@cache
def pages_version() -> str:
    """Return what changes when a template, a text or a file of the pages does."""
    digest = hashlib.sha256()
    pages = (path for folder in (_STATIC, _FOLDER / "templates") for path in sorted(folder.iterdir()))
    for path in (*pages, STYLE_SHEET, *text_files()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    return Asset(data, _MEDIA_TYPES[path.suffix], hashlib.sha256(data).hexdigest()[:12])
