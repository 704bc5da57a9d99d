"""Records are judged by several threads: what is not made for that is done by one at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.validation.engines import rdflib_graphs


def test_queries_of_shapes_are_parsed_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0
    guard, met = threading.Lock(), threading.Event()

    def prepare(text: str) -> str:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        met.wait(0.05)  # long enough for the others to come in, if they may
        with guard:
            inside -= 1
        return text

    monkeypatch.setattr(rdflib_graphs, "prepareQuery", prepare)
    rdflib_graphs.prepared.cache_clear()
    texts = [f"ASK {{ ?s ?p {number} }}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(rdflib_graphs.prepared, texts)) == texts
    rdflib_graphs.prepared.cache_clear()
    assert most == 1
