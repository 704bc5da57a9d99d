"""The messages between the server and a process that links texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..linking.linker.concepts import ConceptKind


@dataclass(frozen=True, slots=True)
class LinkTask:
    """Texts to link, over the store of a release; `tag` tells a release from an earlier one of the same number."""

    release: int
    store: str
    tag: str
    texts: Sequence[str]
    language: str | None = None
    limit: int = 5
    kind: ConceptKind = "skill"
