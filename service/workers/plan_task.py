"""The messages between the server and a process that answers questions of stacking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["path", "audit", "facts", "ready"]


@dataclass(frozen=True, slots=True)
class PlanTask:
    """A question as JSON, for a `path` or an `audit`; or a document, for the `facts` of what it says somebody holds.

    `matrix` is the file with the stacking matrix of the release that answers; `ready` only reads it. `media_type` is
    that of the document.
    """

    kind: Kind
    matrix: str = ""
    media_type: str = ""
