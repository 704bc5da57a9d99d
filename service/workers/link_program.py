"""The program that links texts in a process of its own, which is killed when it meets a limit.

`link_pool` starts it and talks to it in frames. What a text says is written nowhere and logged nowhere.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from ..catalogue.concepts import read_esco
from ..errors import LinkFailed, ServiceError
from ..linking.linker.linker import Linker
from ..linking.linker.to_json import about_linker, linked_to_json
from ..processes.frames import error_to_json, read_frame, take_answers, write_frames
from ..processes.limits import OUT_OF_MEMORY, be_nice, end_with_parent, limit_memory, peak_bytes
from ..store.oxigraph import OxigraphStore
from .link_task import LinkTask

_NICENESS = 5  # the server's own answers go first


class Linkers:
    """The linker of the release that was asked last; that of the one before goes first, to make room."""

    def __init__(self) -> None:
        self._known: tuple[tuple[str, str], Linker, str] | None = None

    def of(self, store: str, tag: str) -> tuple[Linker, str]:
        """Return the linker of a release and the version of ESCO; made when another release was asked before."""
        if self._known is None or self._known[0] != (store, tag):
            self._known = None
            opened = OxigraphStore.read_only(Path(store))
            try:
                esco = read_esco(opened)
            finally:
                opened.close()
            self._known = (store, tag), Linker(esco.concepts), esco.version
        return self._known[1:]


def answer(task: LinkTask, linkers: Linkers) -> bytes:
    """Return links as JSON.

    Raises:
        ServiceError: a text or the language cannot be meant, or the release cannot be opened.
    """
    linker, version = linkers.of(task.store, task.tag)
    results = [linker.link(text, task.language, limit=task.limit, kind=task.kind) for text in task.texts]
    found = {
        "release": task.release,
        "esco_version": version,
        "linker": about_linker(linker),
        "results": [linked_to_json(result) for result in results],
    }
    return json.dumps(found, ensure_ascii=False).encode()


def _serve(requests: IO[bytes], answers: IO[bytes], memory: int) -> None:
    linkers = Linkers()
    write_frames(answers, json.dumps({"ready": True}).encode(), b"")
    while (frame := read_frame(requests)) is not None:
        read_frame(requests)  # every task has a second frame; this one needs none
        head: dict[str, Any] = {}
        body = b""
        try:
            body = answer(LinkTask(**json.loads(frame)), linkers)
        except ServiceError as error:
            head = error_to_json(error)
        except (MemoryError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
            # What an exception says may quote a text.
            head = error_to_json(LinkFailed(f"the links could not be made: {type(error).__name__}"))
        # Memory that a large request has taken does not come back whole.
        head["recycle"] = peak_bytes() > memory // 2
        write_frames(answers, json.dumps(head).encode(), body)


def main() -> None:
    """Serve tasks until standard input ends; the argument is the address-space limit in MiB."""
    end_with_parent()
    memory = int(sys.argv[1]) * 1024 * 1024
    limit_memory(memory)
    be_nice(os.getpid(), _NICENESS)
    answers = take_answers()
    try:
        _serve(sys.stdin.buffer, answers, memory)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
