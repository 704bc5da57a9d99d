"""What the whole web side shares: typed objects, and the dependencies by which routes ask for parts of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, FastAPI, Request, Response

from ...metrics import Metrics
from ...rdf.jsonld_context import JsonLdContext
from ...releases.readers import Readers
from ...settings import Settings
from ...sparql.named_queries import NamedQuery
from ...workers.check_pool import CheckPool
from ...workers.link_pool import LinkPool
from ...workers.plan_pool import PlanPool
from ...workers.query_pool import QueryPool
from ...workers.remote_queries import RemoteQueries
from ...writing.audit_log import AuditLog
from ...writing.import_jobs import ImportJobs
from ...writing.keys import KeyRing
from ...writing.queue import WriteQueue
from .client_rate import ClientRate

ErrorPage = Callable[[Request, int, str, str], Response]
"""Makes a page for people from request, status, title and detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basics:
    """What the application has before it starts: enough for its reference, its vocabulary and pages of errors.

    `context` is our JSON-LD context under its address. `draining` is set when the server is about to
    stop. `begun`: what is of no release changes when the program or its settings do, thus last before this.
    """

    settings: Settings
    queries: Mapping[str, NamedQuery]
    metrics: Metrics
    client_rate: ClientRate
    context: JsonLdContext
    error_page: ErrorPage
    draining: asyncio.Event
    begun: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Services(Basics):
    """Everything that the web side shares from start-up to the end.

    `readers` open the releases that answer. `file_readers` open releases as files: the same ones, but for a remote
    engine, whose releases were published here first. `body_readers` has a place for each body that is read at once.
    `health_thread` is kept for looking whether the service is well. `refused_keys` bounds of how many the
    audit log tells.
    """

    readers: Readers
    file_readers: Readers
    query_pool: QueryPool
    remote_queries: RemoteQueries
    check_pool: CheckPool
    plan_pool: PlanPool
    link_pool: LinkPool
    body_readers: asyncio.Semaphore
    health_thread: CapacityLimiter
    refused_keys: ClientRate
    keys: KeyRing
    audit: AuditLog
    write_queue: WriteQueue
    import_jobs: ImportJobs


def share(app: FastAPI, services: Basics) -> None:
    """Let every request of an application find what it shares."""
    app.state.services = services


def basics_of(request: Request) -> Basics:
    """Return what an application shares, started or not."""
    return _shared_by(request.app)


def services_of(request: Request) -> Services:
    """Return what an application shares; it must have started."""
    return services_in(request.app)


def services_in(app: FastAPI) -> Services:
    """Return what an application shares, for what has no request; it must have started."""
    found = _shared_by(app)
    assert isinstance(found, Services), "the application has not started"
    return found


def _shared_by(app: FastAPI) -> Basics:
    found: Basics = app.state.services
    return found


# The framework gives a dependency that is no coroutine a thread, which costs more than these do.
async def _settings(request: Request) -> Settings:
    return basics_of(request).settings


async def _queries(request: Request) -> Mapping[str, NamedQuery]:
    return basics_of(request).queries


async def _services(request: Request) -> Services:
    return services_of(request)


async def _metrics(request: Request) -> Metrics:
    return basics_of(request).metrics


async def _readers(request: Request) -> Readers:
    return services_of(request).readers


async def _file_readers(request: Request) -> Readers:
    return services_of(request).file_readers


async def _write_queue(request: Request) -> WriteQueue:
    return services_of(request).write_queue


async def _import_jobs(request: Request) -> ImportJobs:
    return services_of(request).import_jobs


SettingsDep = Annotated[Settings, Depends(_settings)]
QueriesDep = Annotated[Mapping[str, NamedQuery], Depends(_queries)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
ServicesDep = Annotated[Services, Depends(_services)]
ReadersDep = Annotated[Readers, Depends(_readers)]
FileReadersDep = Annotated[Readers, Depends(_file_readers)]
WritesDep = Annotated[WriteQueue, Depends(_write_queue)]
ImportsDep = Annotated[ImportJobs, Depends(_import_jobs)]
