"""The catalogue over the small store, without an index: every record comes from a named query."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.catalogue.catalogue import Catalogue
from service.catalogue.records import CredentialSummary, Filters, Item
from service.catalogue.rows import distances
from service.errors import InvalidArgument, NotFound
from service.rdf.statements import Solutions
from service.sparql.named_queries import load_queries
from tests.support.small_catalogue import iri, small_store


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(small_store(), load_queries())


def test_summary_holds_every_value_the_source_gives(catalogue: Catalogue) -> None:
    (summary,) = catalogue.credentials(Filters(language=(iri("language:FIN"),))).items
    assert summary == CredentialSummary(
        iri=iri("c:a"),
        title={"en": "Survey data", "fi": "Kyselyaineistot"},
        provider=iri("org:north"),
        provider_name={"en": "North University", "fi": "Pohjoinen yliopisto"},
        ects=Decimal(5),
        level=iri("eqf:6"),
        modes=(iri("mode:920fbb3cbe"),),
        languages=(iri("language:ENG"), iri("language:FIN")),
        countries=(iri("country:FIN"),),
        fields=(iri("field:0542"),),
    )


def test_silent_source_gives_none_and_empty(catalogue: Catalogue) -> None:
    summary = catalogue.credentials(Filters(), limit=1, offset=3).items[0]
    assert (summary.iri, summary.ects, summary.level, summary.provider) == (iri("c:d"), None, None, None)
    assert (summary.provider_name, summary.modes, summary.countries) == ({}, (), ())


@pytest.mark.parametrize(
    ("limit", "offset", "names"), [(2, 0, "bc"), (2, 1, "ca"), (2, 3, "d"), (2, 9, ""), (9, 0, "bcad")]
)
def test_page_is_cut_from_the_whole_order(catalogue: Catalogue, limit: int, offset: int, names: str) -> None:
    page = catalogue.credentials(Filters(), limit=limit, offset=offset)
    assert [summary.iri for summary in page.items] == [iri(f"c:{name}") for name in names]
    assert (page.total, page.limit, page.offset) == (4, limit, offset)


def test_filters_are_all_needed_and_values_are_alternatives(catalogue: Catalogue) -> None:
    both = Filters(level=(iri("eqf:6"), iri("eqf:7")), provider=(iri("org:north"),), min_ects=Decimal("5.5"))
    assert [summary.iri for summary in catalogue.credentials(both).items] == [iri("c:c")]


def test_facet_ignores_its_own_filter_only(catalogue: Catalogue) -> None:
    facets = catalogue.facets(Filters(level=(iri("eqf:7"),)))
    assert [(value.value, value.count) for value in facets["level"]] == [(iri("eqf:6"), 2), (iri("eqf:7"), 1)]
    assert [(value.value, value.count) for value in facets["provider"]] == [(iri("org:north"), 1)]
    assert facets["level"][0].label == {"en": "Level 6"}
    assert facets["country"][0].label == {"en": "Finland", "fi": "Suomi"}
    assert facets["field"] == ()


def test_search_gives_the_best_label_and_its_language(catalogue: Catalogue) -> None:
    page = catalogue.search("  data ", limit=2)
    assert [(hit.item.iri, hit.matched, hit.language) for hit in page.items] == [
        (iri("p:data"), "Data", "en"),
        (iri("o:analyst"), "data analyst", "en"),
    ]
    assert page.items[1].item == Item(iri("o:analyst"), "occupation", {"en": "data analyst", "fi": "data-analyytikko"})
    assert page.total == 7


def test_search_keeps_to_the_kinds_asked_for(catalogue: Catalogue) -> None:
    assert {hit.item.kind for hit in catalogue.search("data", ("skill", "provider")).items} == {"skill"}


def test_text_without_words_finds_nothing(catalogue: Catalogue) -> None:
    assert catalogue.search(" ").items == ()
    assert catalogue.suggest("") == ()


def test_suggest_matches_the_start_only(catalogue: Catalogue) -> None:
    assert [hit.item.iri for hit in catalogue.suggest("analyse s")] == [iri("s:narrow")]


def test_occupation_coverage_counts_both_kinds_of_skill(catalogue: Catalogue) -> None:
    page = catalogue.occupation_credentials(iri("o:analyst"))
    found = [(item.credential.iri, item.essential, item.optional) for item in page.items]
    assert found == [(iri("c:c"), 2, 1), (iri("c:a"), 2, 0), (iri("c:b"), 1, 0)]


def test_skill_that_is_both_essential_and_optional_is_essential(catalogue: Catalogue) -> None:
    links = catalogue.occupation_skills(iri("o:mapper"))
    assert [(link.skill.iri, link.essential) for link in links] == [(iri("s:other"), True), (iri("s:narrow"), False)]


def test_occupations_of_a_skill_are_occupations_only(catalogue: Catalogue) -> None:
    links = catalogue.skill_occupations(iri("s:narrow")).items
    assert [(link.occupation.iri, link.essential) for link in links] == [
        (iri("o:analyst"), True),
        (iri("o:mapper"), False),
    ]


def test_skills_of_a_credential_have_labels(catalogue: Catalogue) -> None:
    links = catalogue.credential_skills(iri("c:c"))
    assert [link.skill.label["en"] for link in links] == ["analyse survey data", "draw maps"]
    assert {link.essential for link in links} == {None}


def test_narrower_skills_lead_to_a_skill(catalogue: Catalogue) -> None:
    page = catalogue.skill_credentials(iri("s:broad"), limit=2)
    assert ([item.iri for item in page.items], page.total) == ([iri("c:a"), iri("c:b")], 3)


def test_stated_programmes_come_before_suggested_ones(catalogue: Catalogue) -> None:
    links = catalogue.credential_programmes(iri("c:a"))
    assert [(link.programme.iri, link.stated) for link in links] == [
        (iri("p:degree"), True),
        (iri("p:maps"), True),
        (iri("p:data"), False),
    ]
    page = catalogue.programme_credentials(iri("p:maps"))
    assert [(link.credential.iri, link.stated) for link in page.items] == [(iri("c:a"), True), (iri("c:c"), False)]


def test_prerequisites_have_their_distance_and_circles_end(catalogue: Catalogue) -> None:
    steps = [(step.credential.iri, step.distance) for step in catalogue.prerequisites(iri("c:d"))]
    assert steps == [(iri("c:c"), 1), (iri("c:b"), 2), (iri("c:a"), 3)]


def test_prerequisites_that_are_one_of_several_are_marked() -> None:
    # d asks for one of a and c; c needs b, b needs a: whoever takes a needs nothing else.
    given = {("d", "a"): False, ("d", "c"): False, ("c", "b"): True, ("b", "a"): True}
    steps = distances("d", [(*pair, needed) for pair, needed in given.items()], {})
    assert {step.credential.iri: step.needed for step in steps} == {"a": False, "b": False, "c": False}
    steps = distances("c", [(*pair, needed) for pair, needed in given.items()], {})
    assert {step.credential.iri: step.needed for step in steps} == {"a": True, "b": True}


def test_lists_are_in_the_order_of_the_language(catalogue: Catalogue) -> None:
    assert [item.iri for item in catalogue.providers(language="fi").items] == [iri("org:south"), iri("org:north")]
    assert [item.iri for item in catalogue.skills(language="sv").items] == [
        iri("s:broad"),
        iri("s:narrow"),
        iri("s:other"),
    ]
    assert catalogue.occupations(limit=1, offset=1).items[0].iri == iri("o:analyst")
    assert catalogue.programmes().total == 3


@pytest.mark.parametrize(
    ("short", "kind"),
    [
        ("c:d", "credential"),
        ("s:group", "skill"),
        ("o:mapper", "occupation"),
        ("p:maps", "programme"),
        ("org:idle", "provider"),
    ],
)
def test_item_knows_its_kind(catalogue: Catalogue, short: str, kind: str) -> None:
    item = catalogue.item(iri(short))
    assert item is not None
    assert item.kind == kind


@pytest.mark.parametrize("short", ["c:unknown", "eqf:6"])
def test_what_is_of_no_kind_is_no_item(catalogue: Catalogue, short: str) -> None:
    assert catalogue.item(iri(short)) is None


def test_describe_answers_for_any_thing_and_refuses_the_unknown(catalogue: Catalogue) -> None:
    for short in ("c:a", "s:broad", "p:degree", "org:north", "eqf:6"):
        assert any(triple.subject.value == iri(short) for triple in catalogue.describe(iri(short)))
    with pytest.raises(NotFound, match="unknown"):
        catalogue.describe(iri("c:unknown"))


def test_statistics_count_each_kind(catalogue: Catalogue) -> None:
    counts = {"credential": 4, "listed": 1, "module": 2, "occupation": 2, "programme": 1, "provider": 2, "skill": 3}
    assert catalogue.statistics() == counts


def test_run_answers_any_query_and_refuses_unknown_names(catalogue: Catalogue) -> None:
    answer = catalogue.run("credential-skills", {"credential": [iri("c:a")]})
    assert isinstance(answer, Solutions)
    assert [row["skill"].value for row in answer.rows] == [iri("s:narrow")]
    with pytest.raises(NotFound, match="no query 'nothing'"):
        catalogue.run("nothing", {})
    with pytest.raises(InvalidArgument, match="has no pages"):
        catalogue.run("statistics", {}, limit=1)
