"""The messages between a caller, server or command line, and a process that checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..validation.engines.engine import EngineName


class CheckAnswer(NamedTuple):
    """JSON or Turtle, and whether every document conforms to all it was held against; nothing checked is a no."""

    body: bytes
    conforms: bool


@dataclass(frozen=True, slots=True)
class CheckTask:
    """Documents, by their paths or as bytes of a media type, and what to hold them against.

    `shapes` are files of shapes that together make one more profile; `recognition` names the profiles of a recognition
    matrix; `background` are files of what the shapes are told besides a document; `report` asks for a SHACL report in
    Turtle instead of JSON; `store` is the store of a release, or empty.
    `engine` names the SHACL engine; by default the document's size decides. `strict` when a document of which
    statements were left out does not conform.
    """

    profiles: Sequence[str] = ()
    shapes: Sequence[str] = ()
    background: Sequence[str] = ()
    recognition: Sequence[str] = ()
    report: bool = False
    paths: Sequence[str] = ()
    media_type: str = ""
    source: str = ""
    store: str = ""
    engine: EngineName | None = None
    strict: bool = False
    seconds: float = 30.0
