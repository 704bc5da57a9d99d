"""What users install: the wheel, and an environment that holds it and its runtime dependencies alone."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def tracked() -> list[str]:
    """Return the files of the project that git knows and that are there."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    return [name for name in (part.decode() for part in names) if name and (ROOT / name).is_file()]


def build_wheel(folder: Path) -> Path:
    """Build the wheel from the files that git knows, and from no others."""
    source = folder / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    words = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(source)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next((folder / "dist").glob("*.whl"))


def install(wheel: Path, folder: Path) -> Path:
    """Make an environment of the wheel and its runtime dependencies, as links; return its Python."""
    venv.create(folder, with_pip=False)
    purelib = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    for each in {found.metadata["Name"]: found for found in needed(PROJECT["dependencies"])}.values():
        for file in each.files or []:
            top = file.parts[0]
            source = Path(str(each.locate_file(top)))
            if top not in ("..", "__pycache__") and source.exists() and not (purelib / top).exists():
                (purelib / top).symlink_to(source)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(purelib)
    return folder / "bin" / "python"


def needed(requirements: list[str], extras: frozenset[str] = frozenset()) -> Iterator[Distribution]:
    """Yield the installed distributions that requirements lead to, directly and through others."""
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker and not any(requirement.marker.evaluate({"extra": each}) for each in extras or {""}):
            continue
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # for another platform
        yield found
        yield from needed(found.requires or [], frozenset(requirement.extras))
