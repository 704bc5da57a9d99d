"""The keys of the write interfaces: the operator makes and revokes them, only their checksums are kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ..errors import InvalidArgument, KeysUnreadable, NotFound
from ..files import locked, write_json
from ..rdf.terms import parse_iri
from ..settings import Settings
from .ownership import parse_namespace

SCOPES = ("credentials:write", "programmes:write", "providers:write", "imports:write", "update", "graphs")
DEFAULT_GRAPH = "api"
"""The source that a key without one of its own writes to."""

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
RESERVED_GRAPHS = ("derived", "vocabulary")
"""Sources that are made here."""
_SETTING = "PINOAMO_WRITE_KEY"
_PREFIX = "pinoamo_"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: `checksum` is the SHA-256 of what its holder sends, which has 256 bits of chance.

    `graph` is the name of the one source it may write to, empty when it is bound to none; `providers` are the awarding
    bodies it may write about, none when it may write about all; `namespaces` are the prefixes of IRIs that are its own.
    """

    name: str
    checksum: str
    scopes: tuple[str, ...]
    graph: str = ""
    providers: tuple[str, ...] = ()
    created: str = ""
    revoked: str | None = None
    namespaces: tuple[str, ...] = ()

    @property
    def is_bound(self) -> bool:
        """Tell whether it speaks for one source or provider only; any other key has the power of the operator."""
        return bool(self.graph or self.providers)

    def source(self, base_url: str) -> str:
        """Return the IRI of the graph that its records stand in."""
        return graph_iri(base_url, self.graph or DEFAULT_GRAPH)


def graph_iri(base_url: str, name: str) -> str:
    """Return the IRI of the graph of a source."""
    return f"{base_url}/graph/{quote(name, safe='')}"


class KeyRing:
    """The keys of a data directory, and the one of the settings. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._data = settings.data
        self._path = settings.data / "keys.json"
        self._first: tuple[Key, ...] = ()
        if settings.write_key is not None:
            checksum = _checksum(settings.write_key.get_secret_value())
            self._first = (Key(_SETTING, checksum, SCOPES),)
        self._told: object = None
        self._read: tuple[object, tuple[Key, ...]] = (None, ())

    def every(self) -> tuple[Key, ...]:
        """Return every key, revoked ones too; costs one system call while the file stays the same.

        Raises:
            KeysUnreadable: the file is there and is no list of keys.
        """
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return self._first
        except OSError as error:
            raise KeysUnreadable(f"{self._path} cannot be read: {error.strerror}") from error
        version = (state.st_mtime_ns, state.st_ino, state.st_size)
        if self._read[0] != version:
            try:
                rows = json.loads(self._path.read_text(encoding="utf-8"))
                if not isinstance(rows, list):
                    raise TypeError(f"a list is wanted, not {type(rows).__name__}")
                self._read = (version, tuple(_key(row) for row in rows))
            except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
                raise KeysUnreadable(f"{self._path} cannot be read as a list of keys: {error}") from error
        return (*self._first, *self._read[1])

    def find(self, token: str) -> Key | None:
        """Return the key that somebody sent, unless it is unknown or revoked; every key takes the same time."""
        checksum = _checksum(token)
        found = None
        for key in self.every():
            if hmac.compare_digest(key.checksum, checksum) and key.revoked is None:
                found = key
        return found

    def revoked(self, token: str) -> str:
        """Return the name of the revoked key that somebody sent; empty for any other."""
        checksum = _checksum(token)
        return next(
            (key.name for key in self.every() if key.revoked and hmac.compare_digest(key.checksum, checksum)), ""
        )

    def taken(self, key: Key) -> tuple[str, ...]:
        """Return the prefixes that are registered for keys of other sources."""
        others = (each for each in self.every() if each.revoked is None and each.graph != key.graph)
        return tuple(dict.fromkeys(namespace for each in others for namespace in each.namespaces))

    def yielding(self, base_url: str) -> frozenset[str]:
        """Return the graphs of bound keys, revoked ones too: what the operator loads from files wins over these."""
        return frozenset(key.source(base_url) for key in self.every() if key.is_bound)

    def opens(self, scope: str) -> bool:
        """Tell whether some key has a scope; none does while the list of keys cannot be read."""
        try:
            return any(key.revoked is None and scope in key.scopes for key in self.every())
        except KeysUnreadable:
            return False

    def fault(self) -> str:
        """Return why no key opens anything, in words for anybody; empty when the keys can be read."""
        try:
            self.every()
        except KeysUnreadable as error:
            if self._told != str(error):  # who looks, looks often
                self._told = str(error)
                logger.error("%s", error)
            return "the list of keys cannot be read, so nothing can be written"
        return ""

    @property
    def is_open(self) -> bool:
        """Tell whether there is a key at all, so that something may be written."""
        return any(key.revoked is None for key in self.every())

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        graph: str = "",
        providers: Sequence[str] = (),
        namespaces: Sequence[str] = (),
    ) -> str:
        """Make a key and return what its holder must send; it is kept nowhere.

        Raises:
            InvalidArgument: the name is taken or malformed, a scope is unknown, a provider is no IRI, or a namespace is
                none or given to a key that is bound to no source.
        """
        if not _NAME.match(name):
            raise InvalidArgument(f"the name of a key has letters, digits, '.', '_' and '-', 64 at most, got {name!r}")
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            given = f", got {unknown[0]!r}" if unknown else ""
            raise InvalidArgument(f"a key needs one or more of the scopes {', '.join(SCOPES)}{given}")
        if graph in RESERVED_GRAPHS:
            raise InvalidArgument(f"{graph!r} is the name of a graph of our own; choose another one")
        bodies = tuple(parse_iri(provider).value for provider in providers)
        prefixes = tuple(dict.fromkeys(parse_namespace(namespace) for namespace in namespaces))
        if prefixes and not graph:
            raise InvalidArgument("a namespace belongs to a source: name that too, with --graph")
        token = _PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        key = Key(name, _checksum(token), tuple(dict.fromkeys(scopes)), graph, bodies, now, None, prefixes)

        def add(keys: tuple[Key, ...]) -> tuple[Key, ...]:
            if name == _SETTING or any(each.name == name for each in keys):
                raise InvalidArgument(f"there is a key named {name!r} already; revoked names are not used again")
            return (*keys, key)

        self._change(add)
        return token

    def revoke(self, name: str) -> None:
        """Make a key useless from the next request on.

        Raises:
            NotFound: there is no such key.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")

        def end(keys: tuple[Key, ...]) -> tuple[Key, ...]:
            if all(key.name != name for key in keys):
                raise NotFound(f"there is no key {name!r} that could be revoked here")
            return tuple(replace(key, revoked=key.revoked or now) if key.name == name else key for key in keys)

        self._change(end)

    def rename(self, renamed: Callable[[str], str]) -> None:
        """Give new names to the providers and the prefixes of every key; does nothing where there are no keys."""

        def all_renamed(keys: tuple[Key, ...]) -> tuple[Key, ...]:
            return tuple(
                replace(
                    key, providers=tuple(map(renamed, key.providers)), namespaces=tuple(map(renamed, key.namespaces))
                )
                for key in keys
            )

        if self._path.exists():
            self._change(all_renamed)

    def _change(self, change: Callable[[tuple[Key, ...]], tuple[Key, ...]]) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        with locked(self._data / ".keys.lock"):
            kept = tuple(key for key in self.every() if key not in self._first)
            write_json(self._path, [asdict(key) for key in change(kept)])
            self._path.chmod(0o600)


def _key(row: dict[str, Any]) -> Key:
    lists = {name: tuple(row.get(name, ())) for name in ("scopes", "providers", "namespaces")}
    return Key(**{**row, **lists})


def _checksum(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
