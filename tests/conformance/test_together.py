"""Profiles loaded together, in one graph that they share, say what each says when it is loaded alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from service.validation.profiles import Profile, definition_names, load_profile, load_profiles
from service.validation.results import Result
from tests.conformance.manifest import CASES, DEFAULT_DAY, SHAPES, Case, statements

shacl_engine = pytest.importorskip("service.validation.engines.fast", reason="needs the fast extra")

pytestmark = pytest.mark.slow

NAMES = definition_names(SHAPES)


@cache
def together() -> Mapping[str, Profile]:
    return dict(zip(NAMES, load_profiles(SHAPES, NAMES, DEFAULT_DAY), strict=True))


def results(profile: Profile, example: Case, engine: object) -> set[Result]:
    found = engine.run_text(statements(example.data, example.change))  # type: ignore[attr-defined]
    # The label of a shape without a name differs from one reading to the next.
    return {result._replace(source="") for result in found if result.shape not in profile.foreign}


@pytest.mark.parametrize("name", NAMES)
def test_the_checks_are_those_of_the_profile_alone(name: str) -> None:
    assert dict(together()[name].checks) == dict(load_profile(SHAPES, name, DEFAULT_DAY).checks)


def test_one_run_finds_what_a_run_for_each_profile_finds() -> None:
    shared = shacl_engine.FastEngine(together()["eu"].graph)
    for name in NAMES:
        alone = load_profile(SHAPES, name, DEFAULT_DAY)
        engine = shacl_engine.FastEngine(alone.graph)
        for example in (each for each in CASES if each.profile == name and each.day == DEFAULT_DAY):
            found = results(together()[name], example, shared)
            assert found == results(alone, example, engine), (name, example.name)


def test_all_share_one_graph() -> None:
    assert len({id(profile.graph) for profile in together().values()}) == 1
