"""Loops and order in a graph of prerequisites."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

Links = Mapping[str, Collection[str]]
"""What each node requires; a required node that is no key requires nothing."""


def loops(links: Links) -> dict[str, tuple[str, ...]]:
    """Return, for every node on a loop, a shortest loop through it: the node first and last.

    Tarjan's strongly connected components (1972), without recursion, then a breadth-first search inside each; linear
    in nodes and links but for the searches, which are quadratic in the size of a component.
    """
    found = {}
    for component in _components(links):
        members = set(component)
        for node in component:
            loop = _shortest(node, links, members)
            if loop:
                found[node] = loop
    return found


def levels(links: Links) -> Iterator[tuple[str, ...]]:
    """Yield the nodes of a graph without loops, in layers: what a node requires lies in earlier layers than itself."""
    waiting = {node: {each for each in links[node] if each in links} for node in links}
    users: dict[str, list[str]] = {}
    for node, required in waiting.items():
        for each in required:
            users.setdefault(each, []).append(node)
    layer = [node for node, required in waiting.items() if not required]
    while layer:
        yield tuple(layer)
        following = []
        for done in layer:
            for user in users.get(done, ()):
                waiting[user].discard(done)
                if not waiting[user]:
                    following.append(user)
        layer = following


def _shortest(start: str, links: Links, members: set[str]) -> tuple[str, ...]:
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for each in links.get(node, ()):
            if each == start:
                path = [start, node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if each in members and each not in came_from:
                came_from[each] = node
                queue.append(each)
    return ()


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
