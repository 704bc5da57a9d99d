"""Limits how often one client may ask for work: a token bucket for each client."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from fastapi import Request

_MOST_CLIENTS = 100_000
_SITE_BITS = 64  # one IPv6 subscriber has this many bits of addresses to choose from


class _Bucket(NamedTuple):
    requests: float
    filled: float


class ClientRate:
    """Allows each client `burst` requests at once and `rate` a second for ever. For one thread."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, address: str) -> float:
        """Take one request from the bucket of a client and return 0, or return the seconds until there is one."""
        now, client = self._clock(), client_of(address)
        self._forget(now)
        requests, filled = self._buckets.pop(client, _Bucket(self._burst, now))
        requests = min(self._burst, requests + (now - filled) * self._rate)
        wait = 0.0 if requests >= 1 else (1 - requests) / self._rate
        self._buckets[client] = _Bucket(requests if wait else requests - 1, now)
        return wait

    def _forget(self, now: float) -> None:
        """Drop buckets that are full again, and the longest unused where there are too many."""
        while self._buckets:
            client, bucket = next(iter(self._buckets.items()))
            full = (now - bucket.filled) * self._rate >= self._burst
            if not full and len(self._buckets) < _MOST_CLIENTS:
                return
            del self._buckets[client]


def asking_client(request: Request) -> str:
    """Return whose turn it is when a request wants one of the processes that all share."""
    return client_of(request.client.host if request.client else "")


def client_of(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the network of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _SITE_BITS), strict=False))
