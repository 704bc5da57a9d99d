"""The picture of a plan: XML that stands alone, boxes that do not overlap, arrows that join boxes and cross none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.messages.messages import Text, load_texts
from service.stacking.picture.layout import Box, Layout, lay_out
from service.stacking.picture.line_breaking import text_width, wrap
from service.stacking.picture.svg import plan_picture
from service.stacking.picture.view import Card, Need, PlanView, held_names, named, plan_view, view_lines

SVG = "{http://www.w3.org/2000/svg}"
T = load_texts("en")
SIGNS = st.characters(codec="utf-8", exclude_categories=("Cs",))


def card(number: int, term: int, uses: Sequence[str] = (), title: str = "") -> Card:
    return Card(f"urn:c:{number}", Text(title or f"Course {number}"), 5, term, (1,), tuple(uses))


def view(cards: Sequence[Card], needs: Sequence[Need] = ()) -> PlanView:
    return PlanView(Text("The way"), "New ECTS: 5", tuple(cards), tuple(needs))


def need(number: int, status: str = "met", name: str = "Skill") -> Need:
    return Need(number, f"urn:n:{number}", Text(name), None, status, "")


def drawn(found: PlanView, **options: object) -> ElementTree.Element:
    return ElementTree.fromstring(plan_picture(found, T, described="In words", **options))  # type: ignore[arg-type]


def layout(found: PlanView) -> Layout:
    return lay_out(found, {one.iri: ["Counts for 1", "5 ECTS"] for one in found.cards})


@st.composite
def plans(draw: st.DrawFn) -> PlanView:
    """Any plan, also such as no engine gives: loops, a prerequisite in a later or the same term, or unknown."""
    terms = draw(st.lists(st.integers(0, 6), max_size=40))
    names = [f"urn:c:{number}" for number in range(len(terms))]
    cards = [
        card(number, term, draw(st.lists(st.sampled_from([*names, "urn:gone"]), max_size=3, unique=True)),
             draw(st.text(SIGNS, max_size=120)))
        for number, term in enumerate(terms)
    ]  # fmt: skip
    statuses = draw(st.lists(st.sampled_from(["met", "unmet", "unknown"]), max_size=30))
    needs = [need(number, status, draw(st.text(SIGNS, max_size=90))) for number, status in enumerate(statuses, 1)]
    return view(sorted(cards, key=lambda one: one.term), needs)


def test_picture_says_for_what_a_credential_counts_as_the_list_does() -> None:
    """A skill that two credentials of a plan teach has one witness in the proof, and is a reason for both."""
    leaf = {"requirement": "urn:n:1", "kind": "skill", "skill": "urn:s", "status": "met", "chosen": True, "amount": 1,
            "minimum": 1, "witnesses": [{"credential": "urn:c:1", "source": "plan", "doubtful": False}]}  # fmt: skip
    step = {"ects": 5, "term": 1, "reasons": ["urn:n:1"], "uses": [], "conditions": []}
    plan = {"total_ects": 10, "terms": 1, "proof": {**leaf, "parts": []},
            "plan": [{"credential": "urn:c:1", **step}, {"credential": "urn:c:2", **step}]}  # fmt: skip
    found = plan_view(plan, Text("Goal"), Text, T)
    assert [one.serves for one in found.cards] == [(1,), (1,)]


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x or other.x + other.width <= one.x
        or one.y + one.height <= other.y or other.y + other.height <= one.y
    )  # fmt: skip


def inside(box: Box, found: Layout) -> bool:
    return box.x >= 0 and box.y >= 0 and box.x + box.width <= found.width and box.y + box.height <= found.height


@settings(max_examples=40, deadline=None)
@given(plans())
def test_boxes_stay_apart_and_everything_stands_inside(found: PlanView) -> None:
    placed = layout(found)
    boxes = [*(one.box for one in placed.cards), *(one.box for one in placed.needs)]
    assert len(boxes) == len(found.cards) + len(found.needs)
    assert all(apart(one, other) for one, other in combinations(boxes, 2))
    assert all(inside(box, placed) for box in [*boxes, *(band.box for band in placed.bands)])
    assert all(apart(one.box, other.box) for one, other in combinations(placed.bands, 2))


@settings(max_examples=40, deadline=None)
@given(plans())
def test_arrows_join_two_drawn_boxes_and_cross_none(found: PlanView) -> None:
    placed = layout(found)
    boxes = {one.card.iri: one.box for one in placed.cards}
    wanted = {(u, c.iri) for c in found.cards for u in c.uses if u in boxes and u != c.iri}
    assert {(arrow.source, arrow.target) for arrow in placed.arrows} == wanted
    for arrow in placed.arrows:
        for end, iri in ((arrow.points[0], arrow.source), (arrow.points[-1], arrow.target)):
            box = boxes[iri]
            assert end in ((box.x, box.middle), (box.x + box.width, box.middle))
        # Between a pair of points a curve stays in a gutter, where no box is; the straight parts are looked at here.
        for place in range(2, len(arrow.points), 2):
            (x, y), (end_x, _) = arrow.points[place - 1], arrow.points[place]
            straight = Box(min(x, end_x), y, abs(end_x - x), 0)
            assert all(apart(straight, box) for box in boxes.values())


@settings(max_examples=30, deadline=None)
@given(plans())
def test_curves_stay_in_the_gutters(found: PlanView) -> None:
    placed = layout(found)
    for arrow in placed.arrows:
        for place in range(1, len(arrow.points), 2):
            left, right = sorted((arrow.points[place - 1][0], arrow.points[place][0]))
            gutter = Box(left, 0, right - left, placed.height)
            assert all(apart(gutter, one.box) for one in placed.cards)


@settings(max_examples=30, deadline=None)
@given(plans(), st.booleans())
def test_picture_is_xml_without_scripts_or_anything_from_elsewhere(found: PlanView, alone: bool) -> None:
    root = drawn(found, alone=alone)
    assert root.tag == f"{SVG}svg"
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "desc", "style", "rect", "text", "path", "circle", "g")
    }
    values = [value for element in root.iter() for value in element.attrib.values()]
    assert not [value for value in values if "url(" in value or "//" in value]
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    assert (root.find(f"{SVG}style") is not None) is alone
    assert "@import" not in (root.findtext(f"{SVG}style") or "")


def test_picture_is_named_and_described() -> None:
    root = drawn(view([card(1, 1)]), name="way-2")
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert ids == {root.get("aria-labelledby"): "The way", root.get("aria-describedby"): "In words"}


def test_words_of_others_are_text() -> None:
    title = "<script>alert('1')</script> & \"more\" \x00\x0b]]>"
    root = drawn(view([card(1, 1, title=title)]))
    assert not root.findall(f".//{SVG}script")
    assert "<script>" in "".join(element.text or "" for element in root.iter(f"{SVG}text"))


def test_terms_go_from_left_to_right_and_what_is_held_stands_first() -> None:
    placed = layout(view([card(number, number) for number in range(4)]))
    assert [band.term for band in placed.bands] == [0, 1, 2, 3]
    lefts = [band.box.x for band in placed.bands]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("cards", [[], [card(1, 1)]], ids=["nothing to earn", "one term"])
def test_small_plans_are_pictures_too(cards: list[Card]) -> None:
    root = drawn(view(cards, [need(1)]))
    assert len(root.findall(f".//{SVG}g[@class='card']")) == len(cards)
    assert len(root.findall(f".//{SVG}g[@class='need met']")) == 1


def test_60_credentials_of_one_term_stay_on_a_sheet() -> None:
    """Wider than about 2,000 or much taller than wide, text is too small to read when it is fitted to a page."""
    placed = layout(view([card(number, 1) for number in range(60)]))
    assert placed.width < 2000
    assert placed.height < placed.width


def test_status_is_told_by_shape_and_by_word() -> None:
    root = drawn(view([], [need(1, "met"), need(2, "unmet"), need(3, "unknown")]))
    marks = {}
    for group in root.findall(f"{SVG}g"):
        words = [element.text for element in group.findall(f"{SVG}text")]
        shapes = tuple(element.tag.removeprefix(SVG) for element in group if element.tag != f"{SVG}text")
        marks[words[-1]] = shapes
    assert set(marks) == {"met", "not met", "not known"}
    assert len(set(marks.values())) == 3


@given(st.text(SIGNS, max_size=300), st.integers(20, 300))
def test_lines_fit_and_hold_the_text(text: str, width: int) -> None:
    lines = wrap(text, width, 13, 1000)
    assert all(text_width(line, 13) <= width or len(line) == 1 for line in lines)
    # A broken word has hyphens of ours.
    assert "".join(lines).replace(" ", "").replace("-", "") == "".join(text.split()).replace("-", "")


def test_text_longer_than_its_box_ends_in_dots() -> None:
    lines = wrap("word " * 100, 100, 13, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")


PLAN = {
    "total_ects": 7.5,
    "terms": 2,
    "plan": [
        {"credential": "urn:a", "ects": 2.5, "term": 1, "reasons": [], "uses": [], "conditions": []},
        {"credential": "urn:b", "ects": 5, "term": 2, "reasons": [], "uses": ["urn:a"], "conditions": ["Interview"]},
    ],
    "proof": {
        "requirement": "urn:p#r", "kind": "all-of", "status": "unknown", "chosen": True, "minimum": 2, "amount": 1,
        "parts": [
            {"requirement": "urn:m#1", "kind": "credits", "status": "met", "chosen": True, "minimum": 7, "amount": 7.5,
             "witnesses": [
                 {"credential": "urn:b", "amount": 5, "source": "plan", "rule": "S4", "doubtful": False},
                 {"credential": "urn:held:1", "amount": 2.5, "source": "held", "rule": "S4", "doubtful": True}]},
            {"requirement": "urn:p#2", "kind": "manual", "status": "unknown", "chosen": True, "minimum": 0, "amount": 0,
             "label": {"en": "Thesis", "fi": "Tutkielma"}, "text": "Thesis", "witnesses": []},
            {"requirement": "urn:p#3", "kind": "credits", "status": "unmet", "chosen": False, "minimum": 9, "amount": 0,
             "witnesses": []},
        ],
    },
}  # fmt: skip


def test_view_says_what_each_credential_serves() -> None:
    name = named(lambda iri: Text(iri.upper()), held_names([{"title": "My course", "ects": 2.5}]), T)
    found = plan_view(PLAN, Text("Goal"), name, T)
    assert [(one.title.words, one.term, one.serves, one.uses, one.doubtful) for one in found.cards] == [
        ("My course", 0, (1,), (), True),
        ("URN:A", 1, (), (), False),
        ("URN:B", 2, (1,), ("urn:a",), False),
    ]
    # A part that is not counted on is not drawn.
    assert [(one.number, one.name.words, one.group and one.group.words, one.status) for one in found.needs] == [
        (1, "At least 7 ECTS", "URN:M", "met"),
        (2, "Thesis", None, "unknown"),
    ]


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_words_tell_all_that_the_picture_shows(language: str) -> None:
    t = load_texts(language)
    found = plan_view(PLAN, Text("Goal"), lambda iri: Text(iri.upper()), t)
    text = "\n".join(view_lines(found, t))
    root = ElementTree.fromstring(plan_picture(found, t, described=text))
    assert root.findtext(f"{SVG}desc") == text
    for word in ("URN:A", "URN:B", "Interview", t["plan.status_unknown"], t["plan.status_met"], t["plan.doubtful"]):
        assert word in text
    shown = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert {*re.findall(r"\d+(?:[.,]\d+)?", shown)} <= {*re.findall(r"\d+(?:[.,]\d+)?", text)}
