"""Every kind of error that the service tells, found in the classes."""

from __future__ import annotations

from collections.abc import Iterator

from service.errors import ServiceError


def _below(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)


KINDS = list(_below(ServiceError))
