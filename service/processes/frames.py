"""The wire between a parent and its child processes: frames of bytes, JSON in them, and errors as JSON.

A frame is four bytes of length, the most significant first, and that many bytes.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import IO, Any

from ..errors import NoSpace, ServiceError
from ..files import is_full
from .child_log import log_to_parent

LENGTH = struct.Struct(">I")

Frame = dict[str, Any]


def read_frame(source: IO[bytes]) -> bytes | None:
    """Return the next frame; None when the other side has closed."""
    head = source.read(LENGTH.size)
    return source.read(LENGTH.unpack(head)[0]) if head else None


def read_json(source: IO[bytes]) -> Frame | None:
    """Return the next frame, which holds a JSON object; None when the other side has closed."""
    data = read_frame(source)
    if data is None:
        return None
    found: Frame = json.loads(data)
    return found


def write_frames(target: IO[bytes], *frames: bytes) -> None:
    """Write frames and hand them on."""
    for data in frames:
        target.write(framed(data))
    target.flush()


def write_json(target: IO[bytes], value: Mapping[str, Any]) -> None:
    """Write a JSON object as a frame and hand it on."""
    write_frames(target, json.dumps(value).encode())


def framed(data: bytes) -> bytes:
    """Return bytes as a frame."""
    return LENGTH.pack(len(data)) + data


def take_answers() -> IO[bytes]:
    """Return where a child program writes its frames; from now on what it logs goes to its parent.

    What anything prints goes to standard error.
    """
    log_to_parent()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def error_to_json(error: ServiceError) -> Frame:
    """Return an error as a frame holds it: its slug as `error`, message, what else its kind says, and its cause."""
    found: Frame = {"error": error.slug, "message": str(error), "details": vars(error)}
    return found | ({"cause": str(error.__cause__)} if error.__cause__ is not None else {})


def failure_to_json(error: BaseException, otherwise: ServiceError) -> Frame:
    """Return what a child program says of an exception that it did not foresee: a full disk, or else that error."""
    if isinstance(error, OSError) and is_full(error):
        full = NoSpace(f"nothing can be written: {error.strerror}")
        full.__cause__ = error
        return error_to_json(full)
    return error_to_json(otherwise)


def error_from_json(found: Mapping[str, Any]) -> ServiceError:
    """Return the error that `error_to_json` wrote, of the same kind; its cause is told in words only."""
    error = _kinds()[found["error"]](found["message"], **found["details"])
    if "cause" in found:
        error.__cause__ = OSError(found["cause"])
    return error


def _kinds() -> dict[str, type[ServiceError]]:
    return {kind.slug: kind for kind in _kinds_below(ServiceError)}


def _kinds_below(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds_below(each)
