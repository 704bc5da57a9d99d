"""The wheel holds the tree, installs into a fresh environment and runs there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("service", "loaders", "ontology", "shapes", "queries", "data")
KINDS = {
    ".py",
    ".rq",
    ".ttl",
    ".jsonld",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".toml",
    ".csv",
    ".json",
    ".yaml",
    ".txt",
    ".xml",
}


def tracked() -> list[str]:
    """Return the files of the project that git knows and that are there."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    return [name for name in (part.decode() for part in names) if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder / "dist"),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next((folder / "dist").glob("*.whl"))


def test_wheel_members_equal_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = {name.removeprefix("pinoamo/") for name in archive.namelist() if name.startswith("pinoamo/")}
    tree = {name for name in tracked() if name.split("/")[0] in FOLDERS and Path(name).suffix in KINDS}
    assert members - {m for m in members if Path(m).suffix not in KINDS} == tree


def test_installed_wheel_loads_publishes_and_answers(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "fresh", with_pip=False)
    python = tmp_path / "fresh" / "bin" / "python"
    purelib = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "fresh"), "platbase": ""}))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(purelib), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    # The libraries come from the environment of the tests; the program itself only from the wheel.
    (purelib / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment = {**os.environ, "PINOAMO_DATA": str(tmp_path / "var"), "HOME": str(tmp_path)}
    for call in (["demo"], ["query", "statistics"]):
        done = subprocess.run(
            [python, "-c", "from pinoamo.service.cli.main import main; main()", *call],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    assert "credential" in done.stdout
