"""Reads files, folders and archives as one stream of named members, guarded against bombs and broken bytes."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from urllib.parse import quote

from .report import CallError, SourceError

MAX_RATIO = 100
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024
# RuntimeError: a member is encrypted, or compressed in a way that zipfile does not know.
_BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Member:
    """One readable file.

    Attributes:
        name: how reports call it.
        kind: its extension in lower case, `.gz` left out.
        open_raw: opens it, unpacked.
        size: bytes, where they are known without unpacking.
        address: its `file:` IRI, against which relative ones in it are resolved.
    """

    name: str
    kind: str
    open_raw: Callable[[], BinaryIO]
    size: int | None = None
    address: str = ""

    @property
    def stem(self) -> str:
        """The file's own name without folders and extensions."""
        return PurePosixPath(self.name).name.removesuffix(".gz").rpartition(".")[0]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file, unpacked.

        Raises:
            SourceError: the archive around it is broken or locked, or the file cannot be read.
        """
        try:
            with self.open_raw() as stream:
                yield stream
        except _BROKEN as error:
            raise SourceError(f"the archive is broken: {error}", self.name) from error
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror or error}", self.name) from error


def find_members(source: Path, kinds: Collection[str], inside: Collection[str] | None = None) -> list[Member]:
    """Return the files of the given kinds in a file, folder or zip archive, in the order of their names.

    `inside` are the kinds that a folder or an archive is searched for, when they are others.

    Raises:
        CallError: there is no such file, or it is of another kind.
        SourceError: the archive is broken, or unpacks to far more than it is.
    """
    if not source.exists():
        raise CallError(f"there is no file or folder {source}")
    wanted = ", ".join(sorted(kinds))
    inside = kinds if inside is None else inside
    if source.is_dir():
        files = (path for path in sorted(source.rglob("*")) if path.is_file() and not path.name.startswith("."))
        paths = [path for path in files if _kind(path.name) in inside]
        return [_file(path, f"{source.resolve().name}/{path.relative_to(source).as_posix()}") for path in paths]
    if _kind(source.name) == "zip":
        return [member for member in _zip_members(source) if member.kind in inside]
    if _kind(source.name) not in kinds:
        raise CallError(f"{source} is none of: {wanted}, a folder or a zip archive of such files")
    return [_file(source, source.name)]


def read_lines(member: Member) -> Iterator[tuple[int, str]]:
    """Yield the physical lines of a UTF-8 file with their numbers, line ends kept, a byte order mark dropped.

    Raises:
        SourceError: a line is not UTF-8, or is longer than any real one.
    """
    with member.open() as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise SourceError(f"a line is longer than {MAX_LINE_BYTES >> 20} MiB", member.name, number)
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                byte = line[error.start]
                message = f"byte 0x{byte:02x} at position {error.start + 1} is not UTF-8; save the file as UTF-8"
                raise SourceError(message, member.name, number) from error
            yield number, text


def check_archive(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse an archive that unpacks to far more than it is.

    Raises:
        SourceError: it unpacks to more than 200 MiB and more than a hundred times its size.
    """
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > MAX_UNPACKED_BYTES and unpacked > MAX_RATIO * max(packed, 1):
        message = (
            f"{packed >> 10} KiB unpack to {unpacked >> 20} MiB: more than {MAX_RATIO} to 1 is taken for a zip bomb"
        )
        raise SourceError(message, name)


def _zip_members(source: Path) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SourceError(f"is not a whole zip archive: {error}", source.name) from error
    check_archive(archive, source.name)
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        hidden = info.filename.startswith("__MACOSX/") or PurePosixPath(info.filename).name.startswith(".")
        if not info.is_dir() and not hidden:
            yield _member(
                f"{source.name}/{info.filename}",
                partial(archive.open, info),
                info.file_size,
                _address(source, info.filename),
            )


def _file(path: Path, name: str) -> Member:
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise CallError(f"{path} is not a file")
    return _member(name, partial(path.open, "rb"), state.st_size, _address(path))


def _address(path: Path, inside: str = "") -> str:
    address = path.absolute().as_uri()
    return f"{address}/{quote(inside)}" if inside else address


def _member(name: str, open_packed: Callable[[], object], size: int, address: str) -> Member:
    def unpack() -> BinaryIO:
        return cast(BinaryIO, _Unpacked(cast(BinaryIO, open_packed())))

    if name.lower().endswith(".gz"):
        return Member(name, _kind(name), unpack, None, address)
    return Member(name, _kind(name), cast(Callable[[], BinaryIO], open_packed), size, address)


class _Unpacked(io.BufferedReader):
    """What a gzip file holds; closing it closes the file as well, which `GzipFile` leaves to whoever opened it."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(gzip.GzipFile(fileobj=packed))
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def _kind(name: str) -> str:
    return name.lower().removesuffix(".gz").rpartition(".")[2]
