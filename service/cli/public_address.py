"""Holds the public address that is set against the one that the data were made for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from ..errors import InvalidArgument, NotFound, StoreUnavailable
from ..settings import Settings


def other_addresses(settings: Settings) -> frozenset[str]:
    """Return the public addresses other than the one that is set, that something was loaded or published for."""
    from ..work_store.folder import WorkFolder

    if settings.is_filled_by_others:
        return frozenset()
    return (WorkFolder(settings.data).bases() | published_for(settings.data)) - {settings.base_url}


def check_address(settings: Settings) -> None:
    """Refuse to serve under another public address than that of the data.

    Raises:
        InvalidArgument: every name in the data would lead nowhere.
    """
    others = other_addresses(settings)
    if others:
        refuse_address(settings, others)


def published_for(data: Path) -> frozenset[str]:
    """Return the public address that the release that serves was made for; none when nothing serves."""
    from ..releases.releases import Releases

    published = Releases(data)
    number = published.current_number()
    try:
        return frozenset() if number is None else frozenset({published.release(number).about["base_url"]})
    except (NotFound, StoreUnavailable):
        return frozenset()  # damaged: whoever opens it says so


def refuse_address(settings: Settings, others: Iterable[str]) -> NoReturn:
    """Say in one sentence what the data were made for, what is set, and both ways out.

    Raises:
        InvalidArgument: always.
    """
    named = sorted(others)
    raise InvalidArgument(
        f"what {settings.data} holds was made for {' and '.join(named)}, and PINOAMO_BASE_URL is {settings.base_url}: "
        f"set PINOAMO_BASE_URL={named[0]}, or run `pinoamo rebase` to rename it all"
    )
