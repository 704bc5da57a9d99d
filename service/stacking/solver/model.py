"""Builds the integer programme of a question: what is counted where, what is earned, and in which term.

Columns: `x` a credential is earned; `a` an award is counted at a leaf; `d` a part is counted on; `u` the share of a
leaf that stays open; `z` a credential is earned by the end of a term; `p` a prerequisite holds. The formulas are those
of docs/stacking.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from ..problem.candidates import Admission, Credential, Held, hundredths
from ..problem.prerequisites import Leaf, Prerequisites
from ..problem.problem import Limits
from ..requirements.tree import AllOf, Count, Credits, Manual, Requirement, Skill, SomeOf, is_plain, leaves, share_group
from .highs import Programme
from .opening import Column, Opening

Item = tuple[str, str]
"""("held" or "plan", IRI)."""


class Model:
    """The programme over what is held and a set of credentials on offer. `horizon`: the number of terms, None: any."""

    def __init__(
        self,
        target: Requirement,
        held: Sequence[Held],
        offered: Sequence[Credential],
        admission: Admission,
        prerequisites: Prerequisites,
        limits: Limits,
        horizon: int | None = None,
    ) -> None:
        self.programme = Programme()
        self.offered = offered
        self.x = {credential.iri: self.programme.column() for credential in offered}
        self.opening = Opening(self.programme, prerequisites, self.x)
        self.a: dict[str, dict[Item, int]] = {}
        self.d: dict[str, int] = {}
        self.u: dict[str, int] = {}
        self.z: dict[str, list[int]] = {}
        self.by_iri = {credential.iri: credential for credential in offered}
        self._held = held
        self.own: Mapping[str, Held] = {one.credential.iri: one for one in held}
        self.admission = admission
        self.prerequisites = prerequisites
        self.target = target
        self._demand(target, None)
        self._count_once()
        self._count_elsewhere()
        self._limit(limits)
        if horizon is None:
            for credential in offered:
                self.opening.allow(credential, self.x[credential.iri], self.x.get, self.x.get)
        else:
            self._terms(horizon, limits)

    def unmet(self) -> dict[int, float]:
        """Return the objective: the weight of what stays open."""
        found: dict[int, float] = {}
        for leaf in leaves(self.target):
            if not isinstance(leaf, Manual):
                if leaf.id in self.u:
                    found[self.u[leaf.id]] = float(leaf.rules.weight)
            elif leaf.id in self.d:
                found[self.d[leaf.id]] = found.get(self.d[leaf.id], 0.0) + 1.0
        return found

    def always_unmet(self) -> Fraction:
        """Return the weight that no plan can change: what a person must decide in any case."""
        return Fraction(sum(isinstance(leaf, Manual) and leaf.id not in self.d for leaf in leaves(self.target)))

    def ects(self) -> dict[int, float]:
        """Return the objective: new ECTS, in hundredths."""
        return {self.x[c.iri]: float(hundredths(c.ects) or 0) for c in self.offered}

    def cost(self) -> dict[int, float]:
        """Return the objective: what is known of the cost, in cents."""
        return {self.x[c.iri]: float(c.cost * 100) for c in self.offered if c.cost}

    def number(self, most: int) -> dict[int, float]:
        """Return the objective: few credentials, of at most so many, then those early in the order of IRIs."""
        step = most * len(self.offered) + 1
        return {self.x[c.iri]: float(step + place) for place, c in enumerate(self.offered)}

    def counted(self) -> dict[int, float]:
        """Return the objective: as few counted credentials as are needed."""
        return {column: 1.0 for columns in self.a.values() for column in columns.values()}

    def unmet_exactly(self, values: Sequence[float]) -> Fraction:
        """Return the weight of what stays open in a solution, exactly."""
        return sum((self._short(node, values) for node in leaves(self.target)), Fraction(0))

    def terms_of(self, taken: Sequence[Credential], values: Sequence[float]) -> Mapping[str, int]:
        """Return the term in which a solution with terms earns each credential."""
        columns = self.z
        return {
            one.iri: next(term for term, column in enumerate(columns[one.iri], 1) if values[column] > 0.5)
            for one in taken
        }

    def is_chosen(self, node: str, values: Sequence[float]) -> bool:
        """Return whether a solution counts on a node."""
        return node not in self.d or values[self.d[node]] > 0.5

    def _short(self, leaf: Leaf | Manual, values: Sequence[float]) -> Fraction:
        if not self.is_chosen(leaf.id, values):
            return Fraction(0)
        if isinstance(leaf, Manual):
            return Fraction(1)
        if leaf.id not in self.u:
            return Fraction(0)
        if is_plain(leaf):
            counted = self.prerequisites.counted(leaf)
            covered = any(values[self.x[iri]] > 0.5 for iri in counted if iri in self.x)
            return Fraction(0) if covered else Fraction(leaf.rules.weight)
        amount = sum(self.worth(leaf, item) for item, column in self.a[leaf.id].items() if values[column] > 0.5)
        least = least_of(leaf)
        return Fraction(leaf.rules.weight) * Fraction(max(0, least - amount), least)

    def worth(self, leaf: Leaf, item: Item) -> int:
        """Return what an item adds to a leaf, in its unit."""
        if not isinstance(leaf, Credits):
            return 1
        source, iri = item
        found = self.by_iri[iri] if source == "plan" else self.own[iri].credential
        return hundredths(found.ects) or 0

    def _demand(self, node: Requirement, demand: int | None) -> None:
        if demand is not None:
            self.d[node.id] = demand
        if isinstance(node, AllOf) or (isinstance(node, SomeOf) and node.minimum == len(node.parts)):
            for part in node.parts:
                self._demand(part, demand)
        elif isinstance(node, SomeOf):
            columns = [self.programme.column() for _ in node.parts]
            terms = dict.fromkeys(columns, 1.0)
            if demand is None:
                self.programme.row(terms, node.minimum, node.minimum)
            else:
                self.programme.row({**terms, demand: -node.minimum}, 0, 0)
            for part, column in zip(node.parts, columns, strict=True):
                self._demand(part, column)
        elif not isinstance(node, Manual):
            self._leaf(node, demand)

    def _leaf(self, leaf: Leaf, demand: int | None) -> None:
        own = [held for held in self._held if self.admission.holds(leaf, held).answer]
        new = [one for iri, one in self.prerequisites.counted(leaf).items() if iri in self.x]
        least = least_of(leaf)
        if is_plain(leaf):
            if own:
                return
            terms = {self.x[credential.iri]: 1.0 for credential in new}
        else:
            columns: dict[Item, int] = {("held", held.credential.iri): self.programme.column() for held in own}
            columns.update({("plan", credential.iri): self.programme.column() for credential in new})
            self.a[leaf.id] = columns
            terms = {column: float(self.worth(leaf, item)) for item, column in columns.items()}
            for column in columns.values() if demand is not None else ():
                self.programme.row({column: 1, demand: -1}, upper=0)  # type: ignore[dict-item]  # not None here
            if isinstance(leaf, Credits) and leaf.maximum is not None:
                self.programme.row(terms, upper=int(leaf.maximum * 100))
            elif isinstance(leaf, Count) and leaf.maximum is not None:
                self.programme.row(terms, upper=leaf.maximum)
            if leaf.rules.maximum_rpl is not None:
                self.programme.row(self._recognised([leaf.id]), upper=int(leaf.rules.maximum_rpl * 100))
        if least > 0:
            open_share = self.u[leaf.id] = self.programme.column(whole=False)
            # What is over does not count: so written, half of a large credential is no way to meet a small minimum.
            lower = {column: min(worth, float(least)) for column, worth in terms.items()}
            lower[open_share] = float(least)
            if demand is None:
                self.programme.row(lower, lower=least)
            else:
                self.programme.row({**lower, demand: -float(least)}, lower=0)

    def _recognised(self, names: Collection[str]) -> dict[int, float]:
        own = self.own
        return {
            column: float(hundredths(own[iri].credential.ects) or 0)
            for name in names
            for (source, iri), column in self.a[name].items()
            if source == "held" and own[iri].rpl
        }

    def _award(self, item: Item) -> str:
        source, iri = item
        return (self.by_iri[iri] if source == "plan" else self.own[iri].credential).award

    def _count_once(self) -> None:
        groups: dict[tuple[str, str], dict[Item, list[int]]] = {}
        for leaf in leaves(self.target):
            for item, column in self.a.get(leaf.id, {}).items():
                assert not isinstance(leaf, Manual)
                groups.setdefault((share_group(leaf), self._award(item)), {}).setdefault(item, []).append(column)
        for items in groups.values():
            for (source, iri), columns in items.items():
                if source == "plan":
                    # One row for all leaves of the group is tighter than one for each, and as true.
                    self.programme.row({**dict.fromkeys(columns, 1.0), self.x[iri]: -1}, upper=0)
            every = [column for columns in items.values() for column in columns]
            if len(items) > 1 or (len(every) > 1 and next(iter(items))[0] == "held"):
                self.programme.row(dict.fromkeys(every, 1.0), upper=1)

    def _count_elsewhere(self) -> None:
        found = [leaf for leaf in leaves(self.target) if leaf.id in self.a and not isinstance(leaf, Manual)]
        ordinary = [leaf for leaf in found if not isinstance(leaf, Skill) and not leaf.rules.counted_elsewhere]
        for leaf in found:
            others = [other for other in ordinary if share_group(other) != share_group(leaf)]
            if leaf.rules.counted_elsewhere:
                for item, column in self.a[leaf.id].items():
                    same = [self.a[other.id][item] for other in others if item in self.a[other.id]]
                    self.programme.row({column: 1, **dict.fromkeys(same, -1)}, upper=0)
            if leaf.rules.maximum_shared is not None:
                shared: dict[int, float] = {}
                for item, column in self.a[leaf.id].items():
                    both = self.programme.column(whole=False)
                    source, iri = item
                    credential = self.by_iri[iri] if source == "plan" else self.own[iri].credential
                    shared[both] = float(hundredths(credential.ects) or 0)
                    for other in others:
                        if item in self.a[other.id]:
                            self.programme.row({both: 1, column: -1, self.a[other.id][item]: -1}, lower=-1)
                self.programme.row(shared, upper=int(leaf.rules.maximum_shared * 100))

    def _limit(self, limits: Limits) -> None:
        if limits.max_ects is not None:
            self.programme.row(self.ects(), upper=int(limits.max_ects * 100))
        if limits.max_cost is not None:
            self.programme.row(self.cost(), upper=float(limits.max_cost * 100) + 1e-6)
        if limits.max_credentials is not None:
            self.programme.row(dict.fromkeys(self.x.values(), 1.0), upper=limits.max_credentials)
        for iri in limits.pin:
            self.programme.row({self.x[iri]: 1.0} if iri in self.x else {}, lower=1)
        if limits.max_rpl is not None:
            self._limit_recognition(int(limits.max_rpl * 100))

    def _limit_recognition(self, most: int) -> None:
        counted: dict[str, int] = {}
        for leaf in leaves(self.target):
            if isinstance(leaf, Manual | Skill) or leaf.rules.counted_elsewhere:
                continue
            for (source, iri), column in self.a[leaf.id].items():
                if source == "held" and self.own[iri].rpl:
                    if iri not in counted:
                        counted[iri] = self.programme.column()
                    self.programme.row({column: 1, counted[iri]: -1}, upper=0)
        own = self.own
        self.programme.row(
            {column: float(hundredths(own[iri].credential.ects) or 0) for iri, column in counted.items()}, upper=most
        )

    def _terms(self, horizon: int, limits: Limits) -> None:
        programme = self.programme
        for credential in self.offered:
            columns = [programme.column() for _ in range(horizon)]
            self.z[credential.iri] = columns
            for before, after in pairwise(columns):
                programme.row({before: 1, after: -1}, upper=0)
            last = {columns[-1]: -1.0} if columns else {}
            programme.row({self.x[credential.iri]: 1, **last}, 0, 0)
        for credential in self.offered:
            for term, column in enumerate(self.z[credential.iri]):
                earlier: Column = lambda iri, term=term: (  # type: ignore[misc]  # noqa: E731
                    self.z[iri][term - 1] if term and iri in self.z else None
                )
                by_now: Column = lambda iri, term=term: self.z[iri][term] if iri in self.z else None  # type: ignore[misc]  # noqa: E731
                self.opening.allow(credential, column, earlier, by_now)
        if limits.ects_per_term is not None:
            for term in range(horizon):
                load: dict[int, float] = {}
                for credential in self.offered:
                    ects = float(hundredths(credential.ects) or 0)
                    load[self.z[credential.iri][term]] = ects
                    if term:
                        load[self.z[credential.iri][term - 1]] = -ects
                programme.row(load, upper=int(limits.ects_per_term * 100))


def least_of(leaf: Leaf) -> int:
    """Return the minimum of a leaf in its unit: hundredths of ECTS, or a number."""
    return int(leaf.minimum * 100) if isinstance(leaf, Credits) else int(leaf.minimum)
