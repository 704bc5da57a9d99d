"""The wheel holds the tree, installs into a fresh environment and runs there."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib import parse, request

import pytest
from packaging.requirements import Requirement
from readme_renderer import markdown

from tests.documented_commands import command_of
from tests.support.engines import VIRTUOSO, empty_engine
from tests.support.installation import PROJECT, build_wheel, install, tracked

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("pinoamo", "service", "loaders", "ontology", "shapes", "queries", "data")
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
    ".typed",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_wheel_members_equal_the_tree(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = {name.removeprefix("pinoamo/") for name in archive.namelist() if name.startswith("pinoamo/")}
    named = (name for name in tracked() if name.split("/")[0] in FOLDERS and Path(name).suffix in KINDS)
    tree = {name.removeprefix("pinoamo/") for name in named}
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
    for call in (["--version"], ["demo"], ["query", "statistics"]):
        done = subprocess.run(
            [python, "-m", "pinoamo", *call],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        assert call != ["--version"] or done.stdout == f"pinoamo {PROJECT['version']}\n"
    assert "credential" in done.stdout
    loader = [python, "-m", "pinoamo.loaders"]
    table = str(ROOT / "data" / "templates" / "courses.csv")
    done = subprocess.run([*loader, "table", table], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "/id/credential/data-ethics" in done.stdout
    wrong = subprocess.run([*loader, "nothing"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert wrong.stderr.startswith("usage: python -m pinoamo.loaders ")


def test_the_readme_of_the_package_can_be_read_where_packages_are_found() -> None:
    """It is turned into HTML as package indexes do it, and every link leads somewhere from there."""
    path = ROOT / PROJECT["readme"]
    rendered = markdown.render(path.read_text("utf-8"))
    assert rendered
    links = re.findall(r'(?:href|src)="([^"]*)"', rendered)
    assert [link for link in links if not link.startswith(("https://", "http://localhost:8000", "#"))] == []
    assert PROJECT["urls"].keys() >= {"Homepage"}
    assert all(address.startswith("https://") for address in PROJECT["urls"].values())


# --- what users have: the wheel and its runtime dependencies, and nothing that only tests bring -----------------------

OPTIONAL = {"shacl"}  # imported where it is there, and done without elsewhere
PYTHONS = [name for minor in range(11, 20) if (name := shutil.which(f"python3.{minor}"))]


def normal(name: str) -> str:
    """Return the name of a distribution in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_libraries() -> set[str]:
    found: set[str] = set()
    for top in ("service", "loaders"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and not node.level:
                    found.add((node.module or "").partition(".")[0])
                elif isinstance(node, ast.Import):
                    found.update(alias.name.partition(".")[0] for alias in node.names)
    return found - sys.stdlib_module_names


def test_every_library_that_is_imported_is_declared_and_none_borrowed() -> None:
    declared = {normal(Requirement(text).name) for text in PROJECT["dependencies"]}
    known = packages_distributions()
    used = {normal(known[name][0]) for name in imported_libraries() - OPTIONAL}
    assert used - declared == set()
    # FastAPI reads forms with the one, openpyxl reads XML safely where the other is there; both are imported by them.
    assert declared - used == {"python-multipart", "defusedxml"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and its runtime dependencies alone."""
    return install(wheel, tmp_path_factory.mktemp("runtime"))


_IMPORT_ALL = r"""
import importlib, pathlib, sys
import pinoamo
root = pathlib.Path(pinoamo.__path__[0])
failed = []
for path in sorted(root.rglob("*.py")):
    name = "pinoamo." + ".".join(path.relative_to(root).with_suffix("").parts)
    if not name.endswith("__main__"):
        try:
            importlib.import_module(name.removesuffix(".__init__"))
        except ImportError as error:
            failed.append(f"{name}: {error}")
print(*failed, sep="\n")
"""


def import_all(python: Path | str, folder: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        [python, "-c", _IMPORT_ALL], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_every_module_can_be_imported_with_runtime_dependencies_alone(installed: Path, tmp_path: Path) -> None:
    failed = [line for line in import_all(installed, tmp_path).splitlines() if "No module named 'shacl'" not in line]
    assert not failed
    tests_only = subprocess.run([installed, "-c", "import pytest"], cwd=tmp_path, capture_output=True, check=False)
    assert tests_only.returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: Path(python).name)
def test_every_supported_python_of_this_machine_imports_every_module(python: str, wheel: Path, tmp_path: Path) -> None:
    """Installed as users do it, from the lock; where nothing can be downloaded there is nothing to say."""
    if Path(python).resolve() == Path(sys.executable).resolve():
        pytest.skip(reason="the Python of the tests has its own test")
    made = subprocess.run([python, "-m", "venv", str(tmp_path / "fresh")], capture_output=True, check=False)
    fresh = tmp_path / "fresh" / "bin" / "python"
    pip = [fresh, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(ROOT / "requirements.lock")]
    if made.returncode or subprocess.run(pip, capture_output=True, check=False).returncode:
        pytest.skip(reason=f"{python} cannot make an environment or download here")
    subprocess.run([fresh, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True, capture_output=True)
    failed = [line for line in import_all(fresh, tmp_path).splitlines() if "No module named 'shacl'" not in line]
    assert not failed


@pytest.mark.skipif(VIRTUOSO is None, reason="needs Virtuoso (Debian: virtuoso-opensource-7)")
def test_what_users_install_publishes_to_virtuoso_as_documented(installed: Path, tmp_path: Path) -> None:
    with empty_engine("virtuoso", tmp_path) as engine:
        settings = command_of("docs/engines.md", "sparql-graph-crud-auth")
        settings = settings.replace("http://engine.example:8890/sparql", str(engine["store"])).replace("…", "dba")
        call = f'"{installed}" -c "from pinoamo.service.cli.main import main; main()"'
        done = subprocess.run(
            ["bash", "-ec", f"{settings}\n{call} demo >&2\n{call} query statistics"],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        assert "credential" in done.stdout
        asked = parse.urlencode(
            {"query": "ASK { GRAPH ?g { ?s a <http://data.europa.eu/snb/model/elm/Qualification> } }"}
        )
        with request.urlopen(f"{engine['store']}?{asked}", timeout=60) as answer:
            assert b"true" in answer.read()
