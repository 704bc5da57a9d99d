"""The one function that validates, over two engines: pySHACL, the reference, and the `shacl` package for bulk."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import rdflib

from ...errors import InvalidArgument
from ...rdf.statements import Triple
from ..profiles import Profile
from ..results import Engine, Result, without_words

logger = logging.getLogger(__name__)

DISAGREEMENTS = logging.getLogger(f"{__name__}.disagreements")
"""Whatever is logged here is one disagreement of the engines."""

EngineName = Literal["fast", "reference", "both"]


def validate(data: Sequence[Triple] | bytes, profile: Profile, engine: EngineName | None = None) -> tuple[Result, ...]:
    """Return what the shapes of a profile find wrong with a graph, given as triples or as N-Triples or N-Quads.

    Args:
        data: must hold the types and schemes of whatever it refers to, else `sh:class` and list checks fail falsely.
        profile: its shapes are compiled on first use and kept.
        engine: `None` takes the fast engine where it is installed and can express the shapes, else the reference;
            "both" runs both, logs a disagreement and returns what the reference says.

    Raises:
        InvalidArgument: the text does not parse, or the shapes cannot be evaluated.
    """
    found = engine_for(profile, engine)
    return found.run_text(data) if isinstance(data, bytes) else found.run(data)


def engine_for(profile: Profile, engine: EngineName | None = None) -> Engine:
    """Return the engine that `validate` uses, its shapes compiled: for callers that validate many graphs."""
    return _engine(profile.graph, engine)


# Keyed by the graph object: rdflib compares graphs by identifier, which is new for every graph that is read.
@lru_cache(maxsize=64)
def _engine(shapes: rdflib.Graph, engine: EngineName | None) -> Engine:
    if engine == "reference":
        from .reference import ReferenceEngine  # pySHACL takes a second to import, and a server seldom needs it

        return ReferenceEngine(shapes)
    if engine == "both":
        fast = _engine(shapes, None)
        try:
            reference = _engine(shapes, "reference")
        except InvalidArgument as error:
            logger.warning("validating with the fast engine only: %s", error)
            return fast
        return reference if fast is reference else BothEngines(fast, reference)
    try:
        from .fast import FastEngine

        return FastEngine(shapes)
    except ImportError as error:
        if engine == "fast":
            raise InvalidArgument("the fast engine is not installed: pip install 'pinoamo[fast]'") from error
        logger.info("validating with pySHACL only: the shacl package is not installed")
    except InvalidArgument as error:
        if engine == "fast":
            raise
        logger.warning("validating with pySHACL only: %s", error)
    return _engine(shapes, "reference")


class BothEngines:
    """Runs two engines; the second one is right."""

    parallel = False

    def __init__(self, fast: Engine, reference: Engine) -> None:
        self._fast = fast
        self._reference = reference

    def run(self, triples: Sequence[Triple]) -> tuple[Result, ...]:
        """See `Engine.run`."""
        return self._compare(self._fast.run(triples), self._reference.run(triples))

    def run_text(self, nquads: bytes, around: bytes = b"") -> tuple[Result, ...]:
        """See `Engine.run_text`; both are given one graph, so that both speak of the same things."""
        whole = nquads + around
        return self._compare(self._fast.run_text(whole), self._reference.run_text(whole))

    def _compare(self, fast: tuple[Result, ...], reference: tuple[Result, ...]) -> tuple[Result, ...]:
        if without_words(fast) != without_words(reference):
            differing = sorted({result.shape for result in set(without_words(fast)) ^ set(without_words(reference))})
            DISAGREEMENTS.warning("the engines disagree on %s; pySHACL counts", ", ".join(differing))
        return reference
