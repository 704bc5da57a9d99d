"""Judges in bulk with the fast engine, and has the reference engine confirm where it matters; the reference decides."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from threading import Lock
from zlib import crc32

from ..profiles import Profile
from ..results import Engine, Result, distinct, without_words
from .engine import DISAGREEMENTS, EngineName, engine_for

Judge = Callable[[str, bytes, Mapping[str, bytes]], tuple[Result, ...]]
"""Takes the name of a record, its statements as N-Quads, and by IRI what is known of things described elsewhere."""

_HUNDRED_PERCENT = 1 << 32


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How much of what the fast engine says pySHACL is asked about too.

    `refused` is the most records with a violation that it judges in one load; `share`, from 0 to 1, the part of all
    others. They are picked by their content, so that the same file always has the same ones picked.
    """

    refused: int = 1000
    share: float = 0.01


class Confirmed:
    """A judge of the records of one load.

    Once the engines differ the fast one is not believed again: pySHACL judges every record that comes after.
    """

    def __init__(self, profile: Profile, engine: EngineName | None, how: Confirmation) -> None:
        """Take an engine by its name, which is asked alone, or `None`: the fast engine confirmed by the reference."""
        self._engine = engine_for(profile, engine)
        self._reference: Engine | None = None
        from .reference import ReferenceEngine  # what it takes to import, a server that only reads need not wait for

        if engine is None and not isinstance(self._engine, ReferenceEngine):
            self._reference = engine_for(profile, "reference")
        self._how = how
        self._left = how.refused
        self._differed = False
        self._lock = Lock()

    @property
    def parallel(self) -> bool:
        """Whether threads may share this and gain by it."""
        return self._engine.parallel

    def results(self, name: str, nquads: bytes, foreign: Mapping[str, bytes]) -> tuple[Result, ...]:
        """Return what is wrong with a record: what pySHACL says where it was asked."""
        around = b"".join(foreign.values())
        found = _own(self._engine.run_text(nquads, around), foreign)
        if self._reference is None or not self._picks(found, nquads):
            return found
        right = _own(self._reference.run_text(nquads, around), foreign)
        if without_words(right) != without_words(found):
            self._differed = True
            differing = set(without_words(right)) ^ set(without_words(found))
            shapes = ", ".join(sorted({result.shape for result in differing}))
            DISAGREEMENTS.warning(
                "the engines disagree on %s of %s; pySHACL counts, and judges all that follows", shapes, name
            )
        return right

    def _picks(self, found: tuple[Result, ...], nquads: bytes) -> bool:
        if self._differed:
            return True
        if any(result.severity == "violation" for result in found):
            with self._lock:
                self._left -= 1
                if self._left >= 0:
                    return True
        return crc32(nquads) < self._how.share * _HUNDRED_PERCENT


def _own(results: tuple[Result, ...], foreign: Container[str]) -> tuple[Result, ...]:
    return distinct(result for result in results if result.focus.value not in foreign)
