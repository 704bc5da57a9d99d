"""Imports go down, package by package, and each library has one door (docs/architecture.md).

Every relative import counts: at the top of a module, inside a function, and under `TYPE_CHECKING`. No package is
exempt, and none is a lump: the sub-packages of `web` and `stacking` have an order of their own.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MOST_MODULES = 20

# From the ground up. A unit, a package or a module, imports from layers below its own and from itself: neighbours in
# one layer do not know each other.
ORDERS: Mapping[str, Sequence[Sequence[str]]] = {
    "service": (
        ("errors", "files", "metrics", "resources", "messages"),
        ("rdf",),
        ("negotiation", "sparql"),
        ("settings",),
        ("processes", "store", "linking"),
        ("work_store", "catalogue"),
        ("validation",),
        ("stacking", "loading"),
        ("releases", "workers"),
        ("writing",),
        ("web",),
        ("app",),
        ("server",),
        ("cli",),
    ),
    "service.web": (("models",), ("edge",), ("api",), ("pages",), ("linked_data", "protocols")),
    "service.stacking": (
        ("requirements",),
        ("problem",),
        ("matrix", "solver", "verifier"),
        ("question",),
        ("answers",),
        ("asking", "picture"),
    ),
    "loaders": (
        ("resources", "report"),
        ("request", "parsing", "vocabulary", "sources", "spool", "document_kinds"),
        ("identifiers", "codes", "rows", "jsonld"),
        ("odd_values",),
        ("statements",),
        ("elm", "esco", "table", "requirements", "sssom"),
        ("registry",),
        ("__main__",),
    ),
}
# Which modules, or packages, may import a library.
DOORS = {
    "pyoxigraph": {
        "service.rdf.oxigraph_terms", "service.rdf.results", "service.rdf.syntax", "service.store.default_graph",
        "service.store.oxigraph", "service.store.statement_store", "loaders.parsing",
    },
    "SPARQLWrapper": {"service.store.remote"},
    "httpx": {"service.store.graph_store_client"},
    "yaml": {"loaders.requirements.yaml_nodes"},
    "pyshacl": {
        "service.validation.engines.components", "service.validation.engines.queries",
        "service.validation.engines.rdflib_graphs", "service.validation.engines.reference",
    },
    "shacl": {"service.validation.engines.fast"},
    "highspy": {"service.stacking.solver.highs"},
    "sqlite3": {
        "service.catalogue.read_model", "service.releases.history", "loaders.spool", "loaders.elm.spool",
        "loaders.esco.rdf_release",
    },
    "tantivy": {"service.linking"},
    "simplemma": {"service.linking.words"},
    "snowballstemmer": {"service.linking.words"},
    "typer": {"service.cli"},
    "fastapi": {"service.web", "service.app"},
}  # fmt: skip


def modules(root: Path = ROOT) -> Iterator[str]:
    """Give the dotted name of every module of both packages."""
    for top in ("service", "loaders"):
        for path in sorted((root / top).rglob("*.py")):
            yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def path_of(name: str, root: Path = ROOT) -> Path:
    path = root.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def tree_of(name: str, root: Path = ROOT) -> ast.Module:
    return parsed(path_of(name, root).read_text("utf-8"))


@cache
def parsed(text: str) -> ast.Module:
    """Read a module once: a dozen tests ask for each, and the copies of the tree differ from it in one."""
    return ast.parse(text)


def imported_modules(name: str, root: Path = ROOT) -> Iterator[str]:
    """Give what a module imports of its own package, wherever in it that stands; names of modules or in modules."""
    package = name.split(".") if path_of(name, root).name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(tree_of(name, root)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
            for alias in node.names:
                yield ".".join(part for part in (*base, alias.name) if part)


def unit(name: str, scope: str) -> str:
    """Return the part of a scope in which a name lies; empty for one outside, and for the scope itself."""
    return name.removeprefix(scope + ".").split(".")[0] if name.startswith(scope + ".") else ""


def upward_imports(name: str, root: Path = ROOT) -> set[str]:
    """Return what a module imports from its own height or above, in any of the orders it is subject to."""
    found: set[str] = set()
    for scope, order in ORDERS.items():
        height = {each: number for number, layer in enumerate(order) for each in layer}
        own = unit(name, scope)
        if not own:
            continue
        for target in imported_modules(name, root):
            other = unit(target, scope)
            if other and other != own and height[other] >= height[own]:
                found.add(target)
    return found


@pytest.mark.parametrize("scope", ORDERS)
def test_every_unit_has_a_layer(scope: str) -> None:
    known = [each for layer in ORDERS[scope] for each in layer]
    assert sorted(known) == sorted({unit(name, scope) for name in modules()} - {""})


@pytest.mark.parametrize("name", [*modules()])
def test_imports_go_down(name: str) -> None:
    assert not upward_imports(name)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("service.rdf.terms", "from ..web.pages.render import Page"),
        ("service.messages.messages", "def later() -> None:\n    from ..app import create_app"),
        ("service.releases.releases", "if TYPE_CHECKING:\n    from ..cli.main import app"),
        ("service.errors", "from .web.edge.logs import JsonLines"),
        ("service.web.api.skills", "from ..pages import render"),
        ("service.stacking.solver.model", "from ..answers import audit"),
        ("service.store.remote", "from ..processes.child import Child"),
        ("loaders.report", "from . import registry"),
    ],
)
def test_an_import_that_goes_up_is_caught(name: str, line: str, tmp_path: Path) -> None:
    for top in ("service", "loaders"):
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    path = path_of(name, tmp_path)
    path.write_text(path.read_text("utf-8") + "\n" + line + "\n", encoding="utf-8")
    assert [each for each in modules(tmp_path) if upward_imports(each, tmp_path)] == [name]


def test_service_holds_16_packages_and_8_files() -> None:
    below = [path for path in (ROOT / "service").iterdir() if path.name not in ("__init__.py", "__pycache__")]
    assert len([path for path in below if path.is_dir()]) <= 16
    assert len([path for path in below if path.is_file()]) <= 8


def test_no_folder_holds_more_modules_than_one_can_take_in() -> None:
    packages = [path_of(name).parent for name in modules() if path_of(name).name == "__init__.py"]
    counts = {str(path.relative_to(ROOT)): len(list(path.glob("*.py"))) - 1 for path in packages}
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


def near(one: str, other: str) -> bool:
    """Tell whether two names differ by one letter, or as singular and plural do."""
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return long in (short + "s", short + "es", short.removesuffix("y") + "ies") or short in (
        long[:place] + long[place + 1 :] for place in range(len(long))
    )


def test_no_two_modules_beside_each_other_differ_by_a_letter_or_a_plural() -> None:
    assert near("worker", "workers")
    assert near("query", "queries")
    assert near("taken", "token")
    assert not near("query_pool", "query_task")
    names = [name.rpartition(".") for name in modules()]
    pairs = [(package, a, b) for package, _, a in names for other, _, b in names if package == other and a < b]
    assert [pair for pair in pairs if near(pair[1], pair[2])] == []


@pytest.mark.parametrize("name", [name for name in modules() if path_of(name).name == "__init__.py"])
def test_a_package_says_in_one_sentence_what_it_is_for(name: str) -> None:
    tree = tree_of(name)
    assert len(tree.body) == 1
    sentence = ast.get_docstring(tree) or ""
    assert sentence.endswith(".")
    assert ". " not in sentence


@pytest.mark.parametrize("name", [*modules()])
def test_packages_import_themselves_relatively_and_never_each_other(name: str) -> None:
    absolute = {
        module.split(".")[0]
        for node in ast.walk(tree_of(name))
        for module in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level
            else [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        )
    }  # fmt: skip
    assert not absolute & {"service", "loaders", "pinoamo"}
    opened = {library for library in absolute & DOORS.keys() if not any(is_in(name, door) for door in DOORS[library])}
    assert not opened, f"{name} is no door to {opened}"


def is_in(name: str, place: str) -> bool:
    return name == place or name.startswith(place + ".")


@pytest.mark.parametrize("name", [*modules()])
def test_importing_a_module_reads_and_opens_nothing(name: str) -> None:
    calls = [
        node.lineno
        for statement in tree_of(name).body
        if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
        in {"open", "read_text", "read_bytes", "getenv", "basicConfig", "connect", "iterdir", "glob"}
    ]
    assert not calls


def test_no_module_counts_folders_to_find_the_root() -> None:
    counted = {name for name in modules() if "__file__).parent.parent" in path_of(name).read_text("utf-8")}
    assert counted == {"service.resources", "loaders.resources"}


def test_no_program_of_a_child_process_is_imported_by_another_module() -> None:
    programs = {name for name in modules() if name.endswith("_program")}
    importers = {
        name
        for name in modules()
        for target in imported_modules(name)
        if any(is_in(target, program) for program in programs)
    }
    assert len(programs) == 7
    assert not importers


_ALONE = """
import importlib, os, sys
import fastapi, highspy, httpx, jinja2, numpy, pydantic_settings, pyoxigraph, rdflib  # once, for speed
failed = []
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
print(*failed)
"""


@pytest.mark.system
def test_every_module_can_be_imported_first() -> None:
    names = [name for name in modules() if not name.endswith("__main__")]
    command = [sys.executable, "-c", _ALONE, *names]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=600)
    assert not done.stdout.split(), done.stderr
