"""Imports go one way, and each library has one door (docs/architecture.md)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# From the ground up: a module may import only from layers below its own, or from its own where that is marked.
LAYERS = (
    (
        "errors",
        "resources",
        "frames",
        "namespaces",
        "query_messages",
        "endpoints",
        "settings",
        "terms",
        "records",
        "negotiation",
        "files",
        "made",
        "release_files",
        "streaming",
        "memory",
        "priority",
        "guard",
        "lifeline",
        "scratch",
        "nquads_halves",
        "loader_process",
        "logs",
    ),
    ("statements", "store", "queries", "binding", "guard", "update_text", "teaching", "columns", "stacking"),
    ("tsv", "engine_terms", "results_text"),
    ("syntax",),
    ("oxigraph", "statement_store"),
    (
        "remote",
        "rows",
        "lookup",
        "derived",
        "fingerprints",
        "tombstones",
        "changes",
        "validation",
        "gate_findings",
        "gate_across",
        "gate",
    ),
    ("index", "catalogue", "read_model", "facets", "name_orders", "text_index", "read_model_build", "description"),
    (
        "change_log",
        "writers_lock",
        "work",
        "record_state",
        "record_writing",
        "statement_rules",
        "graph_writing",
        "bodies",
        "keys",
        "audit",
        "vocabulary",
        "known_things",
        "loading",
        "merging",
        "releases",
        "taken",
        "graph_store",
        "engine_releases",
        "publishing",
        "backup",
        "reader",
    ),
    (
        "serialise",
        "jsonld",
        "jsonld_context",
        "problem",
        "caching",
        "metrics",
        "client_rate",
        "middleware",
        "sparql_protocol",
        "service_description",
        "examples",
        "dumps",
        "dcat",
        "openapi",
    ),
    (
        "federation",
        "worker",
        "check_messages",
        "child",
        "turns",
        "workers",
        "remote_queries",
        "checker",
        "checkers",
        "updater",
        "update_running",
        "writer",
        "writes",
        "importer",
        "imports",
    ),
    ("api", "sparql", "linked_data", "pages", "texts"),
    ("middleware", "kept_answers"),
    ("app",),
    ("server",),
    ("cli_read", "cli_words", "cli_shelf", "cli_check", "cli_check_text", "cli_path", "cli_keys", "demo"),
    ("cli",),
)
DOORS = {
    "pyoxigraph": {"service/syntax.py", "service/oxigraph.py", "service/engine_terms.py", "service/results_text.py",
                   "service/statement_store.py", "loaders"},
    "SPARQLWrapper": {"service/remote.py"},
    "yaml": {"loaders/yaml_nodes.py"},
    "pyshacl": {"service/validation"},
    "shacl": {"service/validation"},
    "highspy": {"service/stacking/solver.py"},
    "sqlite3": {"service/read_model.py", "service/read_model_build.py", "service/facets.py", "service/text_index.py",
                "loaders"},
    "fastapi": {"service/app.py", "service/api", "service/sparql.py", "service/pages.py", "service/linked_data.py",
                "service/problem.py", "service/caching.py", "service/web"},
}  # fmt: skip


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> list[ast.Import | ast.ImportFrom]:
    return [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Import | ast.ImportFrom)]


def layer_of(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def subject(path: Path) -> str:
    return path.relative_to(ROOT / "service").parts[0].removesuffix(".py")


def test_every_service_module_has_a_layer() -> None:
    known = {name for names in LAYERS for name in names} | {"__init__", "web"}
    assert {subject(path) for path in modules("service")} <= known


@pytest.mark.parametrize("path", [p for p in modules("service") if subject(p) not in ("__init__", "web")], ids=str)
def test_imports_go_down(path: Path) -> None:
    own = subject(path)
    depth = len(path.relative_to(ROOT / "service").parts)
    targets: set[str] = set()
    for node in imported(path):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            targets |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    upward = {t for t in targets - {own, "web"} if layer_of(t) > layer_of(own)}
    assert not upward, f"{own} must not import {sorted(upward)}"


@pytest.mark.parametrize("folder", ["service", "loaders"])
def test_packages_use_relative_imports_only_and_never_each_other(folder: str) -> None:
    roots = {"service", "loaders", "pinoamo"}
    for path in modules(folder):
        for node in imported(path):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            if isinstance(node, ast.ImportFrom) and node.level:
                continue
            assert not {name.split(".")[0] for name in names} & roots, f"{path} line {node.lineno}"


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_library_has_one_door(library: str) -> None:
    for folder in ("service", "loaders"):
        for path in modules(folder):
            place = str(path.relative_to(ROOT))
            for node in imported(path):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                if isinstance(node, ast.ImportFrom) and node.level:
                    continue
                if library in {name.split(".")[0] for name in names}:
                    assert any(place == door or place.startswith(door + "/") for door in DOORS[library]), place


def test_importing_any_module_reads_and_opens_nothing() -> None:
    for folder in ("service", "loaders"):
        for path in modules(folder):
            body = ast.parse(path.read_text("utf-8")).body
            calls = [
                node.lineno
                for statement in body
                if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign)
                for node in ast.walk(statement)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute | ast.Name)
                and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
                in {"open", "read_text", "read_bytes", "getenv", "basicConfig", "connect", "iterdir", "glob"}
            ]
            assert not calls, f"{path} does work on import at lines {calls}"


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


def test_every_module_can_be_imported_first() -> None:
    paths = [path.relative_to(ROOT).with_suffix("") for folder in ("service", "loaders") for path in modules(folder)]
    names = [".".join(path.parts) for path in paths if path.name not in ("__init__", "__main__")]
    command = [sys.executable, "-c", _ALONE, *names]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=300)
    assert not done.stdout.split(), done.stderr
