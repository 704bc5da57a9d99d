"""Whatever the catalogue and the question, the read model and the named queries give one answer; texts find words."""

from __future__ import annotations

import tempfile
import unicodedata
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.catalogue.read_model.build import build_index
from service.catalogue.read_model.facets import Members, bits_from_numbers, flags_from_bits
from service.catalogue.read_model.read_model import ReadModel
from service.catalogue.records import Filters, Kind
from service.messages.collation import collation
from service.rdf.terms import sparql_from_term, text_literal
from service.store.oxigraph import OxigraphStore
from tests.support.query_answers import arguments_of, asked, counted, store_of

pytestmark = pytest.mark.slow

QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

# Letters whose lower case is another length or stands elsewhere in the alphabet, and signs that query languages use.
LETTERS = "aAbBcß ẞİıÅåÄäÖö\"'*%_-+^~,:(){}#\\٣漢🙂"
TEXTS = st.text(LETTERS, min_size=1, max_size=12).filter(str.strip)
TAGS = st.sampled_from(["en", "fi", "sv", "fi-x-y", "de"])
LABELS = st.lists(st.tuples(TEXTS, TAGS), min_size=1, max_size=3)
NUMBERS = st.integers(0, 3)


KINDS = (
    "mc:MicroCredential",
    'mc:ListedAchievement ; mc:missingElement "M9" , "M11" ; mc:describedElement "M2"',
    'mc:ListedAchievement ; mc:missingElement "M11"',
)


@st.composite
def catalogues(draw: st.DrawFn) -> str:
    """Write up to twelve micro-credentials and listed achievements of four providers, and skills, as Turtle."""
    lines = [
        f":o{n} a elm:Organisation ; rov:legalName {label(draw)} ; elm:location :l{n} . :l{n} elm:address :a{n} . "
        f":a{n} elm:countryCode :country{n % 2} . :s{n} a esco:Skill ; skos:prefLabel {label(draw)} ; "
        f"skos:altLabel {label(draw)} ; skos:broader :s{(n + 1) % 4} ."
        for n in range(3)
    ]
    for n in range(draw(st.integers(0, 12))):
        one, two, three = draw(NUMBERS), draw(NUMBERS), draw(NUMBERS)
        kind = draw(st.sampled_from(KINDS))
        lines.append(
            f":c{n} a {kind} ; dcterms:title {label(draw)} ; elm:awardingOpportunity :w{n} ; "
            f"elm:creditPoint :p{n} ; elm:mode :m{one} , :m{two} ; elm:EQFLevel :e{three} ; "
            f"elm:learningOutcome :u{n} . :w{n} elm:awardingBody :o{one} . :u{n} elm:relatedESCOSkill :s{two} . "
            f':p{n} elm:framework ects:6fcec5c5af ; elm:point "{three + 1}{draw(st.sampled_from(["", ".5", ",50"]))}" .'
        )
    return "\n".join(lines)


def label(draw: st.DrawFn) -> str:
    return " , ".join(sparql_from_term(text_literal(text, tag)) for text, tag in draw(LABELS))


def iris(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    values = st.integers(0, 4).map(lambda n: f"http://example.org/{name}{n}")
    return st.lists(values, max_size=2, unique=True).map(tuple)


def one_blank(text: str) -> str:
    return " ".join(text.split())


FILTERS = st.builds(
    Filters,
    provider=iris("o"),
    country=iris("country"),
    mode=iris("m"),
    level=iris("e"),
    skill=iris("s"),
    min_ects=st.one_of(st.none(), st.sampled_from([Decimal(1), Decimal("2.5")])),
    max_ects=st.one_of(st.none(), st.sampled_from([Decimal(2), Decimal("3.50")])),
)


def model_of(store: OxigraphStore) -> ReadModel:
    with tempfile.TemporaryDirectory() as folder:
        build_index(store, Path(folder) / "index.sqlite")
        model = ReadModel(Path(folder) / "index.sqlite")
        model.facets(Filters())  # opens the file, which may then lose its name
        return model


@QUIET
@given(catalogues(), st.lists(FILTERS, min_size=1, max_size=4), st.sampled_from(["en", "fi", "fi-x-y", "nl"]))
def test_lists_and_facets_equal_the_named_queries(turtle: str, questions: list[Filters], language: str) -> None:
    store = store_of(turtle)
    model = model_of(store)
    for filters in questions:
        arguments = arguments_of(filters)
        page = model.credentials(filters, language=language, limit=100, offset=0)
        rows = asked(store, "credentials", **arguments, label_language=(language,))
        # The query sorts by code point, the read model as readers of the language do (tests/unit/test_collation.py).
        titles = {row["credential"]: row.get("title", "") for row in rows}
        assert {item.iri for item in page.items} == set(titles)
        expected = sorted(titles, key=lambda iri: (collation(language).key(titles[iri]), iri))
        assert [item.iri for item in page.items] == expected
        assert page.total == counted(store, "credentials", **arguments)
        for facet, values in model.facets(filters).items():
            rows = asked(store, "credential-facets", **arguments_of(replace(filters, **{facet: ()})))
            expected = [(row["value"], row["count"]) for row in rows if row["facet"] == facet]
            assert [(value.value, str(value.count)) for value in values] == expected


def bare(text: str) -> str:
    """Return a text without accents and case: decomposed, marks taken off; `ı` has no mark that could be taken off."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).replace("ı", "i")


def labels_of(store: OxigraphStore) -> list[tuple[str, str, int, str, str]]:
    """Return (thing, kind, rank, label, language) of everything that has a name; rank 1 is an alternative label."""
    return [
        (row["thing"].value, row["kind"].value, int(row["rank"].value), row["label"].value, row["tag"].value)
        for row in store.select(NAMED).rows
    ]


NAMED = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX mc: <https://w3id.org/pinoamo/ns#>
PREFIX rov: <http://www.w3.org/ns/regorg#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX elm: <http://data.europa.eu/snb/model/elm/>
SELECT DISTINCT ?thing ?kind ?rank ?label (LCASE(LANG(?label)) AS ?tag) WHERE {
  VALUES (?class ?kind ?property ?rank) {
    (mc:MicroCredential "credential" dcterms:title 0) (esco:Skill "skill" skos:prefLabel 0)
    (esco:Skill "skill" skos:altLabel 1) (elm:Organisation "provider" rov:legalName 0)
  }
  GRAPH ?data { ?thing a ?class ; ?property ?label }
}
"""


@QUIET
@given(catalogues(), st.lists(FILTERS, min_size=1, max_size=4), st.sampled_from([(), ("M9",), ("M9", "M11")]))
def test_what_is_listed_with_gaps_equals_its_named_query_and_follows_what_is_met(
    turtle: str, questions: list[Filters], missing: tuple[str, ...]
) -> None:
    store = store_of(turtle)
    model = model_of(store)
    for asked_for in questions:
        filters = replace(asked_for, missing=missing)
        met = model.credentials(filters, language="en", limit=100, offset=0)
        gaps = model.credentials(replace(filters, definition="gaps"), language="en", limit=100, offset=0)
        both = model.credentials(replace(filters, definition="any"), language="en", limit=100, offset=0)
        rows = asked(store, "listed", **arguments_of(filters), label_language=("en",))
        assert [item.iri for item in gaps.items] == [row["credential"] for row in rows]
        assert gaps.total == counted(store, "listed", **arguments_of(filters))
        assert (both.items, both.total) == ((*met.items, *gaps.items), met.total + gaps.total)
        assert not any(item.is_listed for item in met.items)
        assert all("M11" in item.missing for item in gaps.items)
        for facet, values in model.facets(replace(filters, definition="gaps")).items():
            unfiltered = replace(filters, definition="gaps", **{facet: ()})
            counts = {
                value.value: model.credentials(
                    replace(unfiltered, **{facet: (value.value,)}), language="en", limit=1, offset=0
                ).total
                for value in values
            }
            assert {value.value: value.count for value in values} == counts


@QUIET
@given(
    catalogues(),
    st.lists(st.text(LETTERS, max_size=6).map(one_blank), min_size=1, max_size=4),
    st.sampled_from([(), ("skill",), ("credential", "provider")]),
    st.sampled_from([None, "en", "fi"]),
)
def test_suggestions_are_the_labels_that_begin_so_each_thing_once(
    turtle: str, texts: list[str], kinds: tuple[Kind, ...], language: str | None
) -> None:
    store = store_of(turtle)
    model, labels = model_of(store), labels_of(store)
    for text in texts:
        found = sorted(
            (bare(label) != bare(text), rank, len(label), label.lower(), tag, label, iri)
            for iri, kind, rank, label, tag in labels
            if bare(label).startswith(bare(text))
            and (not kinds or kind in kinds)
            and (language is None or tag == language or tag.startswith(f"{language}-"))
        )
        expected: dict[str, str] = {}
        for *_, label, iri in found:
            expected.setdefault(iri, label)
        hits = model.suggest(text, kinds, language, 100)
        assert [(hit.item.iri, hit.matched) for hit in hits] == list(expected.items())


@QUIET
@given(catalogues(), st.data())
def test_a_word_of_a_label_finds_what_has_it(turtle: str, data: st.DataObject) -> None:
    store = store_of(turtle)
    model, labels = model_of(store), labels_of(store)
    words = [(iri, kind, word) for iri, kind, _, label, _ in labels for word in label.split() if word.isalpha()]
    if not words:
        return
    iri, kind, word = data.draw(st.sampled_from(words))
    found = model.search(data.draw(st.sampled_from([word, word.upper()])), (kind,), None, 100, 0)  # type: ignore[arg-type]  # kinds are the five words
    assert iri in [hit.item.iri for hit in found.items]
    assert found.total == len(found.items)


FIXED = model_of(store_of(':c a mc:MicroCredential ; dcterms:title "AND OR NOT NEAR(\\"x\\" y*)"@en .'))


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_text_breaks_the_search(text: str) -> None:
    assert FIXED.search(text, (), None, 5, 0).total in (0, 1)
    assert len(FIXED.suggest(text, (), None, 5)) in (0, 1)
    assert FIXED.credentials(Filters(text=text), language="en", limit=5, offset=0).total in (0, 1)


def test_a_very_long_text_is_only_not_found() -> None:
    assert FIXED.search("word " * 20_000, (), None, 5, 0).total == 0
    assert FIXED.search("x" * 100_000, (), None, 5, 0).total == 0


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_a_set_survives_packing(case: tuple[int, set[int]]) -> None:
    size, numbers = case
    members = Members.of(sorted(numbers), size)
    assert set(members.numbers()) == numbers
    assert members.bits() == bits_from_numbers(numbers, size) == sum(1 << number for number in numbers)
    assert flags_from_bits(members.bits(), size) == bytes(number in numbers for number in range(size))
