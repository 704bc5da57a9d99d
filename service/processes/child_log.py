"""Brings what child processes log, and what libraries print there, into the log of the parent.

A child writes a record as a line of JSON behind a mark. Whatever else comes from it, such as the words of a library
that breaks down, may quote what somebody asked: of that only the places and kinds of faults are kept.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator

_MARK = b"\x1e"
_PIECE = 64 * 1024
_LONGEST = 16 * 1024
_FAULTS = re.compile(
    rb"panicked at [\w./<>:_-]+|^\s*File \"[^\"]{1,300}\", line \d+|^[\w.]{1,100}(?:Error|Exception|Interrupt|Exit)\b"
    rb"|^Fatal Python error|^Segmentation fault|^terminate called|stack overflow|out of memory"
    rb"|memory allocation of \d+ bytes"
)


class _Marked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            # Its words may quote what somebody sent; the log of a server leaves them out too.
            places = traceback.extract_tb(error.__traceback__)
            where = f" at {places[-1].filename}:{places[-1].lineno}" if places else ""
            message = f"{message} ({type(error).__name__}{where})"
        line = {"logger": record.name, "level": record.levelno, "message": message}
        return _MARK.decode() + json.dumps(line, ensure_ascii=True)


def log_to_parent() -> None:
    """Let what this child process logs go to its parent; called once, by its program."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Marked())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)


async def relay(program: str, source: asyncio.StreamReader) -> None:
    """Log what a child process writes to its standard error, until it closes that."""
    rest = b""
    while piece := await source.read(_PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        rest = rest[-_LONGEST:]
        tell(program, lines)
    tell(program, [rest])


def tell(program: str, lines: list[bytes]) -> None:
    """Log some lines of a child process."""
    for line in lines:
        if line.startswith(_MARK):
            try:
                found = json.loads(line[len(_MARK) :])
            except ValueError:
                continue
            logging.getLogger(found["logger"]).log(found["level"], "%s", found["message"])
    faults = [*_faults(lines)]
    if faults:
        logging.getLogger(program).error("%s", "; ".join(faults))


def _faults(lines: list[bytes]) -> Iterator[str]:
    for line in lines:
        if not line.startswith(_MARK) and (found := _FAULTS.search(line)):
            yield found[0].decode("utf-8", "replace").strip()
