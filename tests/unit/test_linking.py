"""What the linker finds, how sure it is and where it rests: a small list of skills, each claim counted from it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from service.errors import InvalidArgument
from service.linking.linker import reranker
from service.linking.linker.candidates import FEATURES, Labels
from service.linking.linker.concepts import Concept, Label
from service.linking.linker.grams import GramIndex, plain
from service.linking.linker.linker import LONGEST_TEXT, Linker
from service.linking.linker.reranker import Reranker, trained
from service.linking.linker.statements import statements_of
from service.linking.linker.to_json import linked_to_json
from service.linking.words import word_spans
from tests.conftest import ROOT

FILE = ROOT / "service" / "linking" / "linker" / "reranker.json"


def skill(name: str, *labels: str, broader: tuple[str, ...] = ()) -> Concept:
    """A skill with labels such as `en:welding`, an alternative one after `en+`, a hidden one after `en-`."""
    found = []
    for label in labels:
        language, text = label[:2], label[3:]
        found.append(Label(language, text, {":": 0, "+": 1, "-": 2}[label[2]]))
    return Concept(f"urn:{name}", "skill", tuple(found), broader, ("skill",))


SKILLS = [
    skill("weld", "en:weld metal parts", "fi:hitsata metalliosia", "sv:svetsa metalldelar", broader=("urn:metal",)),
    skill("solder", "en:solder metal parts", "fi:juottaa metalliosia", broader=("urn:metal",)),
    skill("python", "en:Python (computer programming)", "fi:Python (tietokoneohjelmointi)", "en-pyhton"),
    skill("cpp", "en:C++", "fi:C++", "sv:C++"),
    skill("negotiate", "en:negotiate contracts", "fi:neuvotella sopimuksista", "sv:förhandla om avtal"),
    skill("patients", "en:care for patients", "en+look after the sick", "fi:hoitaa potilaita", "sv:vårda patienter"),
    skill("bees", "en:keep bees", "fi:hoitaa mehiläisiä", "sv:sköta bin"),
    skill("accounts", "en:prepare financial statements", "fi:laatia tilinpäätöksiä", "sv:upprätta bokslut"),
    *(skill(f"other{n}", f"en:operate machine number {n}", f"fi:käyttää konetta {n}", f"sv:sköta maskin {n}")
      for n in range(40)),
]  # fmt: skip
GROUP = Concept("urn:metal", "group", (Label("en", "work with metal", 0),))
BAKER = Concept("urn:baker", "occupation", (Label("en", "baker", 0), Label("fi", "leipuri", 0)))


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker([*SKILLS, GROUP, BAKER])


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("weld metal parts", "en", "weld"),
        ("WELD METAL PARTS", "en", "weld"),
        ("able to weld metal parts", "en", "weld"),
        ("wled metal parts", "en", "weld"),
        ("welding of metal parts", "en", "weld"),
        ("look after the sick", "en", "patients"),
        ("pyhton", "en", "python"),
        ("Python", "en", "python"),
        ("C++", "en", "cpp"),
        ("laatia tilinpaatoksia", "fi", "accounts"),
        (unicodedata.normalize("NFD", "laatia tilinpäätöksiä"), "fi", "accounts"),
        ("osaa neuvotella sopimuksista", "fi", "negotiate"),
        ("mehiläisten hoitaminen", "fi", "bees"),
        ("upprätta boksluten", "sv", "accounts"),
        ("kan förhandla om avtal", "sv-FI", "negotiate"),
    ],
)
def test_the_skill_is_first_however_it_is_written(linker: Linker, text: str, language: str, name: str) -> None:
    assert linker.link(text, language).links[0].concept.iri == f"urn:{name}"


def test_a_label_itself_is_sure_and_says_that_it_is_exact(linker: Linker) -> None:
    found = linker.link("keep bees", "en")
    assert not found.abstained
    assert (found.links[0].method, found.links[0].evidence, found.links[0].span) == ("exact", "keep bees", (0, 9))
    assert found.links[0].probability >= linker.reranker.threshold


def test_a_text_about_something_else_is_not_linked_with_certainty(linker: Linker) -> None:
    found = linker.link("The museum is closed on Mondays", "en")
    assert found.abstained
    assert all(link.probability < linker.reranker.threshold for link in found.links)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The students learn to keep bees and to look after the sick in our hospital", "en"),
        ("Opiskelija osaa laatia tilinpäätöksiä ja neuvotella sopimuksista", "fi"),
        ("Studenten kan upprätta bokslut och förhandla om avtal", "sv"),
    ],
)
def test_the_language_is_found_out(linker: Linker, text: str, language: str) -> None:
    assert linker.link(text).language == language


def test_each_statement_of_a_long_text_is_linked_where_it_stands(linker: Linker) -> None:
    text = (
        "This course takes one year and has teachers from all over the country who know their trade well. "
        "You will weld metal parts. After the summer you will learn how to keep bees; nothing else is taught."
    )
    found = {link.concept.iri: text[slice(*link.span)] for link in linker.link(text, "en", limit=10).links}
    assert found["urn:weld"] == "weld metal parts"
    assert found["urn:bees"] == "keep bees"


def test_statements_cover_every_word_once_and_are_short() -> None:
    text = "One thing. Two things! Words " + "word " * 300 + "\n- a point\n- another, e.g. this one"
    spans = statements_of(text)
    assert [text[a:b] for a, b in spans[:2]] == ["One thing.", "Two things!"]
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert all(b - a <= 400 for a, b in spans)
    words = [word for a, b in spans for word in text[a:b].split()]
    assert [word for word in words if word != "-"] == [word for word in text.split() if word != "-"]


def test_an_occupation_is_found_when_asked_for_and_else_not(linker: Linker) -> None:
    assert [link.concept.iri for link in linker.link("baker", "en", kind="occupation").links] == ["urn:baker"]
    assert "urn:baker" not in {link.concept.iri for link in linker.link("baker", "en").links}


def test_where_several_narrower_skills_are_as_likely_what_is_above_them_is_given() -> None:
    even = Reranker({**dict.fromkeys(FEATURES, 0.0), "words": 20.0}, -12.5, 0.6, "test")
    found = Linker([*SKILLS, GROUP], even).link("metal parts", "en")
    assert not found.abstained
    assert (found.links[0].concept.iri, found.links[0].method) == ("urn:metal", "broader")
    assert set(found.links[0].narrower) == {"urn:weld", "urn:solder"}
    # One of two that are meant each with p is meant with 1 - (1 - p)².
    one, other = (link.probability for link in found.links[1:3])
    assert found.links[0].probability == pytest.approx(1 - (1 - one) * (1 - other), abs=1e-3)


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\x00\x01\x07", "…!?", "بيانات العملاء", "\u202eweld\u202c", "\ufdfa keep bees",
     "가각", "a" * LONGEST_TEXT, "ab " * (LONGEST_TEXT // 3)],
    ids=["empty", "blank", "control", "signs", "right to left", "override", "ligature", "hangul", "one word", "many"],
)  # fmt: skip
def test_any_text_has_an_answer_whose_spans_lie_in_it(linker: Linker, text: str) -> None:
    found = linker.link(text)
    assert all(0 <= link.span[0] <= link.span[1] <= len(text) for link in found.links)
    assert json.dumps(linked_to_json(found), allow_nan=False)


def test_letters_that_no_label_has_are_linked_to_nothing(linker: Linker) -> None:
    found = linker.link("بيانات العملاء")
    assert (found.language, found.abstained, found.links) == ("", True, ())


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("bees", "xx", "lang must be one of en, fi, sv"),
        ("a" * (LONGEST_TEXT + 1), None, f"{LONGEST_TEXT} characters"),
        ("\ud800", None, "surrogates"),
    ],
)
def test_what_cannot_be_linked_is_refused(linker: Linker, text: str, language: str | None, words: str) -> None:
    with pytest.raises(InvalidArgument, match=words):
        linker.link(text, language)


def test_the_same_text_has_the_same_answer_in_another_linker(linker: Linker) -> None:
    text = "negotiate contracts and care for patients"
    assert linked_to_json(Linker([*SKILLS, GROUP, BAKER]).link(text)) == linked_to_json(linker.link(text))


def test_a_linker_without_concepts_links_nothing() -> None:
    assert Linker([]).link("keep bees").links == ()


def test_words_have_their_places_in_a_decomposed_text() -> None:
    text = unicodedata.normalize("NFD", "äiti, isä")
    assert [text[a:b] for a, b in word_spans(text)] == [unicodedata.normalize("NFD", w) for w in ("äiti", "isä")]


def test_likeness_is_the_cosine_of_tf_idf_vectors() -> None:
    """Counted again without arrays: n-grams of three to five letters, rarity ln((1 + labels) / (1 + having)) + 1."""
    labels, text = ["abcd", "abce", "xyz"], "abcd"

    def grams(word: str) -> set[str]:
        return {f" {word} "[i : i + n] for n in (3, 4, 5) for i in range(len(word) + 3 - n)}

    def weight(gram: str) -> float:
        return float(np.log((1 + 3) / (1 + sum(gram in grams(label) for label in labels))) + 1)

    def length(word: str) -> float:
        return sum(weight(gram) ** 2 for gram in grams(word)) ** 0.5

    expected = [
        sum(weight(gram) ** 2 for gram in grams(text) & grams(label)) / length(text) / length(label) for label in labels
    ]
    cosine, _ = GramIndex([plain(label) for label in labels]).likeness(text)
    assert cosine == pytest.approx(expected, abs=1e-5)


def test_the_window_that_is_the_label_is_found() -> None:
    index = GramIndex(["keep bees", "weld"])
    value, first, last = index.windows(["students", "learn", "to", "keep", "bees", "at", "home"], np.array([0, 1]), 8)
    assert value[0] > 3 * value[1]
    assert (first[0], last[0]) == (3, 5)


def test_features_have_a_name_each() -> None:
    assert Labels(SKILLS, "en").candidates("keep bees").features.shape[1] == len(FEATURES)


def test_training_finds_the_weights_that_made_the_truth() -> None:
    """Truth drawn from a known model: log-odds 2 × first feature − 1; the other features say nothing."""
    chance = np.random.default_rng(5)
    rows = chance.normal(size=(20_000, len(FEATURES)))
    meant = chance.random(20_000) < 1 / (1 + np.exp(-(2 * rows[:, 0] - 1)))
    weights, intercept = trained(rows, list(meant), 1.0)
    assert weights[FEATURES[0]] == pytest.approx(2, abs=0.1)
    assert intercept == pytest.approx(-1, abs=0.1)
    assert max(abs(weights[name]) for name in FEATURES[1:]) < 0.1


def test_the_model_names_the_script_that_made_it() -> None:
    about = json.loads(FILE.read_text("utf-8"))["made_by"]
    script = (ROOT / about["script"]).read_bytes()
    assert hashlib.sha256(script).hexdigest() == about["script_sha256"]


def test_the_model_names_the_data_that_made_it(shared: Path) -> None:
    about = json.loads(FILE.read_text("utf-8"))["made_by"]
    found = hashlib.sha256()
    for name in about["data"]:
        [path] = [*shared.glob(f"linking/{name}"), *shared.glob(f"esco/v1.1.1/*/{name}")]
        found.update(path.read_bytes())
    assert found.hexdigest() == about["data_sha256"]


def test_the_model_weighs_every_feature() -> None:
    assert tuple(reranker.default_reranker().weights) == FEATURES
