"""A problem with what planning derives from it once, before anything is planned."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from ..problem.answer import Refusal
from ..problem.candidates import Admission
from ..problem.prerequisites import Leaf, Prerequisites
from ..problem.problem import Problem
from ..requirements.tree import Manual, leaves
from .highs import Deadline
from .plan import Planner
from .screen import Screened, screen

SEARCH_SHARE = 0.7
"""Share of the time of a question that the search may have; the rest is for saying what was found."""

LEAST_SECONDS = 1.0
"""Time to say what a few credentials count for, however little a question may take."""


class Prepared:
    """A problem with what is derived from it once."""

    def __init__(self, whole: Problem) -> None:
        problem = whole
        limits = problem.limits
        named = ChainMap(dict(problem.named), problem.candidates)  # type: ignore[arg-type]  # it is only read
        if problem.select is not None:
            problem = replace(problem, candidates=problem.select(problem))
        self.whole = whole
        self.problem = problem
        self.admission = Admission(
            problem.today,
            replacement=problem.replacement,
            named=named,
            max_age=limits.max_age,
            require_verified=limits.require_verified,
        )
        usable = [held for held in problem.held if self.admission.usable(held).answer is not False]
        self.prerequisites = Prerequisites(self.admission, usable, problem.candidates)
        self.screened: Screened = screen(problem, self.admission, self.prerequisites)

    @cached_property
    def _settling(self) -> Deadline:
        return Deadline(max(LEAST_SECONDS, self.problem.seconds * (1 - SEARCH_SHARE)))

    def planner(self, deadline: Deadline) -> Planner:
        """Return what plans until a deadline. All of one question share the time to settle, which begins when used."""
        offered = self.screened.offered
        return Planner(self.problem, offered, self.admission, self.prerequisites, deadline, lambda: self._settling)

    def without(self, names: frozenset[str]) -> Prepared:
        return Prepared(replace(self.whole, limits=self.whole.limits.without(names)))

    def rejected(self) -> tuple[Refusal, ...]:
        """Return the refused candidates: all there are, if the question wants them named."""
        whole = self.whole
        if whole.relevant is None:
            return self.screened.rejected
        every = replace(whole, candidates=whole.relevant(whole), select=None, relevant=None)
        return Prepared(every).screened.rejected

    def leaves(self) -> Sequence[Leaf]:
        return [leaf for leaf in leaves(self.problem.target) if not isinstance(leaf, Manual)]
