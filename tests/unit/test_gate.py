"""The gate judges each record on its own and against its neighbours; messages speak three languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from service.loading.gate import GatedRecord, gate
from service.rdf.terms import RDF_TYPE
from service.validation.context import Known
from service.validation.engines.engine import EngineName
from service.validation.profiles import Profile, definition_names, load_profile
from tests.support.records import BASE, CodeLists, record, statement, written

SHAPES = Path(__file__).parent.parent.parent / "shapes"


@pytest.fixture(scope="module")
def eu() -> Profile:
    return load_profile(SHAPES, "eu")


def judged(
    path: Path, eu: Profile, *, stored: Sequence[str] = (), strict: bool = False, engine: EngineName | None = None
) -> dict[str, GatedRecord]:
    gated = gate(path, profile=eu, context=CodeLists(*(BASE + key for key in stored)), strict=strict, engine=engine)
    return {one.iri.removeprefix(BASE): one for one in gated}


def elements(one: GatedRecord, severity: str = "violation") -> set[str]:
    return {finding.element for finding in one.findings if finding.severity == severity}


def test_complete_record_is_accepted_with_its_bytes_unchanged(tmp_path: Path, eu: Profile) -> None:
    text = record("a")
    found = judged(written(tmp_path, text), eu)["a"]
    assert (found.decision, found.nquads.decode(), found.findings) == ("accepted", text, ())


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_record_without_assessment_is_refused_for_that_element(tmp_path: Path, eu: Profile, engine: EngineName) -> None:
    found = judged(written(tmp_path, record("a", without="#assessment")), eu, engine=engine)["a"]
    assert found.decision == "refused"
    assert "M9" in elements(found)
    assert not elements(found) & {"M2", "M3", "M4", "M6", "M7", "M10", "M11"}


def test_refused_record_tells_source_line_element_and_what_to_do(tmp_path: Path, eu: Profile) -> None:
    found = judged(written(tmp_path, record("a", without="outcome", line=12)), eu)["a"].to_json()
    assert (found["record"], found["source"], found["line"]) == (BASE + "a", "courses.csv", 12)
    missing = next(finding for finding in found["findings"] if finding["id"] == "M6")
    assert missing["node"] == BASE + "a"
    assert set(missing["message"]) == set(missing["fix"]) == {"en", "fi", "sv"}


def test_missing_level_is_a_warning_that_strict_refuses(tmp_path: Path, eu: Profile) -> None:
    path = written(tmp_path, record("a", without="EQFLevel"))
    lenient, strict = judged(path, eu)["a"], judged(path, eu, strict=True)["a"]
    assert (lenient.decision, strict.decision) == ("warned", "refused")
    assert [(f.element, f.status) for f in lenient.findings if f.severity == "warning"] == [("M8", "unknown")]


def test_what_is_no_micro_credential_passes_unchecked(tmp_path: Path, eu: Profile) -> None:
    programme = record("p", without="MicroCredential").replace(BASE, "http://localhost:8000/id/programme/")
    found = judged(written(tmp_path, programme), eu)
    assert [one.decision for one in found.values()] == ["unchecked"]


def test_shared_statements_pass_between_records(tmp_path: Path, eu: Profile) -> None:
    shared = "# shared\n" + statement('urn:x:y skos:prefLabel "x"@en')
    gated = list(gate(written(tmp_path, record("a"), shared, record("b")), profile=eu, context=CodeLists()))
    assert [(one.iri.removeprefix(BASE), one.decision) for one in gated] == [
        ("a", "accepted"), ("", "unchecked"), ("b", "accepted"),
    ]  # fmt: skip
    assert gated[1].nquads.decode() == shared


# By XML Schema 1.1: no weeks in durations (3.3.6), no thirteenth month (3.3.9), digits in integers only (3.4.13).
@pytest.mark.parametrize(
    "fault",
    [
        'elm:volumeOfLearning "P4W"^^xsd:duration', 'dct:issued "2026-13-01"^^xsd:date',
        'dct:extent "5 \\"x\\"^^<http://www.w3.org/2001/XMLSchema#int>"^^xsd:integer',
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["micro-credential", "programme"])
def test_literal_that_is_none_of_its_datatype_costs_its_record(
    kind: str, fault: str, tmp_path: Path, eu: Profile
) -> None:
    odd = record("a", without="volumeOfLearning") + statement(f"{BASE}a {fault}")
    odd = odd if kind == "micro-credential" else odd.replace("ns#MicroCredential", "ns#DegreeProgramme")
    found = judged(written(tmp_path, odd, record("b")), eu)
    assert (found["a"].decision, found["b"].decision) == ("refused", "accepted")
    told = [finding.message["en"] for finding in found["a"].findings if finding.element == "record"]
    assert len(told) == 1
    assert f"is no xsd:{fault.rpartition(':')[2]}" in told[0]


def test_text_that_looks_like_a_typed_literal_is_text(tmp_path: Path, eu: Profile) -> None:
    text = '"say \\"P4W\\"^^<http://www.w3.org/2001/XMLSchema#duration>"@en'
    line = f"<{BASE}a> <http://purl.org/dc/terms/description> {text} <http://localhost:8000/graph/courses> .\n"
    found = judged(written(tmp_path, record("a") + line), eu)
    assert found["a"].decision == "accepted"


def test_shared_literal_that_is_none_of_its_datatype_costs_its_statement(tmp_path: Path, eu: Profile) -> None:
    kept, odd = (statement(f'urn:x:y dct:extent "{value}"^^xsd:integer') for value in ("5", "five"))
    (shared, _) = gate(written(tmp_path, "# shared\n" + kept + odd, record("a")), profile=eu, context=CodeLists())
    assert shared.nquads.decode() == "# shared\n" + kept
    assert ["'five' is no xsd:integer" in finding.message["en"] for finding in shared.findings] == [True]


def test_unknown_esco_skill_is_a_warning_on_the_need(tmp_path: Path, eu: Profile) -> None:
    text = record("a").replace("000000000001", "00000000dead")
    found = judged(written(tmp_path, text), eu)["a"]
    assert (found.decision, elements(found, "warning")) == ("warned", {"D4"})
    assert [f.value for f in found.findings if f.element == "D4"] == [
        "http://data.europa.eu/esco/skill/7b1d2c7e-0000-4000-8000-00000000dead"
    ]


def test_country_known_to_the_code_list_only_is_no_false_alarm(tmp_path: Path, eu: Profile) -> None:
    known = judged(written(tmp_path, record("a")), eu)["a"]
    unknown = judged(written(tmp_path, record("a").replace("country/FIN", "land/FIN")), eu)["a"]
    assert (known.decision, {finding.element for finding in known.findings}) == ("accepted", set())
    assert (unknown.decision, {finding.element for finding in unknown.findings}) == ("warned", {"M3"})


def test_types_lent_to_a_prerequisite_do_not_put_it_to_the_test(tmp_path: Path, eu: Profile) -> None:
    found = judged(written(tmp_path, record("a", requires=["old"])), eu, stored=["old"])
    assert found["a"].decision == "accepted"


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_prerequisite_that_nobody_describes_is_a_warning_since_it_may_come_later(
    tmp_path: Path, eu: Profile, engine: EngineName
) -> None:
    path = written(tmp_path, record("a", requires=["ghost"]))
    found, strict = judged(path, eu, engine=engine)["a"], judged(path, eu, strict=True, engine=engine)["a"]
    assert (found.decision, elements(found), elements(found, "warning")) == ("warned", set(), {"O1"})
    assert strict.decision == "refused"


@pytest.mark.parametrize("name", ["annex-ii", "stacking"])
def test_profile_that_defines_nothing_admits_no_micro_credential(tmp_path: Path, name: str) -> None:
    programme = record("p", without="MicroCredential").replace(BASE, "http://localhost:8000/id/programme/")
    found = judged(written(tmp_path, record("a"), programme), load_profile(SHAPES, name))
    assert [one.decision for one in found.values()] == ["refused", "unchecked"]
    assert [(finding.value, sorted(finding.message)) for finding in found["a"].findings] == [(name, ["en", "fi", "sv"])]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*definition_names(SHAPES)])
def test_only_profiles_that_make_nothing_mandatory_count_as_no_definition(tmp_path: Path, name: str) -> None:
    found = judged(written(tmp_path, record("a")), load_profile(SHAPES, name))["a"]
    undefined = [finding for finding in found.findings if finding.element == "record"]
    assert bool(undefined) == (name in ("annex-ii", "ca-bc", "gb", "hk", "my"))


def test_prerequisite_later_in_the_file_is_known_and_comes_first_out(tmp_path: Path, eu: Profile) -> None:
    found = judged(written(tmp_path, record("a", requires=["b"]), record("b", requires=["c"]), record("c")), eu)
    assert [(key, one.decision) for key, one in found.items()] == [
        ("c", "accepted"), ("b", "accepted"), ("a", "accepted"),
    ]  # fmt: skip


@pytest.mark.parametrize("keys", [["a"], ["a", "b"], ["a", "b", "c"]], ids=len)
def test_every_member_of_a_loop_is_refused_and_told_the_loop(tmp_path: Path, eu: Profile, keys: list[str]) -> None:
    ring = [record(key, requires=[after]) for key, after in zip(keys, keys[1:] + keys[:1], strict=True)]
    found = judged(written(tmp_path, *ring, record("outside")), eu)
    around = " → ".join(BASE + key for key in [*keys, keys[0]])
    assert {key: found[key].decision for key in keys} == dict.fromkeys(keys, "refused")
    assert [f.value for f in found["a"].findings if f.element == "O1"] == [around]
    assert found["outside"].decision == "accepted"


def test_user_of_a_loop_is_warned_but_not_part_of_it(tmp_path: Path, eu: Profile) -> None:
    ring = [record("a", requires=["b"]), record("b", requires=["a"])]
    found = judged(written(tmp_path, record("user", requires=["a"]), *ring), eu)["user"]
    assert (found.decision, elements(found, "warning")) == ("warned", {"O1"})


def test_refused_prerequisite_is_a_warning_and_strict_passes_it_on(tmp_path: Path, eu: Profile) -> None:
    path = written(
        tmp_path, record("a", requires=["b"]), record("b", requires=["c"]), record("c", without="awardingBody")
    )
    lenient, strict = judged(path, eu), judged(path, eu, strict=True)
    assert {key: one.decision for key, one in lenient.items()} == {"c": "refused", "b": "warned", "a": "accepted"}
    assert {key: one.decision for key, one in strict.items()} == dict.fromkeys("cba", "refused")


def test_second_record_of_one_identifier_is_refused_naming_the_first(tmp_path: Path, eu: Profile) -> None:
    path = written(tmp_path, record("a", line=2), record("a", line=7))
    gated = list(gate(path, profile=eu, context=CodeLists()))
    assert [(one.place, one.decision) for one in gated] == [("courses.csv:2", "accepted"), ("courses.csv:7", "refused")]
    assert gated[1].findings[0].value == "courses.csv:2"


@pytest.mark.parametrize("broken", ["<http://x/y> <http://x/z> \n", '<http://x/y> <http://x/z> "\udcff" .\n'])
def test_record_with_a_broken_line_is_refused_alone(tmp_path: Path, eu: Profile, broken: str) -> None:
    path = tmp_path / "courses.nq"
    path.write_bytes((record("a") + record("b") + broken + record("c")).encode("utf-8", "surrogateescape"))
    found = judged(path, eu)
    assert {key: one.decision for key, one in found.items()} == {"a": "accepted", "b": "refused", "c": "accepted"}
    assert "record" in elements(found["b"])


def test_truncated_file_refuses_its_last_record(tmp_path: Path, eu: Profile) -> None:
    text = record("a") + record("b")
    path = tmp_path / "courses.nq"
    path.write_text(text[:-20], encoding="utf-8")
    assert {key: one.decision for key, one in judged(path, eu).items()} == {"a": "accepted", "b": "refused"}


def test_organisation_of_one_record_does_not_mend_another(tmp_path: Path, eu: Profile) -> None:
    body = "http://localhost:8000/id/organisation/y"
    whole = record("a").replace(BASE + "a#body", body)
    nameless = record("b", without="legalName").replace(BASE + "b#body", body)
    found = judged(written(tmp_path, whole, nameless), eu)
    assert (found["a"].decision, elements(found["b"])) == ("accepted", {"M4"})


def test_empty_file_gives_nothing(tmp_path: Path, eu: Profile) -> None:
    assert judged(written(tmp_path), eu) == {}


def test_context_is_asked_about_what_is_elsewhere_and_not_about_the_parts_of_a_record(
    tmp_path: Path, eu: Profile
) -> None:
    asked: set[str] = set()

    class Listening(CodeLists):
        def types(self, iris: Iterable[str]) -> Mapping[str, Known]:
            asked.update(iris)
            return super().types(iris)

    text = record("a")
    typed = {line.split()[0][1:-1] for line in text.splitlines() if f" <{RDF_TYPE}> " in line}
    assert BASE + "a" in typed
    assert len(typed) > 1
    assert [one.decision for one in gate(written(tmp_path, text), profile=eu, context=Listening())] == ["accepted"]
    assert asked
    assert not asked & typed
