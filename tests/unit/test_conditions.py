"""A platform's own conditions: which records are listed with gaps, never as micro-credentials; worked by hand."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from service.errors import InvalidArgument
from service.loading.conditions import Conditions, check_elements, read_conditions
from service.loading.gate import GatedRecord, gate
from service.validation.profiles import Profile, load_profile
from tests.conftest import ROOT
from tests.support.records import BASE, CodeLists, record, written

MICRO_CREDENTIAL = "<https://w3id.org/pinoamo/ns#MicroCredential>"
LISTED = "<https://w3id.org/pinoamo/ns#ListedAchievement>"
MISSING = "<https://w3id.org/pinoamo/ns#missingElement>"
DESCRIBED = "<https://w3id.org/pinoamo/ns#describedElement>"
# What each line of a record states, by element of Annex I.
PARTS = {"dct:title": "M2", "outcome": "M6", "#credit": "M7", "#assessment": "M9", "#quality": "M11"}


@pytest.fixture(scope="module")
def eu() -> Profile:
    return load_profile(ROOT / "shapes", "eu")


def judged(tmp_path: Path, eu: Profile, text: str, *must: str, strict: bool = False, iri: str = "") -> GatedRecord:
    conditions = Conditions(frozenset(must), iri=iri)
    (one,) = gate(
        written(tmp_path, text), profile=eu, context=CodeLists(), conditions=conditions, strict=strict, engine="fast"
    )
    return one


def gaps_in(one: GatedRecord) -> set[str]:
    lines = [line for line in one.nquads.decode().splitlines() if MISSING in line]
    return {line.split('"')[1] for line in lines if line.startswith(f"<{BASE}a> ")}


SUBSETS = [each for number in range(4) for each in combinations(("outcome", "#assessment", "#quality"), number)]


@pytest.mark.parametrize("left_out", SUBSETS)
def test_record_is_a_micro_credential_or_listed_with_exactly_its_gaps(
    tmp_path: Path, eu: Profile, left_out: tuple[str, ...]
) -> None:
    text = "".join(line for line in record("a").splitlines(keepends=True) if not any(part in line for part in left_out))
    one = judged(tmp_path, eu, text, "M2", "M4")
    assert one.decision == ("listed" if left_out else "accepted")
    assert (MICRO_CREDENTIAL in one.nquads.decode()) == (not left_out)
    assert (LISTED in one.nquads.decode()) == bool(left_out)
    assert gaps_in(one) == {PARTS[part] for part in left_out}


def test_listed_record_keeps_all_else_that_it_states(tmp_path: Path, eu: Profile) -> None:
    text = record("a", without="outcome")
    one = judged(tmp_path, eu, text, "M2", iri="https://platform.example/conditions")
    before, after = set(text.splitlines()), set(one.nquads.decode().splitlines())
    assert [MICRO_CREDENTIAL in line for line in before - after] == [True]
    graph = next(line for line in before if MICRO_CREDENTIAL in line).split()[3]
    assert after - before == {
        f"<{BASE}a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> {LISTED} {graph} .",
        f'<{BASE}a> {MISSING} "M6" {graph} .',
        *(f'<{BASE}a> {DESCRIBED} "{each}" {graph} .' for each in ["M2", "M3", "M4", "M7", "M8", "M9", "M10", "M11"]),
        f"<{BASE}a> <http://purl.org/dc/terms/conformsTo> <https://platform.example/conditions> {graph} .",
    }


def test_record_without_what_it_must_state_is_held_back(tmp_path: Path, eu: Profile) -> None:
    text = record("a", without="outcome")
    one = judged(tmp_path, eu, text, "M2", "M6")
    assert (one.decision, one.nquads.decode()) == ("refused", text)


def test_prerequisites_in_a_circle_are_no_gap(tmp_path: Path, eu: Profile) -> None:
    assert judged(tmp_path, eu, record("a", requires=["a"]), "M2").decision == "refused"


def test_second_record_of_one_identifier_is_no_gap(tmp_path: Path, eu: Profile) -> None:
    path = written(tmp_path, record("a", line=2), record("a", without="outcome", line=3))
    conditions = Conditions(frozenset({"M2"}))
    gated = gate(path, profile=eu, context=CodeLists(), conditions=conditions, engine="fast")
    assert [one.decision for one in gated] == ["accepted", "refused"]


def test_profile_that_makes_nothing_mandatory_lists_nothing(tmp_path: Path) -> None:
    advice = load_profile(ROOT / "shapes", "annex-ii")
    assert judged(tmp_path, advice, record("a"), "M2").decision == "refused"


def test_source_may_have_conditions_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "conditions.toml"
    path.write_text('profile = "he"\nmust = ["M2"]\n[source.courses]\nmust = ["M2", "M4"]\n')
    conditions = read_conditions(path)
    assert (conditions.profile, conditions.of_source("other").must) == ("he", {"M2"})
    assert conditions.of_source("courses").must == {"M2", "M4"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must name elements"),
        ("must = []", "must name elements"),
        ("must = 'M2'", "must name elements"),
        ("must = ['M2']\nadvised = []", "advised must name elements"),
        ("must = [2]", "must name elements"),
        ("must = ['M2']\nlisted = 1", "conditions have"),
        ("must = ['M2']\nsource = 1", "source must be a table"),
        ("must = ['M2']\n[source]\nx = 1", "source.x.must"),
        ("must = ['M2']\niri = 'no address'", "no address"),
        ("must", "no TOML"),
    ],
)
def test_conditions_that_name_no_element_are_a_wrong_call(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "conditions.toml"
    path.write_text(text)
    with pytest.raises(InvalidArgument, match=told):
        read_conditions(path)


@pytest.mark.parametrize("element", ["M12", "O2", "title", "T1"])
def test_element_that_the_profile_holds_no_record_to_is_a_wrong_call(eu: Profile, element: str) -> None:
    with pytest.raises(InvalidArgument, match=element):
        check_elements(Conditions(frozenset({"M2", element})), eu)


def test_listed_record_counts_the_nine_elements_of_annex_i_that_a_specification_has(
    tmp_path: Path, eu: Profile
) -> None:
    """A level that is not stated is none of the nine that it describes, and no gap that keeps it out."""
    text = "".join(line for line in record("a", without="outcome").splitlines(True) if "EQFLevel" not in line)
    lines = judged(tmp_path, eu, text, "M2").nquads.decode().splitlines()
    described = {line.split('"')[1] for line in lines if DESCRIBED in line}
    missing = {line.split('"')[1] for line in lines if MISSING in line}
    assert (described, missing) == ({"M2", "M3", "M4", "M7", "M9", "M10", "M11"}, {"M6"})


def test_advised_element_alone_keeps_no_record_from_its_name(tmp_path: Path, eu: Profile) -> None:
    text = "".join(line for line in record("a").splitlines(True) if "EQFLevel" not in line)
    assert judged(tmp_path, eu, text, "M2").decision == "warned"


def test_load_tells_of_listed_records_what_the_platform_advises_and_keeps_all_gaps_as_data(
    tmp_path: Path, eu: Profile
) -> None:
    text = "".join(
        line for line in record("a").splitlines(True) if not any(part in line for part in ("outcome", "#assessment"))
    )
    conditions = Conditions(frozenset({"M2"}), advised=frozenset({"M6"}))
    (one,) = gate(written(tmp_path, text), profile=eu, context=CodeLists(), conditions=conditions, engine="fast")
    assert {finding.element for finding in one.findings} == {"M6"}
    assert gaps_in(one) == {"M6", "M9"}


def test_advised_element_that_the_profile_does_not_know_is_a_wrong_call(eu: Profile) -> None:
    with pytest.raises(InvalidArgument, match="M99"):
        check_elements(Conditions(frozenset({"M2"}), advised=frozenset({"M99"})), eu)
