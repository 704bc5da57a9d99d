"""The read model answers what a user counts by hand, and what the named queries answer; search is in test_search.py."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from service.catalogue.catalogue import Catalogue
from service.catalogue.read_model import beginnings
from service.catalogue.read_model.build import build_index
from service.catalogue.read_model.read_model import ReadModel
from service.catalogue.records import Filters, Kind
from service.errors import StoreUnavailable
from service.rdf.syntax import triples_from_text
from service.store.oxigraph import OxigraphStore
from tests.support.query_answers import QUERIES, arguments_of, asked, counted, store_of
from tests.support.small_catalogue import add_derived

CREDENTIAL = "http://example.org/{}"
ECTS = "<http://data.europa.eu/snb/education-credit/6fcec5c5af>"
COUNTRY = "http://publications.europa.eu/resource/authority/country/"
LANGUAGE = "http://publications.europa.eu/resource/authority/language/"
EQF = "http://data.europa.eu/snb/eqf/"


def credential(name: str, titles: str, provider: str, points: str, rest: str) -> str:
    return f"""
:{name} a elm:Qualification , mc:MicroCredential ; dcterms:title {titles} ;
  elm:awardingOpportunity :{name}-awarding ; elm:creditPoint :{name}-credit ; {rest} .
:{name}-awarding elm:awardingBody :{provider} .
:{name}-credit elm:framework {ECTS} ; elm:point "{points}" .
"""


# Written by hand; every expected value below is counted from here.
DATA = (
    credential(
        "c1", '"Zebra care"@en , "Älykäs hoiva"@fi', "north", "5",
        "elm:EQFLevel eqf:6 ; dcterms:language language:FIN , language:ENG ; elm:mode mode:a ; "
        "elm:ISCEDFCode field:0613 ; elm:learningOutcome :c1-o",
    )
    + credential(
        "c2", '"apple data"@en , "Omena ja data"@fi', "south", "7,5",
        "elm:EQFLevel eqf:6 ; dcterms:language language:FIN ; elm:mode mode:b ; elm:learningOutcome :c2-o",
    )
    + credential(
        "c3", '"Data i praktiken"@sv', "north", "2",
        "elm:EQFLevel eqf:5 ; dcterms:language language:SWE ; elm:mode mode:a ; elm:learningOutcome :c3-o",
    )
    + credential("c4", '"Straße und İstanbul"@de , "Road: \\"C#\\" & 100%"@en', "south", "5", "elm:mode mode:a")
    + """
:c1-o elm:relatedESCOSkill :skill-a .
:c2-o elm:relatedESCOSkill :skill-b , :skill-d .
:c3-o elm:relatedESCOSkill :skill-d .
:north a elm:Organisation ; rov:legalName "North University"@en , "Pohjoinen"@fi ; elm:location :north-l .
:north-l elm:address :north-a . :north-a elm:countryCode country:FIN .
:south a elm:Organisation ; rov:legalName "South College"@en ; elm:location :south-l .
:south-l elm:address :south-a , :south-b . :south-a elm:countryCode country:SWE . :south-b elm:countryCode country:FIN .
:skill-a a esco:Skill ; skos:prefLabel "data"@en ; skos:altLabel "data work"@en ; skos:broader :group .
:skill-b a esco:Skill ; skos:prefLabel "analyse data"@en , "analysoida dataa"@fi ; skos:broader :group .
:skill-c a esco:Skill ; skos:prefLabel "metadata"@en ; skos:altLabel "data"@en , "data" .
:skill-d a esco:Skill ; skos:prefLabel "mentoring"@en ; skos:altLabel "big data"@en-us .
:group a skos:Concept ; skos:prefLabel "information skills"@en .
:work a esco:Occupation ; skos:prefLabel "data worker"@en ; esco:relatedEssentialSkill :skill-a , :skill-b ;
  esco:relatedOptionalSkill :skill-d .
:p a elm:Qualification , mc:DegreeProgramme ; dcterms:title "Data degree"@en .
eqf:6 a skos:Concept ; skos:prefLabel "Level 6"@en , "Taso 6"@fi .
"""
)  # fmt: skip


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    return store_of(DATA)


@pytest.fixture(scope="module")
def model(store: OxigraphStore, tmp_path_factory: pytest.TempPathFactory) -> ReadModel:
    path = tmp_path_factory.mktemp("release") / "index of #1.sqlite"
    build_index(store, path)
    return ReadModel(path)


def names(model: ReadModel, filters: Filters, language: str = "en") -> list[str]:
    page = model.credentials(filters, language=language, limit=10, offset=0)
    return [item.iri.removeprefix("http://example.org/") for item in page.items]


def counts(model: ReadModel, facet: str, filters: Filters) -> Mapping[str, int]:
    return {value.value.rpartition("/")[2]: value.count for value in model.facets(filters)[facet]}


def test_titles_order_a_list_in_the_language_asked_for(model: ReadModel) -> None:
    assert names(model, Filters(), "en") == ["c2", "c3", "c4", "c1"]  # apple, data (sv), road, zebra
    assert names(model, Filters(), "fi") == ["c3", "c2", "c4", "c1"]  # data (sv), omena, road (en), älykäs
    assert names(model, Filters(), "fi-fi") == ["c3", "c2", "c4", "c1"]
    assert names(model, Filters(), "de") == ["c2", "c3", "c4", "c1"]  # apple, data, straße, zebra


def test_a_summary_holds_what_the_source_says(model: ReadModel) -> None:
    (found,) = model.credentials(Filters(text="zebra"), language="en", limit=5, offset=0).items
    assert found.title == {"en": "Zebra care", "fi": "Älykäs hoiva"}
    assert (found.provider, found.provider_name) == (
        "http://example.org/north",
        {"en": "North University", "fi": "Pohjoinen"},
    )
    assert (found.ects, found.level) == (Decimal(5), EQF + "6")
    assert found.languages == (LANGUAGE + "ENG", LANGUAGE + "FIN")
    assert found.countries == (COUNTRY + "FIN",)
    assert found.fields == ("http://data.europa.eu/snb/isced-f/0613",)


def test_a_page_is_a_slice_and_counts_the_whole(model: ReadModel) -> None:
    page = model.credentials(Filters(), language="en", limit=2, offset=1)
    assert [item.iri[-2:] for item in page.items] == ["c3", "c4"]
    assert (page.total, page.limit, page.offset) == (4, 2, 1)
    assert model.credentials(Filters(), language="en", limit=2, offset=9).items == ()


def test_every_filter_must_hold_with_any_of_its_values(model: ReadModel) -> None:
    six, five = EQF + "6", EQF + "5"
    assert names(model, Filters(level=(six,))) == ["c2", "c1"]
    assert names(model, Filters(level=(six, five))) == ["c2", "c3", "c1"]
    assert names(model, Filters(level=(six, five), provider=("http://example.org/north",))) == ["c3", "c1"]
    assert names(model, Filters(level=("http://example.org/unknown",))) == []


def test_a_skill_group_is_covered_by_what_teaches_a_narrower_skill(model: ReadModel) -> None:
    assert names(model, Filters(skill=("http://example.org/group",))) == ["c2", "c1"]
    page = model.skill_credentials("http://example.org/group", 1, 1)
    assert ([item.iri[-2:] for item in page.items], page.total) == (["c2"], 2)
    assert model.skill_credentials("http://example.org/unknown", 10, 0).total == 0


def test_credit_bounds_are_inclusive(model: ReadModel) -> None:
    assert names(model, Filters(min_ects=Decimal("5.0"), max_ects=Decimal("7.5"))) == ["c2", "c4", "c1"]
    assert names(model, Filters(max_ects=Decimal("4.99"))) == ["c3"]


def test_a_facet_ignores_its_own_filter_only(model: ReadModel) -> None:
    chosen = Filters(level=(EQF + "5",))
    assert counts(model, "level", chosen) == {"6": 2, "5": 1}
    assert counts(model, "country", chosen) == {"FIN": 1}
    assert counts(model, "country", Filters()) == {"FIN": 4, "SWE": 2}


def test_facet_values_carry_their_names_largest_first(model: ReadModel) -> None:
    found = model.facets(Filters())
    assert [value.value[-3:] for value in found["language"]] == ["FIN", "ENG", "SWE"]
    assert found["level"][0].label == {"en": "Level 6", "fi": "Taso 6"}
    assert found["provider"][0].label == {"en": "North University", "fi": "Pohjoinen"}


def test_suggestions_start_with_the_text(model: ReadModel) -> None:
    found = [hit.matched for hit in model.suggest("DATA ", (), None, 10)]
    assert found == ["Data degree", "data worker", "Data i praktiken", "data work"]
    assert len(model.suggest("d", ("skill",), "en", 1)) == 1


@pytest.mark.parametrize("kept", [1, 2, 3])
@pytest.mark.parametrize("kinds", [(), ("skill",), ("credential", "programme")])
@pytest.mark.parametrize("language", [None, "en", "fi"])
def test_beginnings_that_many_labels_share_are_answered_as_others(
    kept: int, kinds: tuple[Kind, ...], language: str | None, model: ReadModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [(prefix, limit) for prefix in ("", "d", "data", "data ", "m", "a") for limit in (1, 2, 3, 9)]
    expected = [model.suggest(prefix, kinds, language, limit) for prefix, limit in asked]
    monkeypatch.setattr(beginnings, "_BROAD", 1)
    monkeypatch.setattr(beginnings, "_KEPT", kept)
    monkeypatch.setattr(model._beginnings, "_leading", {})
    assert [model.suggest(prefix, kinds, language, limit) for prefix, limit in asked] == expected


def test_an_occupation_is_covered_by_essential_skills_first(model: ReadModel) -> None:
    page = model.occupation_credentials("http://example.org/work", 10, 0)
    assert [(c.credential.iri[-2:], c.essential, c.optional) for c in page.items] == [
        ("c2", 1, 1), ("c1", 1, 0), ("c3", 0, 1),
    ]  # fmt: skip


FILTERS = [
    Filters(),
    Filters(country=(COUNTRY + "SWE", COUNTRY + "FIN"), mode=("http://data.europa.eu/snb/learning-assessment/a",)),
    Filters(provider=("http://example.org/north",), language=(LANGUAGE + "FIN",)),
    Filters(skill=("http://example.org/group", "http://example.org/skill-d")),
    Filters(min_ects=Decimal("2.5")),
    Filters(field=("http://data.europa.eu/snb/isced-f/0613",), max_ects=Decimal(5), level=(EQF + "6",)),
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("language", ["en", "fi", "sv", "de-at"])
def test_lists_equal_the_named_query(store: OxigraphStore, model: ReadModel, filters: Filters, language: str) -> None:
    rows = asked(store, "credentials", **arguments_of(filters), label_language=(language,))
    page = model.credentials(filters, language=language, limit=10, offset=0)
    assert [item.iri for item in page.items] == [row["credential"] for row in rows]
    assert page.total == counted(store, "credentials", **arguments_of(filters))


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_facets_equal_the_named_query(store: OxigraphStore, model: ReadModel, filters: Filters) -> None:
    for facet, values in model.facets(filters).items():
        others = replace(filters, **{facet: ()})
        rows = asked(store, "credential-facets", **arguments_of(others))
        expected = [(row["value"], row["count"]) for row in rows if row["facet"] == facet]
        assert [(value.value, str(value.count)) for value in values] == expected


def test_occupations_equal_the_named_query(store: OxigraphStore, model: ReadModel) -> None:
    work = "http://example.org/work"
    rows = asked(store, "occupation-credentials", occupation=(work,))
    page = model.occupation_credentials(work, 10, 0)
    assert [(c.credential.iri, str(c.essential), str(c.optional)) for c in page.items] == [
        (row["credential"], row["essential"], row["optional"]) for row in rows
    ]


def test_an_empty_catalogue_has_an_index(tmp_path: Path) -> None:
    build_index(OxigraphStore.in_memory(), tmp_path / "index.sqlite")
    model = ReadModel(tmp_path / "index.sqlite")
    assert model.credentials(Filters(), language="fi", limit=5, offset=0).total == 0
    assert model.search("data", (), None, 5, 0).total == 0
    assert model.suggest("", (), None, 5) == ()
    assert all(values == () for values in model.facets(Filters(text="x")).values())


def test_many_threads_may_ask_at_once(model: ReadModel) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(model.search("data", (), None, 5, 0).total)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [9] * 8  # four skills, the programme, the occupation, c2, c3, and c1, which teaches "data"


def test_an_index_of_another_layout_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        database.executescript("CREATE TABLE thing (kind); PRAGMA user_version = 99;")
    database.close()
    with pytest.raises(StoreUnavailable, match="publish again"):
        ReadModel(tmp_path / "index.sqlite")


def test_a_missing_index_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        ReadModel(tmp_path / "index.sqlite")


def test_reading_does_not_change_the_folder(store: OxigraphStore, tmp_path: Path) -> None:
    build_index(store, tmp_path / "index.sqlite")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    ReadModel(tmp_path / "index.sqlite").search("data", (), None, 5, 0)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


SMALL = Path(__file__).parent.parent / "data" / "queries" / "small.trig"


@pytest.fixture(scope="module", params=["by hand", "small.trig"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalogue, Catalogue]:
    if request.param == "by hand":
        store = store_of(DATA)
    else:
        store = OxigraphStore.in_memory()
        store.add(triples_from_text(SMALL.read_bytes(), "application/trig"), "http://example.org/graph/small")
        add_derived(store, "http://example.org/graph/derived")
    path = tmp_path_factory.mktemp("both") / "index.sqlite"
    build_index(store, path)
    return Catalogue(store, QUERIES), Catalogue(store, QUERIES, ReadModel(path))


@pytest.mark.parametrize("language", ["en", "fi", "sv", "de-at"])
def test_records_of_lists_equal_those_of_the_queries(both: tuple[Catalogue, Catalogue], language: str) -> None:
    without, with_index = both
    for filters in FILTERS:
        asked_for = {"language": language, "limit": 3, "offset": 1}
        assert with_index.credentials(filters, **asked_for) == without.credentials(filters, **asked_for)
        assert with_index.facets(filters) == without.facets(filters)


def test_skills_and_occupations_equal_those_of_the_queries(both: tuple[Catalogue, Catalogue]) -> None:
    without, with_index = both
    skills = [item.iri for item in without.skills(100).items] + ["http://example.org/group"]
    occupations = [item.iri for item in without.occupations(100).items]
    assert skills
    assert occupations
    for skill in skills:
        assert with_index.skill_credentials(skill, 5, 0) == without.skill_credentials(skill, 5, 0)
    for occupation in occupations:
        assert with_index.occupation_credentials(occupation, 5, 0) == without.occupation_credentials(occupation, 5, 0)


@pytest.mark.parametrize("language", ["en", "fi", "fi-x", "sv", "nl"])
@pytest.mark.parametrize("kind", ["providers", "programmes", "skills", "occupations"])
def test_lists_by_name_equal_those_of_the_queries(both: tuple[Catalogue, Catalogue], kind: str, language: str) -> None:
    without, with_index = (getattr(catalogue, kind) for catalogue in both)
    assert without(100, 0, language).items
    for limit, offset in ((100, 0), (2, 1), (0, 0), (3, 99)):
        assert with_index(limit, offset, language) == without(limit, offset, language)


def test_lists_are_in_the_order_of_names_in_the_language_asked_for(tmp_path: Path) -> None:
    store = store_of(
        ':b a esco:Skill ; skos:prefLabel "Apple"@en , "öljy"@fi . :a a esco:Skill ; skos:prefLabel "apple"@en . '
        ':c a esco:Skill ; skos:prefLabel "banana"@de . :d a esco:Skill . '
        ":c1 a mc:MicroCredential ; elm:awardingOpportunity :w . :w elm:awardingBody :used , :nameless . "
        ':used a elm:Organisation ; rov:legalName "Used"@en . :idle a elm:Organisation ; rov:legalName "Idle"@en . '
        ":nameless a elm:Organisation ."
    )
    build_index(store, tmp_path / "index.sqlite")
    model = ReadModel(tmp_path / "index.sqlite")

    def listed(kind: Kind, language: str, limit: int = 9, offset: int = 0) -> tuple[list[str], int]:
        page = model.things(kind, language, limit, offset)
        return [iri.rpartition("/")[2] for iri in page.items], page.total

    assert listed("skill", "en") == (["a", "b", "c"], 3)  # apple, Apple: by IRI; banana; d has no name
    assert listed("skill", "fi") == (["a", "c", "b"], 3)  # apple, banana, öljy
    assert listed("skill", "fi-fi", 1, 2) == (["b"], 3)
    assert listed("skill", "nl", 1, 1) == (["b"], 3)
    assert listed("provider", "sv") == (["used"], 1)
    assert listed("occupation", "en") == ([], 0)


def test_programmes_equal_those_of_the_queries(both: tuple[Catalogue, Catalogue]) -> None:
    without, with_index = both
    programmes = [item.iri for item in without.programmes(100).items]
    assert programmes
    for iri in [*programmes, CREDENTIAL.format("unknown")]:
        for limit, offset in ((100, 0), (2, 1), (1, 99)):
            page = with_index.programme_credentials(iri, limit, offset)
            assert page == without.programme_credentials(iri, limit, offset)


def test_names_and_summaries_equal_those_of_the_queries(both: tuple[Catalogue, Catalogue]) -> None:
    without, with_index = both
    credentials = [item.iri for item in without.credentials(Filters(), limit=100).items]
    assert credentials
    for iri in credentials:
        assert with_index.credential_skills(iri) == without.credential_skills(iri)
        assert with_index.credential_programmes(iri) == without.credential_programmes(iri)
        assert with_index.prerequisites(iri) == without.prerequisites(iri)
    named = ["group", "north", "work", "p", "skill-c", "c4", "unknown"]
    for iri in [*credentials, EQF + "6", *map(CREDENTIAL.format, named)]:
        assert with_index.item(iri) == without.item(iri)


def test_programmes_are_stated_or_suggested_by_a_covered_skill(tmp_path: Path) -> None:
    # :a teaches the narrow skill, :b the other; :whole requires through its module, :half names its module itself.
    store = store_of(
        ":a a mc:MicroCredential ; elm:learningOutcome :a-o ; elm:isPartOf :degree . "
        ":a-o elm:relatedESCOSkill :narrow . "
        ":b a mc:MicroCredential ; elm:learningOutcome :b-o . :b-o elm:relatedESCOSkill :other . "
        ":c a mc:MicroCredential ; elm:isPartOf :module . "
        ":wide a esco:Skill . :narrow a esco:Skill ; skos:broader :wide . :other a esco:Skill . "
        ":whole a mc:DegreeProgramme . :module a mc:ProgrammeModule ; elm:isPartOf :whole ; mc:requirement :m-r . "
        ":m-r mc:skill :wide . "
        ":half a mc:DegreeProgramme ; elm:hasPart :loose . :loose a mc:ProgrammeModule ; mc:requirement :l-r . "
        ":l-r mc:filter :l-f . :l-f mc:skill :other . "
        ":degree a mc:DegreeProgramme ; mc:requirement :d-r . :d-r mc:skill :narrow . "
        ":idle a mc:DegreeProgramme ."
    )
    build_index(store, tmp_path / "index.sqlite")
    with_index = Catalogue(store, QUERIES, ReadModel(tmp_path / "index.sqlite"))

    def towards(name: str) -> list[tuple[str, bool]]:
        links = with_index.credential_programmes(CREDENTIAL.format(name))
        return [(link.programme.iri.rpartition("/")[2], link.stated) for link in links]

    def counting(name: str) -> list[tuple[str, bool]]:
        links = with_index.programme_credentials(CREDENTIAL.format(name)).items
        return [(link.credential.iri.rpartition("/")[2], link.stated) for link in links]

    assert towards("a") == [("degree", True), ("module", False), ("whole", False)]
    assert towards("b") == [("half", False), ("loose", False)]
    assert towards("c") == [("module", True), ("whole", True)]  # publishing adds the programme of a module
    assert towards("gone") == []
    assert counting("whole") == counting("module") == [("c", True), ("a", False)]
    assert counting("half") == counting("loose") == [("b", False)]
    assert counting("degree") == [("a", True)]
    assert counting("idle") == []


def test_skills_that_few_and_many_teach_are_required_together(tmp_path: Path) -> None:
    # Of 90, numbers 17 and 81 teach the rare skill, every even one the common skill; 80 and 81 are stated.
    taught = {n: ":rare" if n in (17, 81) else ":common" if n % 2 == 0 else ":third" for n in range(10, 100)}
    lines = [f":c{n} a mc:MicroCredential ; elm:learningOutcome :o{n} . :o{n} elm:relatedESCOSkill {skill} ."
             for n, skill in taught.items()]  # fmt: skip
    store = store_of(
        "".join(lines) + ":c80 elm:isPartOf :p . :c81 elm:isPartOf :p . :rare a esco:Skill . :common a esco:Skill . "
        ":third a esco:Skill . :p a mc:DegreeProgramme ; mc:requirement :r . :r mc:part :r1 , :r2 . "
        ":r1 mc:skill :rare . :r2 mc:skill :common ."
    )
    build_index(store, tmp_path / "index.sqlite")
    with_index = Catalogue(store, QUERIES, ReadModel(tmp_path / "index.sqlite"))
    page = with_index.programme_credentials(CREDENTIAL.format("p"), 100)
    evens = [n for n in range(10, 100) if n % 2 == 0 and n != 80]
    expected = [(80, True), (81, True), *((n, False) for n in sorted([*evens, 17]))]
    assert [(int(link.credential.iri.rpartition("/c")[2]), link.stated) for link in page.items] == expected
    assert page.total == len(expected)


def test_prerequisites_are_followed_through_forks_circles_and_strangers(tmp_path: Path) -> None:
    # top → left → base → top, top → right → base → gone, which nothing describes; a programme is no start.
    store = store_of(
        ":top a mc:MicroCredential ; mc:namesCredential :left , :right . :left a mc:MicroCredential ; "
        "mc:namesCredential :base . :right a mc:MicroCredential ; mc:namesCredential :base . "
        ":base a mc:MicroCredential ; mc:namesCredential :gone , :top . "
        ":apart a mc:MicroCredential ; mc:namesCredential :top . "
        ":p a mc:DegreeProgramme ; mc:namesCredential :top ."
    )
    build_index(store, tmp_path / "index.sqlite")
    with_index = Catalogue(store, QUERIES, ReadModel(tmp_path / "index.sqlite"))
    steps = [
        (step.credential.iri.rpartition("/")[2], step.distance)
        for step in with_index.prerequisites(CREDENTIAL.format("top"))
    ]
    assert steps == [("left", 1), ("right", 1), ("base", 2), ("gone", 3)]
    assert with_index.prerequisites(CREDENTIAL.format("p")) == ()
    for name in ("top", "left", "apart", "gone", "p"):
        iri = CREDENTIAL.format(name)
        assert with_index.prerequisites(iri) == Catalogue(store, QUERIES).prerequisites(iri)


def test_a_thing_of_two_kinds_is_what_the_queries_say(tmp_path: Path) -> None:
    store = store_of(
        ':both a esco:Skill , mc:DegreeProgramme ; skos:prefLabel "a skill"@en ; dcterms:title "A degree"@en .'
    )
    build_index(store, tmp_path / "index.sqlite")
    item = Catalogue(store, QUERIES, ReadModel(tmp_path / "index.sqlite")).item(CREDENTIAL.format("both"))
    assert item is not None
    # A programme first (`rows.py`), under the label that sorts first.
    assert (item.kind, item.label) == ("programme", {"en": "A degree"})
