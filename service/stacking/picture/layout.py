"""Places boxes and arrows in the picture of a plan: terms from left to right, arrows that cross no box.

A layered drawing (Sugiyama, Tagawa and Toda 1981, without its optimisation): each term is one or more columns; an arrow
that passes a column has a lane of its own there, and turns only in the gutters between columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from .line_breaking import wrap
from .view import Card, Need, PlanView

CARD = 196.0
GUTTER = 56.0
MARGIN = 40.0
PAD = 12.0
TITLE, SMALL = 13.0, 11.5
_BOLD = 1.09
LINE = 17.0
_HEAD = 92.0
_BAND_HEAD = 34.0
_GAP = 14.0
_LANE = 10.0
_NEED = 228.0
_COLUMNS = 7
_LEAST_ROWS = 6
_MIN_WIDTH = 640.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Return the height of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A credential with its box and its texts, broken into lines."""

    card: Card
    box: Box
    title: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedNeed:
    """A requirement with its box and lines."""

    need: Need
    box: Box
    group: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From what comes before to what needs it: points to join, curves in the gutters and straight lines in lanes."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The ground of one term."""

    term: int
    box: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture."""

    width: float
    height: float
    heading: tuple[str, ...]
    bands: tuple[Band, ...]
    cards: tuple[PlacedCard, ...]
    arrows: tuple[Arrow, ...]
    needs: tuple[PlacedNeed, ...]
    needs_top: float


@dataclass(slots=True)
class _Slot:
    """A place in a column: a card, or the lane of the arrows from one card."""

    key: str
    height: float
    before: list[str] = field(default_factory=list)
    y: float = 0


def lay_out(view: PlanView, notes: Mapping[str, Sequence[str]]) -> Layout:
    """Return where everything stands. `notes` are short texts for each card, by IRI, in the order shown.

    Takes time in proportion to cards, arrows and the columns that arrows pass.
    """
    texts = {card.iri: _texts(card, notes.get(card.iri, ())) for card in view.cards}
    columns, terms = _columns(view.cards)
    column_of = {iri: place for place, column in enumerate(columns) for iri in column}
    slots, routes = _slots(view.cards, columns, column_of, {iri: _card_height(*texts[iri]) for iri in texts})
    width = max(_MIN_WIDTH, 2 * MARGIN + len(columns) * (CARD + GUTTER) - GUTTER)
    heading = wrap(view.heading.words, width - 2 * MARGIN, 20 * _BOLD)
    top = _HEAD + 26 * (len(heading) - 1) + _BAND_HEAD
    bottom = top
    for column in slots:
        y = top
        for slot in column:
            slot.y = y
            y += slot.height + _GAP
        bottom = max(bottom, y - _GAP)
    placed = {slot.key: slot for column in slots for slot in column}
    cards = tuple(
        PlacedCard(
            card, Box(_x(column_of[card.iri]), placed[card.iri].y, CARD, placed[card.iri].height), *texts[card.iri]
        )
        for card in view.cards
    )
    boxes = {one.card.iri: one.box for one in cards}
    arrows = tuple(
        Arrow(
            source, target, _points(boxes[source], boxes[target], column_of[source], column_of[target], lanes, placed)
        )
        for (source, target), lanes in routes.items()
    )
    bands = tuple(
        Band(term, Box(_x(first) - GUTTER / 4, top - _BAND_HEAD, _x(last) - _x(first) + CARD + GUTTER / 2,
                       bottom - top + _BAND_HEAD + PAD))
        for term, (first, last) in terms.items()
    )  # fmt: skip
    needs_top = (bottom + PAD if columns else top) + 40
    needs, height = _needs(view.needs, width, needs_top + 16)
    return Layout(width, height + 28, heading, bands, cards, arrows, needs, needs_top)


def _texts(card: Card, notes: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    room = CARD - 2 * PAD
    return wrap(card.title.words, room, TITLE * _BOLD), tuple(
        line for note in notes for line in wrap(note, room, SMALL, 4)
    )


def _card_height(title: Sequence[str], notes: Sequence[str]) -> float:
    return 2 * PAD + LINE * (len(title) + len(notes)) + 8


def _columns(cards: Sequence[Card]) -> tuple[list[list[str]], dict[int, tuple[int, int]]]:
    """Return the IRIs of each column, and the first and last column of each term."""
    by_term: dict[int, list[str]] = {}
    for card in cards:
        by_term.setdefault(card.term, []).append(card.iri)
    uses = {card.iri: card.uses for card in cards}
    rows = _LEAST_ROWS
    while sum(ceil(len(some) / rows) for some in by_term.values()) > max(_COLUMNS, len(by_term)):
        rows += 1
    columns: list[list[str]] = []
    terms: dict[int, tuple[int, int]] = {}
    for term in sorted(by_term):
        ordered = _inner_order(by_term[term], uses)
        first = len(columns)
        count = ceil(len(ordered) / rows)
        size = ceil(len(ordered) / count)
        columns.extend(ordered[start : start + size] for start in range(0, len(ordered), size))
        terms[term] = (first, len(columns) - 1)
    return columns, terms


def _inner_order(iris: Sequence[str], uses: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the cards of one term: what is needed in the same term first, else as given."""
    found: list[str] = []
    waiting = list(iris)
    while waiting:
        ready = [iri for iri in waiting if not set(uses[iri]) & set(waiting) - {iri}] or waiting[:1]
        found.extend(ready)
        waiting = [iri for iri in waiting if iri not in ready]
    return found


def _slots(
    cards: Sequence[Card], columns: Sequence[Sequence[str]], column_of: Mapping[str, int], heights: Mapping[str, float]
) -> tuple[list[list[_Slot]], dict[tuple[str, str], list[str]]]:
    """Return the places of each column, those with a common neighbour near each other, and the lanes of each arrow."""
    slots = {iri: _Slot(iri, heights[iri]) for iri in heights}
    found = [[slots[iri] for iri in column] for column in columns]
    routes: dict[tuple[str, str], list[str]] = {}
    for card in cards:
        for source in card.uses:
            if source not in column_of or source == card.iri:
                continue
            here, there = column_of[source], column_of[card.iri]
            step = 1 if there > here else -1
            chain = [source]
            for passed in range(here + step, there, step) if here != there else ():
                key = f"{source} {passed}"
                if key not in slots:
                    slots[key] = _Slot(key, _LANE)
                    found[passed].append(slots[key])
                chain.append(key)
            chain.append(card.iri)
            for one, other in pairwise(chain):
                slots[other].before.append(one)
            routes[source, card.iri] = chain[1:-1]
    place: dict[str, float] = {}
    for column in found:
        for number, slot in enumerate(column):
            known = [place[key] for key in slot.before if key in place]
            place[slot.key] = sum(known) / len(known) if known else float(number)
        column.sort(key=lambda slot: place[slot.key])
        for number, slot in enumerate(column):
            place[slot.key] = float(number)
    return found, routes


def _points(
    source: Box, target: Box, here: int, there: int, lanes: Sequence[str], placed: Mapping[str, _Slot]
) -> tuple[tuple[float, float], ...]:
    forward = there > here
    start = (source.x + (CARD if forward else 0), source.middle)
    end = (target.x + (CARD if there < here else 0), target.middle)
    points = [start]
    for number, key in enumerate(lanes, start=1):
        x = _x(here + number if forward else here - number)
        y = placed[key].y + _LANE / 2
        points.extend(((x, y), (x + CARD, y)) if forward else ((x + CARD, y), (x, y)))
    return (*points, end)


def _needs(needs: Sequence[Need], width: float, top: float) -> tuple[tuple[PlacedNeed, ...], float]:
    count = max(1, int((width - 2 * MARGIN + _GAP) // (_NEED + _GAP)))
    cell = (width - 2 * MARGIN + _GAP) / count - _GAP
    found: list[PlacedNeed] = []
    y = top
    for start in range(0, len(needs), count):
        row = needs[start : start + count]
        texts = [
            (
                wrap(need.group.words, cell - 56, SMALL, 2) if need.group else (),
                wrap(f"{need.number}. {need.name.words}", cell - 56, TITLE),
            )
            for need in row
        ]
        tallest = max(PAD + LINE * (len(group) + len(lines) + 1) + 4 for group, lines in texts)
        found.extend(
            PlacedNeed(need, Box(MARGIN + place * (cell + _GAP), y, cell, tallest), group, lines)
            for place, (need, (group, lines)) in enumerate(zip(row, texts, strict=True))
        )
        y += tallest + _GAP / 2
    return tuple(found), y


def _x(column: int) -> float:
    return MARGIN + column * (CARD + GUTTER)
