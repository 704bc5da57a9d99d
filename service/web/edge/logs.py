"""Writes the log: one line an event, as text or JSON, and nothing that anybody asked or sent."""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import Any, Literal

Format = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

logger = logging.getLogger(__name__)

REQUEST = "request"
"""Name of the attribute of a record that holds the fields of a request."""


def configure_logging(log_format: Format, level: Level) -> None:
    """Send what this process logs to standard error; called once, by the command that serves.

    The message of an exception may quote what somebody sent, so it is left out; only at level `debug` is it there.
    """
    handler = logging.StreamHandler()
    handler.setFormatter((_Json if log_format == "json" else _Text)(whole=level == "debug"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # What Python would print by itself becomes lines of the log too.
    logging.captureWarnings(True)
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable
    for talkative in ("httpx", "httpcore", "asyncio", "uvicorn.access"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, logging.getLogger().level))


def _log_thread(found: threading.ExceptHookArgs) -> None:
    error = found.exc_value
    logger.error("a thread ended", exc_info=None if error is None else (type(error), error, found.exc_traceback))


def _log_unraisable(found: sys.UnraisableHookArgs) -> None:
    error = found.exc_value
    what = "an exception could not be raised"
    logger.error(what, exc_info=None if error is None else (type(error), error, found.exc_traceback))


class _Text(logging.Formatter):
    def __init__(self, whole: bool) -> None:
        super().__init__()
        self._whole = whole

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record, self._whole)
        head = f"{fields.pop('time')} {fields.pop('level')} {fields.pop('logger')} {fields.pop('message')}"
        places = fields.pop("stack", [])
        return "\n  ".join([" ".join([head, *(f"{name}={value}" for name, value in fields.items())]), *places])


class _Json(logging.Formatter):
    def __init__(self, whole: bool) -> None:
        super().__init__()
        self._whole = whole

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_fields(record, self._whole), ensure_ascii=False, default=str)


def _fields(record: logging.LogRecord, whole: bool) -> dict[str, Any]:
    message = record.getMessage()
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    found: dict[str, Any] = {
        "time": f"{moment}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        # asyncio puts the exception, and with it what it quotes, into the later lines.
        "message": message if whole else message.partition("\n")[0],
        **getattr(record, REQUEST, {}),
    }
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        found["error"] = f"{type(error).__name__}: {error}" if whole else type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        found["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return found
