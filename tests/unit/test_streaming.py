"""What is written arrives while it is written, whole or with the error that ended it, and ends with its reader."""

from __future__ import annotations

from threading import Event
from typing import IO

import pytest

from service.web.edge.streaming import chunks_as_written

MEBIBYTE = 1024 * 1024


def test_everything_arrives_in_order() -> None:
    parts = [bytes([number]) * MEBIBYTE for number in range(5)]
    assert b"".join(chunks_as_written(lambda output: output.writelines(parts))) == b"".join(parts)


def test_nothing_written_is_nothing_read() -> None:
    assert list(chunks_as_written(lambda output: None)) == []


def test_the_first_bytes_arrive_before_the_last_are_written() -> None:
    arrived = Event()

    def write(output: IO[bytes]) -> None:
        output.write(b"first" * MEBIBYTE)
        assert arrived.wait(600)  # would end in an error if the reader had to wait for the end
        output.write(b"last")

    chunks = chunks_as_written(write)
    assert next(chunks).startswith(b"first")
    arrived.set()
    assert b"".join(chunks).endswith(b"last")


def test_a_failure_follows_what_was_written_and_is_never_a_quiet_end() -> None:
    def write(output: IO[bytes]) -> None:
        output.write(b"half")
        raise OSError("the store is damaged")

    chunks = chunks_as_written(write)
    assert next(chunks) == b"half"
    with pytest.raises(OSError, match="damaged"):
        next(chunks)


def test_whoever_stops_reading_ends_the_writing() -> None:
    ended = Event()

    def write(output: IO[bytes]) -> None:
        try:
            while True:
                output.write(bytes(MEBIBYTE))
        finally:
            ended.set()

    chunks = chunks_as_written(write)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert ended.wait(600)
