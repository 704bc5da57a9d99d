"""docs/architecture.md shows the house as it is: its packages, its journeys, and where a change goes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from tests.conftest import ROOT
from tests.unit.test_layers import ORDERS, imported_modules, modules, path_of, tree_of

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
MOST_STEPS = 8
MOST_MODULES_OF_A_PUT = 20
LINK = re.compile(r"\[`[^`]+`\]\(\.\./([^)#]+)\)")
STEP = re.compile(r"^(\d)\. ([a-z ]+) · \[`([^`]+)`\]\(\.\./([^)]+)\): \S.*\.$", re.MULTILINE)
PLACE = re.compile(r"`([\w.*/-]*/[\w.*/-]*|README\.md)`")
NAMES = frozenset(modules())


def section(title: str) -> str:
    """Return what stands below a heading of the second level."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def parts(text: str) -> dict[str, str]:
    """Return what stands below each heading of the third level, by heading."""
    found = (part.split("\n", 1) for part in ("\n" + text).split("\n### ")[1:])
    return {heading: body.strip() for heading, body in found}


def packages_below(scope: str) -> Iterator[str]:
    """Give the packages in a scope in the order of layers, each before those inside it."""
    inside = sorted(name for name in NAMES if name.rpartition(".")[0] == scope and path_of(name).name == "__init__.py")
    order = [name for layer in ORDERS.get(scope, ()) for name in layer]
    for name in sorted(inside, key=lambda name: order.index(name.rpartition(".")[2]) if order else 0):
        yield name
        yield from packages_below(name)


PACKAGES = [*packages_below("service"), "loaders", *packages_below("loaders")]
DESCRIBED = parts(section("Packages, from the ground up"))


def test_a_heading_for_each_package_in_the_order_of_layers() -> None:
    assert list(DESCRIBED) == [name.replace(".", "/") + "/" for name in PACKAGES]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_described_by_its_own_sentence_and_two_more_and_two_files(name: str) -> None:
    text, _, first = DESCRIBED[name.replace(".", "/") + "/"].partition("\nRead first: ")
    sentence = ast.get_docstring(tree_of(name)) or ""
    assert text.startswith(sentence + " ")
    assert len(re.findall(r"\.(?= [A-Z]|$)", text)) == 3
    assert " never " in text.removeprefix(sentence)
    files = LINK.findall(first)
    assert len(files) == 2
    assert all(file.startswith(name.replace(".", "/") + "/") and (ROOT / file).is_file() for file in files)


def test_modules_beside_the_packages_are_listed() -> None:
    beside = {
        name.replace(".", "/") + ".py"
        for name in NAMES
        if name.rpartition(".")[0] == "service" and path_of(name).name != "__init__.py"
    }
    assert set(LINK.findall(section("Packages, from the ground up").split("\n### ", 1)[0])) == beside


@pytest.mark.parametrize("name", list(modules()))
def test_a_module_begins_with_a_line_that_says_what_it_gives(name: str) -> None:
    line, _, more = (ast.get_docstring(tree_of(name)) or "").partition("\n")
    assert line.endswith(".")
    assert not more or more.startswith("\n")


class Step(NamedTuple):
    """A step of a journey: the process it happens in, and its module."""

    process: str
    module: str


JOURNEYS = parts(section("Journeys"))


def steps(text: str) -> list[Step]:
    return [Step(process, module_at(path)) for _, process, _, path in STEP.findall(text)]


def module_at(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


@cache
def reached(name: str) -> frozenset[str]:
    """Return the modules that one imports, itself or by way of others."""
    found, waiting = {name}, [name]
    while waiting:
        for target in imported_modules(waiting.pop()):
            module = target if target in NAMES else target.rpartition(".")[0]
            if module in NAMES and module not in found:
                found.add(module)
                waiting.append(module)
    return frozenset(found)


@cache
def started(name: str) -> frozenset[str]:
    """Return the programs that a module, or what it imports, starts as processes: it names them in a string."""
    words = {
        node.value
        for module in reached(name)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    programs = {word for word in words & NAMES if word.endswith("_program")}
    return frozenset(programs | ({"loaders.__main__"} if {"-m", "loaders"} <= words else set()))


def test_six_journeys_are_told() -> None:
    assert list(JOURNEYS) == [
        "One SPARQL query",
        "One CSV row",
        "One PUT, until it is served",
        "One path",
        "One page",
        "One check",
    ]


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_has_at_most_eight_steps_each_a_module(journey: str) -> None:
    told = steps(JOURNEYS[journey])
    numbered = re.findall(r"^\d+\. ", JOURNEYS[journey], re.MULTILINE)
    assert 0 < len(told) == len(numbered) <= MOST_STEPS
    assert {step.module for step in told} <= NAMES
    assert len({step.module for step in told}) == len(told)
    assert all((ROOT / path).is_file() for path in LINK.findall(JOURNEYS[journey]))


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_step_is_imported_by_one_before_it_or_begins_a_process_that_one_before_it_starts(journey: str) -> None:
    told = steps(JOURNEYS[journey])
    for number, step in enumerate(told[1:], 1):
        before = told[:number]
        own = [earlier.module for earlier in before if earlier.process == step.process]
        if own:
            ways = {module for earlier in own for module in reached(earlier)}
        else:
            ways = {module for earlier in before for program in started(earlier.module) for module in reached(program)}
        assert step.module in ways, step


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_step_leads_away_from_where_its_process_begins(journey: str) -> None:
    begins: dict[str, str] = {}
    for step in steps(JOURNEYS[journey]):
        begin = begins.setdefault(step.process, step.module)
        assert begin == step.module or begin not in reached(step.module), step


def test_a_put_goes_through_three_processes_and_few_modules() -> None:
    text = JOURNEYS["One PUT, until it is served"]
    assert len({step.process for step in steps(text)}) == 3
    assert len(set(LINK.findall(text))) <= MOST_MODULES_OF_A_PUT


CHANGES = [line.split(" | ") for line in section("To change something").splitlines() if line.startswith("| ")][1:]


def test_about_thirty_changes_are_told() -> None:
    assert len(CHANGES) >= 30
    assert all(len(row) == 3 for row in CHANGES)


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: row[0].removeprefix("| "))
def test_the_places_of_a_change_exist(row: list[str]) -> None:
    places = [PLACE.findall(cell) for cell in row]
    assert places[1]
    assert not [place for found in places for place in found if not list(ROOT.glob(place.rstrip("/")))]
