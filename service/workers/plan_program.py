"""The program that answers questions of stacking in a process of its own, which is killed when it meets a limit.

`plan_pool` starts it and talks to it in frames: a task as JSON and the question's bytes in, what became of it as JSON
and the answer's bytes out. What a question says is written nowhere and logged nowhere.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ..errors import PlanFailed, ServiceError, StoreUnavailable
from ..processes.frames import error_to_json, failure_to_json, read_frame, take_answers, write_frames
from ..processes.limits import OUT_OF_MEMORY, end_with_parent, limit_memory, peak_bytes
from ..settings import Settings
from ..stacking.asking import ProofRefused, ask, facts_from_upload, read_question
from ..stacking.matrix.matrix import Matrix
from ..stacking.question.from_json import MAX_SECONDS, seconds_from
from .plan_task import PlanTask

HARD_TIMES = 2
"""How many seconds may pass for each one that a question may have, before the process ends whatever it does."""

GRACE_SECONDS = 5.0
"""On top of that: for reading the question, and for a busy machine."""

_KEPT = 2  # releases, of which the matrix stays in memory


class Planner:
    """Answers tasks; the matrices of the last releases asked are kept."""

    def __init__(self, settings: Settings, limit: Callable[[float], object] = lambda seconds: None) -> None:
        """Take settings, and what is told the seconds of a question once they are known."""
        self._settings = settings
        self._limit = limit
        self._matrices: OrderedDict[tuple[str, int, int], Matrix] = OrderedDict()

    def answer(self, task: PlanTask, data: bytes) -> bytes:
        """Return the answer as JSON.

        Raises:
            ServiceError: the question cannot be meant, or no answer was found in time.
            ProofRefused: the verifier finds a fault in the answer.
        """
        if task.kind == "ready":
            self._matrix(task.matrix)
            return b""
        if task.kind == "facts":
            return _json(facts_from_upload(data, task.media_type, self._settings))
        question = read_question(data)
        matrix = self._matrix(task.matrix)
        self._limit(seconds_from(question) if isinstance(question, Mapping) else MAX_SECONDS)
        today = datetime.now(UTC).date()
        return _json(ask(question, matrix, self._settings, today, only_held=task.kind == "audit").body)

    def _matrix(self, path: str) -> Matrix:
        try:
            state = os.stat(path)
        except OSError as error:
            raise StoreUnavailable(f"the stacking matrix {path} cannot be read: {error.strerror}") from error
        key = path, state.st_mtime_ns, state.st_ino  # a release may be exchanged for another of its number
        found = self._matrices.pop(key, None) or Matrix.load(Path(path))
        self._matrices[key] = found
        while len(self._matrices) > _KEPT:
            self._matrices.popitem(last=False)
        return found


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode()


def _end_after(seconds: float) -> None:
    # The system ends this process then (SIGALRM): no code of a library need be asked.
    signal.setitimer(signal.ITIMER_REAL, seconds * HARD_TIMES + GRACE_SECONDS)


def _serve(requests: IO[bytes], answers: IO[bytes], planner: Planner, memory: int) -> None:
    write_frames(answers, json.dumps({"ready": True}).encode(), b"")
    while (frame := read_frame(requests)) is not None:
        data = read_frame(requests) or b""
        head: dict[str, Any] = {}
        body = b""
        _end_after(MAX_SECONDS)
        try:
            body = planner.answer(PlanTask(**json.loads(frame)), data)
        except ServiceError as error:
            head = error_to_json(error)
        except ProofRefused as error:
            head = {"refused": str(error)}
        except (MemoryError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic in Rust is no Exception
            # What an exception says may quote the question.
            head = failure_to_json(error, PlanFailed(f"the answer could not be made: {type(error).__name__}"))
        signal.setitimer(signal.ITIMER_REAL, 0)
        # Memory that a large question has taken does not come back whole.
        head["recycle"] = peak_bytes() > memory // 2
        write_frames(answers, json.dumps(head).encode(), body)


def main() -> None:
    """Serve tasks until standard input ends; the arguments are the address-space limit in MiB and settings as JSON."""
    end_with_parent()
    memory = int(sys.argv[1]) * 1024 * 1024
    # The hard limit stays: the loader, which this program starts, has a limit of its own.
    limit_memory(memory, hard=False)
    # No niceness: on a busy machine an ordinary question took three times as long with it.
    answers = take_answers()
    try:
        _serve(sys.stdin.buffer, answers, Planner(Settings(**json.loads(sys.argv[2])), _end_after), memory)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
