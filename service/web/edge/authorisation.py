"""Checks the key of a request that writes, and adds the line to the audit log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer

from ...errors import Forbidden, NotPermitted, ServiceError, Unauthorized
from ...writing.audit_log import Entry
from ...writing.keys import Key
from ..models.addresses import raw_path
from .services import services_of

logger = logging.getLogger(__name__)

_SCHEME = "bearer "

NEEDS_KEY = Depends(
    HTTPBearer(
        scheme_name="key", description="A key that `pinoamo keys create` made. Reading needs none.", auto_error=False
    )
)
"""Declares that a key opens an operation; `writing` asks for it, and refuses in this order and these words."""


class _RefusedKey(Exception):
    """A key was sent that opens nothing; `name` is that of a key that was revoked, else empty."""

    def __init__(self, name: str) -> None:
        super().__init__("the key is not known here, or was revoked")
        self.name = name


@dataclass(slots=True)
class Write:
    """A write under way: whose key opened it, and what the audit log will say of it."""

    key: Key
    things: list[str] = field(default_factory=list)
    outcome: str = "done"
    status: int = 200
    release: int | None = None


@asynccontextmanager
async def writing(request: Request, scope: str, *, quiet: bool = False) -> AsyncIterator[Write]:
    """Let a request in whose key has the scope, and write down what became of it, unless it only looks (`quiet`).

    Raises:
        Forbidden: nothing can be written here, since there is no key at all or others fill the engine that answers.
        Unauthorized: no key was sent, or one that is unknown or revoked.
        NotPermitted: the key does not have the scope.
    """
    try:
        key = _key_of(request)
    except _RefusedKey as refused:
        await run_in_threadpool(_write_down_refusal, request, refused.name)
        raise Unauthorized(str(refused)) from None
    write = Write(key)
    try:
        if scope not in key.scopes:
            raise NotPermitted(f"the key {key.name} has no scope {scope}; it has: {', '.join(key.scopes)}")
        yield write
    except ServiceError as error:
        write.outcome, write.status = error.slug, error.status
        raise
    except BaseException:
        write.outcome, write.status = "failed", 500
        raise
    finally:
        if not quiet:
            await run_in_threadpool(_write_down, request, write)


def _key_of(request: Request) -> Key:
    services = services_of(request)
    if services.settings.is_filled_by_others:
        raise Forbidden("a remote engine answers here, which others fill: write to it by its own means")
    if not services.keys.is_open:
        raise Forbidden("writing is switched off here: there is no key; `pinoamo keys create` makes one")
    sent = request.headers.get("authorization", "")
    if not sent.lower().startswith(_SCHEME):
        raise Unauthorized("send a key as `Authorization: Bearer …`")
    token = sent[len(_SCHEME) :].strip()
    key = services.keys.find(token)
    if key is None:
        raise _RefusedKey(services.keys.revoked(token))
    return key


def _write_down_refusal(request: Request, name: str) -> None:
    """Write down that a key was refused; who tries thousands fills no disk and pushes out no other entries."""
    services = services_of(request)
    services.metrics.keys_refused.inc()
    if services.refused_keys.take(""):
        return
    error = Unauthorized
    _add(
        request,
        Entry(request.state.request_id, name, request.method, raw_path(request.scope), error.status, error.slug),
    )


def _write_down(request: Request, write: Write) -> None:
    entry = Entry(
        request=request.state.request_id, key=write.key.name, method=request.method, path=raw_path(request.scope),
        status=write.status, outcome=write.outcome, things=tuple(write.things), release=write.release,
    )  # fmt: skip
    _add(request, entry)


def _add(request: Request, entry: Entry) -> None:
    try:
        services_of(request).audit.write(entry)
    except OSError:
        # What was written is written: to say otherwise now would be worse.
        logger.exception("the audit log cannot be written; the entry is %s", entry)
