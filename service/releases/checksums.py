"""Lists the files of a release and computes their checksums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..files import sha256_of, sync_file
from .made_files import FOLDER


def checksums_of(folder: Path, names: Iterable[str], previous: Path) -> dict[str, str]:
    """Return the checksums of files, now safe on disk; what is a file of the release before, too, is both already."""
    try:
        known = json.loads((previous / "release.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        known = {}
    found = {}
    for name in names:
        if name in known and (previous / name).is_file() and (folder / name).samefile(previous / name):
            found[name] = known[name]
        else:
            sync_file(folder / name)  # not every library that wrote one of them does
            found[name] = sha256_of(folder / name)
    return found


def checksum_of(checksums: Mapping[str, str]) -> str:
    """Return one checksum for all: what tells a release from every other one."""
    lines = "".join(f"{checksum}  {name}\n" for name, checksum in sorted(checksums.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def files_of(folder: Path) -> Iterator[str]:
    """Return the names of the files that were published, relative to the folder of their release."""
    # RocksDB writes LOG on every open and LOCK holds nothing: neither is data.
    for path in sorted(folder.rglob("*")):
        if (
            FOLDER not in path.relative_to(folder).parts
            and path.is_file()
            and path.name not in ("LOCK", "LOG")
            and not path.name.startswith("LOG.old")
        ):
            yield str(path.relative_to(folder))
