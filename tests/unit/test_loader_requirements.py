"""The requirements format: what is written in YAML comes out as the tree that a person would write by hand."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest

from service.rdf.syntax import triples_from_text
from service.stacking.requirements.from_rdf import tree_from_triples
from service.stacking.requirements.tree import AllOf, Count, Credits, Filter, Manual, Requirement, Rules, Skill, SomeOf
from service.validation.engines.engine import validate
from service.validation.profiles import load_profile
from tests.conftest import ROOT
from tests.support.loader_runs import DCTERMS, ELM, MC, TYPE, Run, run

ID = "http://localhost:8000/id"
P = f"{ID}/programme/p"
C = f"{ID}/credential/"
ESCO = "http://data.europa.eu/esco/skill/"
PYTHON = "ccd0a1d9-afda-43d9-b901-96344886e14d"
PROGRAMMING = "21d2f96d-35f7-4e3f-9745-c533d2dd6e97"
FIELD = "http://data.europa.eu/snb/isced-f/"
LANGUAGE = "http://publications.europa.eu/resource/authority/language/"
HEAD = "text language: en\nprogrammes:\n  - id: p\n    title: P\n    institution: koivula\n    requires:\n"


def load(tmp_path: Path, text: str, name: str = "rules.yaml") -> Run:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return run(tmp_path, "requirements", path)


def rule(tmp_path: Path, text: str) -> Requirement:
    """Return the tree of a programme whose `requires` is the text."""
    done = load(tmp_path, HEAD + "".join(f"      {line}\n" for line in text.splitlines()))
    assert done.issues == []
    return tree(done, f"{P}#requirement")


def tree(done: Run, root: str) -> Requirement:
    # A module stands in its own record and in that of its programme.
    return tree_from_triples(dict.fromkeys(triples_from_text(done.text.encode(), "application/n-quads")), root)


def named(*credentials: str) -> Filter:
    return Filter(credentials=frozenset(C + one for one in credentials))


R = f"{P}#requirement"
HALF = Rules(share_group="level", counted_elsewhere=True)
EVERY = Rules("a", Decimal(10), True, Decimal("-3"), 5, 10, Decimal("7.5"), Decimal("2.5"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("credits: 15", Credits(R, Decimal(15))),
        ("credits: 7,5–15", Credits(R, Decimal("7.5"), Decimal(15))),
        ("- credits: at most 25", Credits(R, Decimal(0), Decimal(25))),
        ("Credits: exactly 5", Credits(R, Decimal(5), Decimal(5))),
        ("count: 2 to 3\ncredential: [a, b, c]", Count(R, 2, 3, named("a", "b", "c"))),
        ("a", Count(R, 1, None, named("a"))),
        ("credentials: [a, b]", Count(R, 2, None, named("a", "b"))),
        ("[a, b]", AllOf(R, (Count(f"{R}-1", 1, None, named("a")), Count(f"{R}-2", 1, None, named("b"))))),
        (f"skill: {PYTHON}", Skill(R, ESCO + PYTHON)),
        (f"skills: [{PYTHON}]\nsources: 2\nshare_group: s", Skill(R, ESCO + PYTHON, 2, Rules("s"))),
        ("manual: {en: Thesis., fi: Opinnäyte.}", Manual(R, "Thesis.", {"en": "Thesis.", "fi": "Opinnäyte."})),
        (
            "any of: [a, manual: Talk.]\ntitle: Way",
            SomeOf(
                R,
                (Count(f"{R}-1", 1, None, named("a")), Manual(f"{R}-2", "Talk.", {"en": "Talk."})),
                1,
                None,
                {"en": "Way"},
            ),
        ),
        (
            "1-2 of:\n  - a\n  - all of: [credits: 1]",
            SomeOf(
                R, (Count(f"{R}-1", 1, None, named("a")), AllOf(f"{R}-2", (Credits(f"{R}-2-1", Decimal(1)),))), 1, 2
            ),
        ),
        (
            "exactly 1 of: [a, b]",
            SomeOf(R, (Count(f"{R}-1", 1, None, named("a")), Count(f"{R}-2", 1, None, named("b"))), 1, 1),
        ),
        (
            "residency: 60",
            Credits(
                R,
                Decimal(60),
                None,
                Filter(providers=frozenset({f"{ID}/organisation/koivula"})),
                Rules("residency", counted_elsewhere=True),
            ),
        ),
        (
            "credits: 60\nlevel: 6+\nshare group: level\ncounted elsewhere: yes",
            Credits(R, Decimal(60), None, Filter(minimum_level=6), HALF),
        ),
        (
            "count: 1\nshare group: a\nmost shared: 10\ncounted elsewhere: true\nlowest grade: -3\nlowest level: 5\n"
            "greatest age: 10 years\nmost from prior learning: 7,5\nweight: 2.5",
            Count(R, 1, None, Filter(), EVERY),
        ),
        (
            f"credits: 20\nskill: {PYTHON}\nproviders: [koivula, http://x.example/uni]\nfields: [06, 0714]\n"
            "languages: [fi, no]\nlevel: 5-6\nand: {level: at most 6}\nor: [{provider: koivula}, {field: 061}]\n"
            "not:\n  - credentials: [a]\n  - or: [{language: et}, {and: [{level: exactly 5}]}]",
            Credits(
                R,
                Decimal(20),
                None,
                Filter(
                    skills=frozenset({ESCO + PYTHON}),
                    providers=frozenset({f"{ID}/organisation/koivula", "http://x.example/uni"}),
                    fields=frozenset({FIELD + "06", FIELD + "0714"}),
                    languages=frozenset({LANGUAGE + "FIN", LANGUAGE + "NOR"}),
                    minimum_level=5,
                    maximum_level=6,
                    every=(Filter(maximum_level=6),),
                    some=(
                        Filter(providers=frozenset({f"{ID}/organisation/koivula"})),
                        Filter(fields=frozenset({FIELD + "061"})),
                    ),
                    none=(
                        named("a"),
                        Filter(
                            some=(
                                Filter(languages=frozenset({LANGUAGE + "EST"})),
                                Filter(every=(Filter(minimum_level=5, maximum_level=5),)),
                            )
                        ),
                    ),
                ),
            ),
        ),
    ],
    ids=lambda value: value.replace("\n", " ")[:40] if isinstance(value, str) else "",
)
def test_what_is_written_is_the_tree_written_by_hand(tmp_path: Path, text: str, expected: Requirement) -> None:
    assert rule(tmp_path, text) == expected


MODULES = f"""
text language: en
institutions:
  koivula: {{names: {{en: Koivula, fi: Koivulan yliopisto}}, country: FI}}
skills: {{Debugging: {PYTHON}}}
programmes:
  - id: p
    title: {{en: Computing, fi: Tietojenkäsittely}}
    institution: koivula
    credits: 180
    level: 6
    field: 0613
    languages: [fi, en]
    modules:
      - {{id: p-one, title: One, credits: "22,5", requires: {{skill: debugging}}}}
      - {{id: p-two, title: Two, institution: other, requires: [a]}}
      - {{id: p-three, title: Three, requires: [credits: 5, manual: Talk.]}}
    requires:
      - any of: [module: p-two, b]
      - manual: Thesis.
"""


def test_modules_come_first_unless_the_programme_gives_them_a_place(tmp_path: Path) -> None:
    done = load(tmp_path, MODULES)
    assert done.issues == []
    two = Count(f"{P}-two#requirement", 1, None, named("a"))
    assert tree(done, R) == AllOf(
        R,
        (
            Skill(f"{P}-one#requirement", ESCO + PYTHON),
            AllOf(
                f"{P}-three#requirement",
                (
                    Credits(f"{P}-three#requirement-1", Decimal(5)),
                    Manual(f"{P}-three#requirement-2", "Talk.", {"en": "Talk."}),
                ),
            ),
            SomeOf(f"{R}-3", (two, Count(f"{R}-3-2", 1, None, named("b"))), 1),
            Manual(f"{R}-4", "Thesis.", {"en": "Thesis."}),
        ),
    )
    assert tree(done, f"{P}-two#requirement") == two


def test_programme_and_modules_are_records_that_stand_on_their_own(tmp_path: Path) -> None:
    done = load(tmp_path, MODULES)
    assert done.records == {
        P: "rules.yaml:7", f"{P}-one": "rules.yaml:15", f"{P}-two": "rules.yaml:16", f"{P}-three": "rules.yaml:17",
    }  # fmt: skip
    for iri in done.records:
        part = list(triples_from_text(done.part(iri).encode(), "application/n-quads"))
        assert tree_from_triples(part, f"{iri}#requirement")


def test_programme_is_described_as_the_model_says(tmp_path: Path) -> None:
    done = load(tmp_path, MODULES)
    home = f"{ID}/organisation/koivula"
    expected = {
        (P, TYPE, ELM + "Qualification"), (P, TYPE, MC + "DegreeProgramme"),
        (P, DCTERMS + "title", '"Computing"@en'), (P, DCTERMS + "title", '"Tietojenkäsittely"@fi'),
        (P, ELM + "awardingOpportunity", f"{P}#awarding"), (f"{P}#awarding", ELM + "awardingBody", home),
        (home, "http://www.w3.org/ns/regorg#legalName", '"Koivulan yliopisto"@fi'),
        (f"{home}#address", ELM + "countryCode", "http://publications.europa.eu/resource/authority/country/FIN"),
        (f"{P}#credit", ELM + "point", '"180"'), (f"{P}-one#credit", ELM + "point", '"22.5"'),
        (P, ELM + "EQFLevel", "http://data.europa.eu/snb/eqf/6"), (P, ELM + "ISCEDFCode", FIELD + "0613"),
        (P, DCTERMS + "language", LANGUAGE + "FIN"), (P, ELM + "hasPart", f"{P}-three"),
        (f"{P}-one", ELM + "isPartOf", P), (f"{P}-one", TYPE, MC + "ProgrammeModule"),
        (f"{P}-one#awarding", ELM + "awardingBody", home),
        (f"{P}-two#awarding", ELM + "awardingBody", f"{ID}/organisation/other"),
    }  # fmt: skip
    assert expected - done.triples == set()


def test_prerequisites_are_records_of_their_micro_credential(tmp_path: Path) -> None:
    done = load(tmp_path, "prerequisites:\n  late: [early, {any of: [a, b]}]\n  other: early\n")
    assert done.records == {f"{C}late": "rules.yaml:2", f"{C}other": "rules.yaml:3"}
    assert done.values(f"{C}late", MC + "prerequisite") == {f"{C}late#prerequisite"}
    root = f"{C}late#prerequisite"
    either = (Count(f"{root}-2-1", 1, None, named("a")), Count(f"{root}-2-2", 1, None, named("b")))
    assert tree(done, root) == AllOf(
        root, (Count(f"{root}-1", 1, None, named("early")), SomeOf(f"{root}-2", either, 1))
    )


def test_corequisites_stand_in_one_record_with_the_prerequisites(tmp_path: Path) -> None:
    text = "corequisites:\n  lab: {any of: [a, count: 2]}\n  seminar: lab\nprerequisites:\n  lab: [early, late]\n"
    done = load(tmp_path, text)
    assert (done.issues, done.records) == ([], {f"{C}lab": "rules.yaml:5", f"{C}seminar": "rules.yaml:3"})
    before, beside = f"{C}lab#prerequisite", f"{C}lab#corequisite"
    assert done.values(f"{C}lab", MC + "prerequisite") == {before}
    assert done.values(f"{C}lab", MC + "corequisite") == {beside}
    early, late = (Count(f"{before}-{n}", 1, None, named(key)) for n, key in ((1, "early"), (2, "late")))
    assert tree(done, before) == AllOf(before, (early, late))
    assert tree(done, beside) == SomeOf(
        beside, (Count(f"{beside}-1", 1, None, named("a")), Count(f"{beside}-2", 2, None)), 1
    )
    assert tree(done, f"{C}seminar#corequisite") == Count(f"{C}seminar#corequisite", 1, None, named("lab"))


def test_fault_in_one_need_leaves_out_the_other_too(tmp_path: Path) -> None:
    done = load(tmp_path, "prerequisites: {lab: early}\nCo-requisites:\n  lab: {count: -1}\n  seminar: lab\n")
    assert (done.code, set(done.records)) == (1, {f"{C}seminar"})
    assert "the prerequisites and corequisites of this micro-credential are left out" in done.messages()


def test_anchors_may_be_used_for_what_stands_twice(tmp_path: Path) -> None:
    done = load(tmp_path, "prerequisites:\n  one: &same {any of: [a, b]}\n  two: *same\n")
    assert (done.code, len(done.records)) == (0, 2)


# What is refused


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("crdits: 5", 7, "crdits: is no key of a requirement; did you mean credits?"),
        ("credits: 5\nfeild: 06", 8, "feild: is no key of a requirement; did you mean fields?"),
        ("credits: 5\nCredit: 6", 8, "says the same as 'credits' in line 7"),
        ("3 of: [a, b]", 7, "3 are needed and 2 are there"),
        ("2-1 of: [a, b]", 7, "the least number 2 is above the greatest, 1"),
        ("credits: 20-15", 7, "the least number 20 is above the greatest, 15"),
        ("credits: -5", 7, "none negative, got '-5'"),
        ("credits: 5 ECTS", 7, "must be a number or a range such as 15"),
        ("credits: many", 7, "got 'many'"),
        ("count: 1.5", 7, "must be whole numbers"),
        ("credits:", 7, "one value is needed"),
        ("any of: []", 7, "one at least"),
        ("any of: a", 7, "a list of requirements is needed"),
        ("some of: [a]", 7, "some of"),
        ("credits: 5\nlevel: 6", 8, "write 6+ or 6-6"),
        ("credits: 5\nlevel: 9+", 8, "from 1 to 8"),
        ("credits: 5\nfield: 12", 8, "'12' is not one of"),
        ("credits: 5\nlanguage: klingon", 8, "'klingon' is not one of"),
        ("credits: 5\ncount: 2", 7, "here is credits and count"),
        ("title: X", 7, "here is none of them"),
        ("manual: X\nweight: 2", 8, "has no place beside 'manual'"),
        ("all of: [a]\nskill: x", 8, "has no place beside 'all of'"),
        (f"skills: [{PYTHON}, {PROGRAMMING}]", 7, "write all of or any of"),
        ("skill: a-b-c-d-e>f", 7, "must be a name under `skills:`"),
        ("skill: Pyton", 7, "must be a name under `skills:`"),
        ("Bachelor's thesis", 7, "for a person to decide, write manual"),
        ("manual: {en: }", 7, "the text in en is missing"),
        ("manual: {english language: x}", 7, "must be a language tag"),
        ("credits: 5\nweight: heavy", 8, "must be a bare number"),
        ("credits: 5\ncounted elsewhere: maybe", 8, "must be yes or no"),
        ("credits: 5\ngreatest age: P5M", 8, "must be whole years"),
        ("credits: 5\nnot: 06", 8, "a filter is needed"),
        ("module: elsewhere", 7, "the programme has no module 'elsewhere'"),
        ("- a\n-", 8, "a requirement is missing here"),
    ],
)  # fmt: skip
def test_programme_with_a_fault_is_left_out_whole_and_the_fault_has_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    done = load(tmp_path, HEAD + "".join(f"      {each}\n" for each in text.splitlines()))
    assert (done.code, done.text) == (1, "")
    first = done.issues[0]
    assert (first["severity"], first["line"]) == ("error", line)
    assert words in f"{first['field']}: {first['message']}"
    assert "left out, with its modules" in done.issues[-1]["message"]


def test_odd_tag_costs_its_text_and_one_with_underscores_is_mended(tmp_path: Path) -> None:
    done = load(tmp_path, "programmes:\n  - id: p\n    title:\n      en_US: One\n      zh-classical: x\n")
    assert done.values(P, DCTERMS + "title") == {'"One"@en-us'}
    told = [(issue["severity"], issue["line"], issue.get("left_out", False)) for issue in done.issues]
    assert told == [("warning", 4, False), ("error", 5, True)]
    assert "'zh-classical'" in done.messages()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("programs:\n  - {id: p, titel: {en: x}}", "titel: is no key of a programme; did you mean title?"),
        ("programmes: [{title: {en: x}}]", "an id is needed"),
        ("programmes: [{institution: k, requires: [credits: 5, level: 6+]}]", "an id is needed"),
        ("programmes: [{id: p}]", "a title is needed"),
        ("programmes: [{id: p, title: x}]", "say the language"),
        ("programmes: [p]", "a programme is a mapping"),
        ("programmes: [{id: p, title: {en: x}, modules: [q]}]", "a module is a mapping"),
        ("programmes: [{id: p, title: {en: x}, institution: a b}]", "without blanks"),
        ("programmes: [{id: p, title: {en: x}, requires: {residency: 5}}]", "names its institution"),
        ("programmes: [{id: p, title: {en: x}}, {id: p, title: {en: y}}]", "stands in rules.yaml:1 already"),
        ("prerequisites: [a, b]", "must be ids of micro-credentials"),
        ("prerequisites: {a b: c}", "without blanks"),
        (f"corequisites: {{a: b, '{C}a': c}}", "stands in rules.yaml:1 already"),
        ("institutions: {k: {country: Atlantis}}", "'Atlantis' is not one of"),
        ("skills: {Python: snake}", "the id or address of an ESCO skill"),
        ("courses: []", "is no key of a requirement file"),
        ("- a", "a mapping with some of"),
    ],
)
def test_fault_outside_the_rules_is_reported(tmp_path: Path, text: str, words: str) -> None:
    done = load(tmp_path, text)
    assert done.code == 1
    assert words in "\n".join(f"{issue['field']}: {issue['message']}" for issue in done.issues)


def test_other_programmes_of_the_file_are_still_written(tmp_path: Path) -> None:
    done = load(tmp_path, HEAD + "      credits: -1\n  - {id: q, title: Q, requires: a}\n")
    assert (done.code, set(done.records)) == (1, {f"{ID}/programme/q"})


def test_module_without_rules_is_told_and_a_module_twice_placed_refused(tmp_path: Path) -> None:
    modules = "\n    modules: [{id: m, title: M}, {id: n, title: N, requires: a}]\n    requires: "
    start = "text language: en\nprogrammes:\n  - id: p\n    title: P"
    assert "nothing of it is asked" in load(tmp_path, start + modules + "b").messages("warning")
    twice = load(tmp_path, start + modules + "[module: n, module: n]")
    assert "stands in two places" in twice.messages()
    empty = load(tmp_path, start + modules + "[module: m]")
    assert "has no `requires`" in empty.messages()


def test_tree_200_deep_is_refused_with_its_line(tmp_path: Path) -> None:
    deep = "".join("  " * level + "- all of:\n" for level in range(200)) + "  " * 200 + "- a"
    done = load(tmp_path, HEAD + "".join(f"      {line}\n" for line in deep.splitlines()))
    assert (done.code, done.text) == (1, "")
    assert "64 levels deep" in done.messages()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("programmes:\n  - id: [p\n", 3, "not YAML"),
        ("a: b\n\tc: d\n", 2, "not YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' stands in line 1 already"),
        ("prerequisites:\n  x: &loop\n    any of: [a, *loop]\n", 3, "stands within what it names"),
        ("a: *nowhere\n", 1, "nowhere"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "tag"),
        ("? [a, b]\n: c\n", 1, "a key must be text"),
        (BOMB, 6, "more than 200,000 values"),
        ("a: " + "[" * 600 + "]" * 600, 1, "levels deep"),
        ("a: 1\nb: " + "x" * 20_001, 2, "20,001 characters"),
        ("a: 1\nb: \x07", 2, "not YAML"),
    ],
    ids=["syntax", "tab", "key-twice", "circle", "alias", "tag", "list-key", "bomb", "nesting", "long-text", "control"],
)
def test_file_that_cannot_be_read_on_says_where(tmp_path: Path, text: str, line: int, words: str) -> None:
    done = load(tmp_path, text)
    assert done.code == 2
    (issue,) = done.issues
    assert issue["line"] == line
    assert words in issue["message"]


def test_scalar_of_10_mb_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    done = load(tmp_path, "a: " + "x" * 10_000_000)
    assert (done.code, done.messages()) == (2, "a YAML file may have 8 MiB; split it")


def test_bytes_that_are_no_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes(b"a: b\nc: \xff\n")
    done = run(tmp_path, "requirements", tmp_path / "rules.yaml")
    assert (done.code, done.issues[0]["line"]) == (2, 2)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_file_with_nothing_in_it_writes_nothing(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).text == ""


# The documents

BLOCKS = [
    block
    for name in ("requirements.md", "loading.md")
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / name).read_text("utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("text", BLOCKS, ids=range(len(BLOCKS)))
def test_example_of_the_documents_is_read_and_well_formed(tmp_path: Path, text: str) -> None:
    done = load(tmp_path, text)
    assert (done.code, done.issues) == (0, [])
    results = validate(done.text.encode(), load_profile(ROOT / "shapes", "stacking"))
    assert [result for result in results if result.severity == "violation"] == []


def test_examples_of_the_documents_write_every_property_of_the_ontology(tmp_path: Path) -> None:
    properties = {
        quad.subject.value
        for quad in ox.parse(path=str(ROOT / "ontology" / "requirements.ttl"), format=ox.RdfFormat.TURTLE)
        if quad.object == ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#Property")
    }
    written = "".join(load(tmp_path, text).text for text in BLOCKS)
    assert {name for name in properties if f"<{name}>" not in written} == set()
