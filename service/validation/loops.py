"""Finds loops in the graph of what must be earned before something, or beside it, and puts it in order.

The rule that prerequisites run in no loop is also written in shapes/eu/specification.ttl and
service/stacking/solver/cuts.py. The gate reports a loop once, from here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import NamedTuple

Links = Mapping[str, Collection[str]]
"""What each node requires; a required node that is no key requires nothing."""


class Needs(NamedTuple):
    """What something names in its prerequisites, earned `before` it, and in its corequisites, earned `beside` it."""

    before: Collection[str] = ()
    beside: Collection[str] = ()


def loops(needs: Mapping[str, Needs], of: Container[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return, for every node on a loop, or each of some, a shortest loop through it: the node first and last.

    A loop is a way back to its start on which something comes before something else. What is beside is earned no later
    but may be earned at the same time: a loop of such links alone is none.

    Tarjan's strongly connected components (1972), without recursion, then a breadth-first search inside each; linear
    in nodes and links but for the searches, which are quadratic in the size of a component.
    """
    found = {}
    for component in _components({node: (*one.before, *one.beside) for node, one in needs.items()}):
        members = set(component)
        if any(each in members for node in component if node in needs for each in needs[node].before):
            for node in component:
                if of is None or node in of:
                    found[node] = _shortest(node, needs, members)
    return found


def with_needs_of(
    batch: Mapping[str, Needs], stored: Callable[[Collection[str]], Mapping[str, Needs]]
) -> Mapping[str, Needs]:
    """Return what the nodes of a batch need, and what all that can be reached from there does.

    `stored` tells what is known of nodes besides what the batch says of them. Breadth first: one call for each step.
    """
    found = dict(batch)
    asked = set[str]()
    reached = _named(batch.values())
    while reached:
        asked |= reached
        more = stored(sorted(reached))
        for node, one in more.items():
            own = batch.get(node, Needs())
            found[node] = Needs((*own.before, *one.before), (*own.beside, *one.beside))
        reached = _named(more.values()) - asked
    return found


def _named(needs: Iterable[Needs]) -> set[str]:
    return {each for one in needs for side in one for each in side}


def levels(links: Links) -> Iterator[tuple[str, ...]]:
    """Yield the nodes of a graph without loops, in layers: what a node requires lies in earlier layers than itself.

    Raises:
        CycleError: there is a loop.
    """
    sorter = TopologicalSorter({node: [each for each in links[node] if each in links] for node in links})
    sorter.prepare()
    while sorter.is_active():
        layer = sorter.get_ready()
        yield layer
        sorter.done(*layer)


def _shortest(start: str, needs: Mapping[str, Needs], members: set[str]) -> tuple[str, ...]:
    """Return the way back on which something comes before something else; its component is sure to have one."""
    # A place is a node with whether the way to it had such a link.
    came_from: dict[tuple[str, bool], tuple[str, bool]] = {}
    queue = deque([(start, False)])
    while (start, True) not in came_from:
        node, waited = queue.popleft()
        before, beside = needs.get(node, Needs())
        for each, waits in (*((one, True) for one in before), *((one, waited) for one in beside)):
            if each in members and (each, waits) not in came_from:
                came_from[each, waits] = node, waited
                queue.append((each, waits))
    place = came_from[start, True]
    path = [start, place[0]]
    while place != (start, False):
        place = came_from[place]
        path.append(place[0])
    return tuple(reversed(path))


def _components(links: Links) -> Iterator[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in links:
        if root in index:
            continue
        work = [(root, iter(links[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for each in rest:
                if each not in links:
                    continue
                if each not in index:
                    index[each] = low[each] = len(index)
                    stack.append(each)
                    on_stack.add(each)
                    work.append((each, iter(links[each])))
                    break
                if each in on_stack:
                    low[node] = min(low[node], index[each])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = [stack.pop()]
                    while component[-1] != node:
                        component.append(stack.pop())
                    on_stack.difference_update(component)
                    yield component
