"""Opens the linker of a release, for the command and for programs in Python."""

from __future__ import annotations

from typing import NamedTuple

from ..catalogue.concepts import read_esco
from ..errors import StoreUnavailable
from ..linking.linker.linker import Linker
from ..settings import Settings
from ..store.oxigraph import OxigraphStore
from .releases import Releases


class ReleaseLinker(NamedTuple):
    """A linker, the number of its release and the day it was made, and the version of ESCO in it."""

    linker: Linker
    release: int
    esco_version: str
    date: str


def open_linker(settings: Settings, number: int | None = None) -> ReleaseLinker:
    """Return the linker of a release in the data directory; without a number, of the one that serves.

        from pinoamo.service.releases.linkers import open_linker
        from pinoamo.service.settings import Settings

        linker = open_linker(Settings(data="var")).linker
        linker.link("Opiskelija osaa ohjelmoida Pythonilla.", "fi").links

    Raises:
        NotFound: there is no such release.
        StoreUnavailable: nothing is published yet, or the release cannot be opened.
    """
    releases = Releases(settings.data)
    number = releases.current_number() if number is None else number
    if number is None:
        raise StoreUnavailable(f"nothing is published in {settings.data} yet: run `pinoamo demo` or publish")
    release = releases.release(number)
    store = OxigraphStore.read_only(release.path / "store")
    try:
        esco = read_esco(store)
    finally:
        store.close()
    return ReleaseLinker(Linker(esco.concepts), number, esco.version, release.about["created"][:10])
