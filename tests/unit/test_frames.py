"""One wire between processes: what is written as a frame is read back, and an error stays the kind that it is."""

from __future__ import annotations

import io
import json

import pytest

from service import errors
from service.errors import ServiceError
from service.processes.frames import error_from_json, error_to_json, read_frame, read_json, write_frames, write_json
from tests.support.error_kinds import KINDS

DETAILS = {
    errors.QuerySyntaxError: {"line": 3, "column": 7},
    errors.NotAcceptable: {"offered": ("text/turtle", "text/csv")},
    errors.TooManyRequests: {"retry_after_seconds": 9},
    errors.LoadFailed: {"issues": ({"line": 2, "message": "no id"},)},
    errors.RecordRefused: {"documents": ({"source": "x", "verdicts": []},)},
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_an_error_comes_back_as_the_kind_it_was(kind: type[ServiceError]) -> None:
    error = kind("it is so", **DETAILS.get(kind, {}))
    found = error_from_json(json.loads(json.dumps(error_to_json(error))))
    assert type(found) is kind
    assert str(found) == "it is so"
    assert vars(found) == vars(error)


def test_slugs_tell_kinds_apart() -> None:
    slugs = [kind.slug for kind in KINDS]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("cause", [OSError("the disk is full"), None])
def test_whether_an_error_has_a_cause_is_told(cause: OSError | None) -> None:
    error = errors.StoreUnavailable("the store failed")
    error.__cause__ = cause
    found = error_from_json(json.loads(json.dumps(error_to_json(error))))
    assert str(found.__cause__) == str(cause)


def test_frames_are_read_as_they_were_written() -> None:
    wire = io.BytesIO()
    write_json(wire, {"ready": True, "ä": 1})
    write_frames(wire, b"", b"\x00" * 70_000)
    wire.seek(0)
    assert read_json(wire) == {"ready": True, "ä": 1}
    assert [read_frame(wire), read_frame(wire), read_frame(wire), read_json(wire)] == [
        b"",
        b"\x00" * 70_000,
        None,
        None,
    ]
