"""What child processes write becomes lines of the parent's log, without the words of whoever asked."""

from __future__ import annotations

import json
import logging

import pytest

from service.processes.child_log import tell


def marked(**record: object) -> bytes:
    return b"\x1e" + json.dumps(record).encode()


def test_record_of_a_child_is_logged_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    tell("program", [marked(logger="service.releases", level=logging.WARNING, message="release 3 is damaged")])
    assert caplog.record_tuples == [("service.releases", logging.WARNING, "release 3 is damaged")]


def test_of_what_libraries_print_only_kinds_and_places_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    tell("program", [
        b"thread 'main' panicked at lib/oxigraph/src/sparql/eval.rs:120:9:",
        b"SELECT ?secret { ?s ?p 'Aino' }",
        b"Traceback (most recent call last):",
        b'  File "/opt/service/workers/query_program.py", line 60, in _serve',
        b"ValueError: cannot read Aino",
    ])  # fmt: skip
    assert "Aino" not in caplog.text
    assert "secret" not in caplog.text
    for kept in ("eval.rs:120:9", "query_program.py", "ValueError"):
        assert kept in caplog.text
    assert len(caplog.records) == 1


def test_words_that_are_no_fault_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    tell("program", [b"Aino was here", b"", b"\x1enot JSON"])
    assert not caplog.records
