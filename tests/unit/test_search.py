"""What a search finds and in which order: a small catalogue written by hand, each claim counted from it."""

from __future__ import annotations

import sqlite3
import unicodedata
from pathlib import Path

import pytest

from service.catalogue.catalogue import Catalogue
from service.catalogue.read_model.build import build_index
from service.catalogue.read_model.read_model import ReadModel, text_folder
from service.catalogue.records import Filters, Hit, Kind
from service.errors import InvalidArgument, StoreUnavailable
from service.linking.matches import How
from tests.support.query_answers import QUERIES, store_of


def skill(name: str, labels: str, rest: str = "") -> str:
    return f":{name} a esco:Skill ; skos:prefLabel {labels} {rest}.\n"


def credential(name: str, title: str, outcome: str = "", description: str = "", skill: str = "") -> str:
    return (
        f":{name} a elm:Qualification , mc:MicroCredential ; dcterms:title {title} ; elm:learningOutcome :{name}-o "
        + (f"; dcterms:description {description} " if description else "")
        + f".\n:{name}-o dcterms:title {outcome or title} "
        + (f"; elm:relatedESCOSkill :{skill} " if skill else "")
        + ".\n"
    )


DATA = (
    skill("exact", '"welding"@en')
    + skill("prefix", '"welding robots"@en')
    + skill("word", '"robotic welding"@en')
    + skill("form", '"parts welded"@en')
    + skill("spelling", '"wellding"@en')
    + skill("roofing", '"roofing"@en', '; skos:altLabel "thatching"@en ; skos:hiddenLabel "roof work"@en ')
    + skill("paint", '"paint walls"@en')
    + skill("ai", '"AI"@en')
    + skill("maintain", '"maintain main drains"@en')
    + skill("c", '"C"@en')
    + skill("cplus", '"C++"@en')
    + skill("csharp", '"C#"@en')
    + skill("r", '"R"@en')
    + skill("car", '"car care"@en')
    + skill("aani", '"äänitys"@fi')
    + skill("aanitys", '"aanitys"@fi')
    + skill("aland", '"åländsk öl"@sv')
    + skill("joined", '"bookkeeping"@en')
    + skill("apart", '"cyber-security"@en')
    + skill("finnish", '"hitsaus"@fi')
    + credential("in-title", '"Beekeeping"@en', '"Honey"@en')
    + credential("in-outcome", '"Insects"@en', '"Beekeeping"@en')
    + credential("in-description", '"Farm animals"@en', '"Cows"@en', '"And beekeeping."@en')
    + credential("through-skill", '"Houses of old"@en', '"Reeds"@en', skill="roofing")
    + credential("spoken", '"Valokuvauksen alkeet"@fi')
    + ':roofer a esco:Occupation ; skos:prefLabel "roofer"@en , "katontekijä"@fi ; skos:notation "7121" .\n'
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ReadModel:
    path = tmp_path_factory.mktemp("release") / "index.sqlite"
    build_index(store_of(DATA), path)
    return ReadModel(path)


def hits(model: ReadModel, text: str, *kinds: Kind, language: str | None = None) -> tuple[Hit, ...]:
    return model.search(text, kinds, language, 20, 0).items


def names(model: ReadModel, text: str, *kinds: Kind, language: str | None = None) -> list[str]:
    return [hit.item.iri.removeprefix("http://example.org/") for hit in hits(model, text, *kinds, language=language)]


def how(model: ReadModel, text: str) -> set[How]:
    return {hit.how for hit in hits(model, text)}


def test_exact_before_prefix_before_word_before_form(model: ReadModel) -> None:
    assert names(model, "welding", "skill") == ["exact", "prefix", "word", "form"]


def test_what_is_spelt_otherwise_is_found_where_nothing_else_is(model: ReadModel) -> None:
    assert names(model, "wellding", "skill") == ["spelling"]
    assert names(model, "weldinng", "skill")[0] == "exact"


def test_title_before_outcome_before_description(model: ReadModel) -> None:
    assert names(model, "beekeeping") == ["in-title", "in-outcome", "in-description"]


@pytest.mark.parametrize("text", ["roofing", "thatching"])
def test_a_credential_is_found_by_the_skill_that_it_teaches(model: ReadModel, text: str) -> None:
    assert names(model, text, "skill", "credential") == ["roofing", "through-skill"]


def test_hidden_labels_and_codes_find(model: ReadModel) -> None:
    assert names(model, "roof work")[0] == "roofing"
    assert names(model, "7121") == ["roofer"]


@pytest.mark.parametrize(("text", "found"), [("AI", "ai"), ("C", "c"), ("c++", "cplus"), ("C#", "csharp"), ("r", "r")])
def test_short_texts_are_words_and_not_parts_of_words(model: ReadModel, text: str, found: str) -> None:
    assert names(model, text) == [found]


@pytest.mark.parametrize("text", ["maint", "MAINTAIN", "drain"])
def test_longer_beginnings_and_other_forms_find(model: ReadModel, text: str) -> None:
    assert names(model, text)[0] == "maintain"


@pytest.mark.parametrize("text", ["valokuvaus", "valokuvauksen", "valokuvausta", "VALOKUVAUKSESSA"])
def test_finnish_words_are_found_in_every_case(model: ReadModel, text: str) -> None:
    assert names(model, text) == ["spoken"]


def test_accents_may_be_left_out_and_count_when_they_are_not(model: ReadModel) -> None:
    assert names(model, "äänitys")[:2] == ["aani", "aanitys"]
    assert names(model, "aanitys")[:2] == ["aanitys", "aani"]
    assert names(model, "alandsk ol") == ["aland"]


def test_decomposed_letters_are_the_same_letters(model: ReadModel) -> None:
    apart = unicodedata.normalize("NFD", "äänitys")
    assert apart != "äänitys"
    assert names(model, apart) == names(model, "äänitys")


@pytest.mark.parametrize("text", ["bookkeeping", "book keeping", "book-keeping"])
def test_a_compound_may_be_written_apart(model: ReadModel, text: str) -> None:
    assert names(model, text)[0] == "joined"


@pytest.mark.parametrize("text", ["cyber-security", "cyber security", "cybersecurity"])
def test_two_words_may_be_written_together(model: ReadModel, text: str) -> None:
    assert names(model, text)[0] == "apart"


def test_every_word_must_be_found_in_any_order(model: ReadModel) -> None:
    assert names(model, "walls paint")[0] == "paint"
    assert model.credentials(Filters(text="honey beekeeping"), language="en", limit=5, offset=0).total == 1
    assert model.credentials(Filters(text="honey insects"), language="en", limit=5, offset=0).total == 0


def test_a_list_with_words_is_in_the_order_of_the_search(model: ReadModel) -> None:
    page = model.credentials(Filters(text="beekeeping"), language="en", limit=2, offset=0)
    assert ([item.title["en"] for item in page.items], page.total) == (["Beekeeping", "Insects"], 3)
    catalogue = Catalogue(store_of(""), QUERIES, model)
    assert [item.iri.rpartition("/")[2] for item in catalogue.skills(text="welding robots").items] == ["prefix", "word"]


def test_another_language_answers_when_the_one_asked_for_does_not_and_says_so(model: ReadModel) -> None:
    (hit,) = hits(model, "hitsaus", language="en")
    assert (hit.matched, hit.language) == ("hitsaus", "fi")
    assert [hit.language for hit in hits(model, "roofer", language="en")][:1] == ["en"]


def test_the_label_that_matched_is_told(model: ReadModel) -> None:
    hit = hits(model, "thatching", "skill")[0]
    assert (hit.item.label, hit.matched, hit.language) == ({"en": "roofing"}, "thatching", "en")


def test_how_it_was_found_is_told(model: ReadModel) -> None:
    assert how(model, "beekeeping") == {"words"}
    assert how(model, "beekeping") == how(model, "ebekeeping") == {"spelling"}
    assert how(model, "beekeeping submarine") == {"nearest"}
    assert names(model, "beekeeping submarine")[0] == "in-title"
    assert names(model, "submarine") == []


def test_a_page_is_a_slice_of_the_whole(model: ReadModel) -> None:
    page = model.search("welding", ("skill",), None, 2, 1)
    assert [hit.item.iri.rpartition("/")[2] for hit in page.items] == ["prefix", "word"]
    assert (page.total, page.limit, page.offset) == (4, 2, 1)
    assert model.search("welding", ("skill",), None, 0, 0).total == 4
    for offset in (9, 2**31):
        assert model.search("welding", ("skill",), None, 5, offset).items == ()


@pytest.mark.parametrize("text", ["", " ", "%", '"', "\x00\x01\x7f", "\u202e\u200f", "AND OR NOT", "a:b*~2^3"])
def test_signs_and_control_characters_break_nothing(model: ReadModel, text: str) -> None:
    assert model.search(text, (), None, 5, 0).total == len(hits(model, text))
    assert model.search(f"beekeeping {text}", (), None, 5, 0).items[0].matched == "Beekeeping"


@pytest.mark.parametrize("text", ["zebra " * 20_000, "x" * 1_000_000, "ä" * 1000])
def test_a_very_long_text_is_only_not_found(model: ReadModel, text: str) -> None:
    assert model.search(text, (), None, 5, 0).total == 0


@pytest.mark.parametrize("text", ["\ud800", "bee \udfff keeping"])
def test_half_a_character_is_refused(model: ReadModel, text: str) -> None:
    with pytest.raises(InvalidArgument, match="surrogates"):
        model.search(text, (), None, 5, 0)
    with pytest.raises(InvalidArgument, match="surrogates"):
        model.suggest(text, (), None, 5)


def test_an_index_without_a_text_index_leaves_texts_to_the_queries(tmp_path: Path) -> None:
    store = store_of(DATA)
    path = tmp_path / "index.sqlite"
    build_index(store, path)
    for file in text_folder(path).iterdir():
        file.unlink()
    text_folder(path).rmdir()
    with pytest.raises(StoreUnavailable, match="text index"):
        ReadModel(path)
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 3")
    database.close()
    catalogue = Catalogue(store, QUERIES, ReadModel(path))
    assert [hit.matched for hit in catalogue.search("eekeepin").items] == ["Beekeeping"]
    assert [hit.matched for hit in catalogue.suggest("beek")] == ["Beekeeping"]
    assert catalogue.credentials(Filters(text="eekeepin")).total == 1
    assert catalogue.credentials(Filters()).total == 5
