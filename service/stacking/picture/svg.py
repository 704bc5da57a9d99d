"""Writes the picture of a plan as SVG: no script, nothing from elsewhere, in the colours of the reader and in print."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree

from ...messages.messages import Texts
from .layout import LINE, MARGIN, PAD, Arrow, Box, Layout, PlacedCard, PlacedNeed, lay_out
from .view import Card, PlanView, number

STYLE_SHEET = Path(__file__).parent / "plan.css"
"""The style sheet of every picture, for a page that shows one to link."""

_SVG = "http://www.w3.org/2000/svg"
# What XML 1.0 cannot hold, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INK, _QUIET, _LINE, _PAPER, _GROUND = "#1d2730", "#52606b", "#7b8790", "#ffffff", "#f1efe9"
_BAR = 4.0


def plan_picture(view: PlanView, t: Texts, *, described: str, name: str = "plan", alone: bool = True) -> str:
    """Return the picture.

    Args:
        view: what to draw.
        t: texts of the language to draw it in.
        described: what the picture shows, in words, for those who do not see it.
        name: start of the ids in it, which must differ in one page.
        alone: a file of its own, with its style sheet inside; in a page the sheet is linked.
    """
    notes = {card.iri: _notes(card, t) for card in view.cards}
    layout = lay_out(view, notes)
    width, height = _n(layout.width), _n(layout.height)
    root = ElementTree.Element("svg", {
        "xmlns": _SVG, "class": "plan", "role": "img", "viewBox": f"0 0 {width} {height}", "width": width,
        "height": height, "lang": t.language, "aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-desc",
        "font-family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif",
    })  # fmt: skip
    _add(root, "title", view.heading.words, id=f"{name}-title")
    _add(root, "desc", described, id=f"{name}-desc")
    if alone:
        _add(root, "style", style())
    _rectangle(root, Box(0, 0, layout.width, layout.height), "paper", _PAPER, "none")
    _head(root, view, layout)
    for band in layout.bands:
        _rectangle(root, band.box, "band", _GROUND, "none", 12)
        words = t("plan.term", number=band.term) if band.term else t["plan.held"]
        _text(root, band.box.x + PAD, band.box.y + 22, words, "label", 13, bold=True)
    for arrow in layout.arrows:
        _arrow(root, arrow)
    most = max((card.ects or 0 for card in view.cards), default=0)
    for one in layout.cards:
        _card(root, one, most, t)
    if layout.needs:
        _text(root, MARGIN, layout.needs_top, t["plan.needs"], "label", 15, bold=True)
    for need in layout.needs:
        _need(root, need, t)
    return ElementTree.tostring(root, "unicode", short_empty_elements=True)


def style() -> str:
    """Return the style sheet of pictures."""
    return STYLE_SHEET.read_text(encoding="utf-8")


def style_policy() -> str:
    """Return the policy under which the picture alone keeps its style sheet and can do nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'"


def _notes(card: Card, t: Texts) -> list[str]:
    found = []
    if card.serves:
        found.append(t("plan.serves", numbers=", ".join(map(str, card.serves))))
    if card.conditions:
        found.append(f"? {t['plan.person']}")
    if card.doubtful:
        found.append(f"? {t['plan.doubtful']}")
    if card.ects is not None:
        found.append(t("plan.ects", ects=number(card.ects, t)))
    return found


def _head(root: ElementTree.Element, view: PlanView, layout: Layout) -> None:
    y = 44.0
    for line in layout.heading:
        _text(root, MARGIN, y, line, "ink", 20, bold=True, language=view.heading.language)
        y += 26
    _text(root, MARGIN, y, view.summary, "quiet", 14)


def _card(root: ElementTree.Element, placed: PlacedCard, most: float, t: Texts) -> None:
    card, box = placed.card, placed.box
    group = _add(root, "g", **{"class": "card held" if card.term == 0 else "card"})
    _add(group, "title", card.title.words)
    _rectangle(group, box, "box", _PAPER, _LINE, 8, dashed=card.term == 0)
    y = box.y + PAD + 12
    for line in placed.title:
        _text(group, box.x + PAD, y, line, "ink", 13, bold=True, language=card.title.language)
        y += LINE
    for line in placed.notes:
        _text(group, box.x + PAD, y, line, "quiet", 11.5)
        y += LINE
    if card.ects and most:
        room = box.width - 2 * PAD
        bar = Box(box.x + PAD, box.y + box.height - PAD, max(2.0, room * card.ects / most), _BAR)
        _rectangle(group, bar, "size", "#1f6b70", "none", 2)


def _need(root: ElementTree.Element, placed: PlacedNeed, t: Texts) -> None:
    need, box = placed.need, placed.box
    group = _add(root, "g", **{"class": f"need {need.status}"})
    _rectangle(group, box, "cell", _PAPER, "#d9d5cb", 6)
    _mark(group, box.x + 20, box.y + 21, need.status)
    x, y = box.x + 42, box.y + PAD + 12
    for line in placed.group:
        _text(group, x, y, line, "quiet", 11.5, language=need.group.language if need.group else "")
        y += LINE
    for line in placed.lines:
        _text(group, x, y, line, "ink", 13, language=need.name.language)
        y += LINE
    words = " · ".join(part for part in (t[f"plan.status_{need.status}"], need.extent) if part)
    _text(group, x, y, words, "quiet", 11.5)


def _mark(group: ElementTree.Element, x: float, y: float, status: str) -> None:
    """Draw a full circle with a tick, a dashed circle with a question mark, or a square with a cross."""
    pen = {"fill": "none", "stroke-width": "2", "stroke-linecap": "round"}
    if status == "met":
        _add(group, "circle", cx=_n(x), cy=_n(y), r="10", **{"class": "met-ground", "fill": "#1f6b70"})
        path = f"M{_n(x - 5)} {_n(y)}l4 4l6 -8"
        _add(group, "path", d=path, **{"class": "met-sign", "stroke": "#ffffff", **pen})
    elif status == "unknown":
        _add(group, "circle", cx=_n(x), cy=_n(y), r="9",
             **{"class": "unknown-line", "stroke": "#6a4300", "stroke-dasharray": "4 3", **pen})  # fmt: skip
        sign = _text(group, x, y + 5, "?", "unknown-sign", 14, bold=True)
        sign.set("text-anchor", "middle")
    else:
        _rectangle(group, Box(x - 9, y - 9, 18, 18), "unmet-line", "none", "#8a1c10", 3)
        path = f"M{_n(x - 4)} {_n(y - 4)}l8 8m0 -8l-8 8"
        _add(group, "path", d=path, **{"class": "unmet-line", "stroke": "#8a1c10", **pen})


def _arrow(root: ElementTree.Element, arrow: Arrow) -> None:
    points = arrow.points
    (x, y), (end_x, end_y) = points[0], points[-1]
    # The last point is where the head touches the box; the line ends behind it.
    leftward = len(points) > 1 and points[-2][0] > end_x
    inward = -7.0 if not leftward else 7.0
    d = [f"M{_n(x)} {_n(y)}"]
    for place in range(1, len(points)):
        before, here = points[place - 1], points[place]
        last = place == len(points) - 1
        to = (here[0] + inward, here[1]) if last else here
        if place % 2 == 0:
            d.append(f"L{_n(to[0])} {_n(to[1])}")
        elif before[0] == here[0]:
            d.append(f"C{_n(before[0] - 28)} {_n(before[1])} {_n(to[0] - 21)} {_n(to[1])} {_n(to[0])} {_n(to[1])}")
        else:
            middle = (before[0] + to[0]) / 2
            d.append(f"C{_n(middle)} {_n(before[1])} {_n(middle)} {_n(to[1])} {_n(to[0])} {_n(to[1])}")
    group = _add(root, "g", **{"class": "arrow"})
    _add(group, "path", d="".join(d), **{"class": "way", "fill": "none", "stroke": _QUIET, "stroke-width": "1.6"})
    tip = f"M{_n(end_x)} {_n(end_y)}l{_n(1.3 * inward)} -4.5v9z"
    _add(group, "path", d=tip, **{"class": "tip", "fill": _QUIET})


def _rectangle(
    parent: ElementTree.Element, box: Box, kind: str, fill: str, stroke: str, radius: float = 0, *, dashed: bool = False
) -> None:
    more = {"rx": _n(radius)} if radius else {}
    if dashed:
        more["stroke-dasharray"] = "5 4"
    _add(parent, "rect", x=_n(box.x), y=_n(box.y), width=_n(box.width), height=_n(box.height),
         **{"class": kind, "fill": fill, "stroke": stroke, **more})  # fmt: skip


def _text(
    parent: ElementTree.Element, x: float, y: float, words: str, kind: str, size: float, *, bold: bool = False,
    language: str = "",
) -> ElementTree.Element:  # fmt: skip
    more = {"font-weight": "600"} if bold else {}
    if language:
        more["lang"] = language
    fill = _INK if kind in ("ink", "label") else _QUIET
    return _add(parent, "text", words, x=_n(x), y=_n(y), **{"class": kind, "font-size": _n(size), "fill": fill, **more})


def _add(parent: ElementTree.Element, tag: str, words: str = "", **attributes: str) -> ElementTree.Element:
    found = ElementTree.SubElement(
        parent, tag, {name: _NO_XML.sub("\ufffd", value) for name, value in attributes.items()}
    )
    if words:
        found.text = _NO_XML.sub("\ufffd", words)
    return found


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
