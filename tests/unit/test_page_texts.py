"""The pages speak three languages alike, keep their own policy, and their colours can be read."""

from __future__ import annotations

import re
import tomllib

import pytest

from service.messages.formats import day_words, money_words, number_words
from service.messages.messages import LANGUAGES, Text, best_text, load_texts, text_files
from tests.conftest import ROOT

PAGES = ROOT / "service" / "web" / "pages"
TEMPLATES = sorted((PAGES / "templates").glob("*.html"))
STYLE = (PAGES / "static" / "pinoamo.css").read_text("utf-8")
PLACES = re.compile(r"\{\w+\}")
KEY = re.compile(r"""page\.t[\[(]["']([a-z_]+\.[a-z0-9_]+)["']\s*[\]),]""")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    assert load_texts(language).keys() == load_texts("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    texts = load_texts(language)
    assert [key for key in sorted(texts.keys()) if not texts[key].strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_same_places_to_fill(language: str) -> None:
    texts, english = load_texts(language), load_texts("en")
    assert {key: set(PLACES.findall(texts[key])) for key in sorted(texts.keys())} == {
        key: set(PLACES.findall(english[key])) for key in sorted(english.keys())
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_fill_the_same_places_but_the_number(language: str) -> None:
    texts = load_texts(language)
    for key in sorted(texts.keys()):
        places = {form: set(PLACES.findall(words)) for form, words in texts.forms(key).items()}
        assert places.get("one", places["other"]) <= places["other"], key


# By CLDR, https://cldr.unicode.org: 1 is `one` in each of the three, and 7.5 is `other`.
@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "the price of 1 is"), ("en", 2, "the prices of 2 are"), ("en", 1234, "the prices of 1,234 are"),
        ("fi", 1, "1 hinta ei"), ("fi", 2, "2 hintaa ei"), ("sv", 1, "1 pris är inte känt"), ("sv", 2, "2 priser är"),
    ],
)  # fmt: skip
def test_number_decides_on_the_form(language: str, count: int, said: str) -> None:
    assert said in load_texts(language)("path.cost_free_but", count=count)


# As written by CLDR: a space that does not break between thousands and before the sign, in Finnish and Swedish.
@pytest.mark.parametrize(
    ("language", "number", "money", "day"),
    [
        ("fi", "1\xa0360,5", "1\xa0360\xa0€", "26.10.2026"),
        ("sv", "1\xa0360,5", "1\xa0360\xa0€", "26 okt. 2026"),
        ("en", "1,360.5", "€1,360", "26 Oct 2026"),
    ],
)
def test_numbers_money_and_days_are_written_as_the_language_does(
    language: str, number: str, money: str, day: str
) -> None:
    found = number_words("1360.5", language), money_words(1360, "EUR", language), day_words("2026-10-26", language)
    assert found == (number, money, day)


@pytest.mark.parametrize("odd", ["", "free", "NaN", "-Infinity", "1e999999", "2026-13-45"])
def test_what_is_no_number_and_no_day_is_shown_as_it_is(odd: str) -> None:
    assert (number_words(odd, "fi"), money_words(odd, "", "fi"), day_words(odd, "fi")) == (odd, odd, odd)


def test_esco_is_credited_in_its_own_words_in_english() -> None:
    # The wording that ESCO's conditions of use ask for.
    assert load_texts("en")["site.esco"] == ("This service uses the ESCO classification of the European Commission.")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_ask_for_texts_that_exist(path: object) -> None:
    asked = set(KEY.findall(path.read_text("utf-8")))  # type: ignore[attr-defined]
    assert asked <= load_texts("en").keys()


def test_every_text_is_used() -> None:
    sources = [*TEMPLATES, *(ROOT / "service").rglob("*.py")]
    everything = "\n".join(path.read_text("utf-8") for path in sources)
    # Keys put together from a part: then the last word stands in the code or the template.
    put_together = (
        "kind.", "facet.", "error.", "rule.", "limit.", "check.answer_", "check.outcome_", "check.syntax_",
        "check.record_",
        "shapes.example_", "plan.need_", "plan.status_", "path.gap_", "path.file_", "path.path_", "path.audit_",
    )  # fmt: skip
    unused = [
        key
        for key in sorted(load_texts("en").keys())
        if not key.startswith(put_together)
        and not any(f"{quote}{word}{quote}" in everything for word in (key, key.partition(".")[2]) for quote in "\"'")
    ]
    assert [key for key in unused if not key.endswith("_range")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_script_or_style(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    data_blocks = re.sub(r'<script type="application/ld\+json">.*?</script>', "", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", data_blocks)


@pytest.mark.parametrize("path", [*TEMPLATES, *(PAGES / "static").iterdir()], ids=lambda path: path.name)
def test_pages_load_nothing_from_elsewhere(path: object) -> None:
    text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")  # type: ignore[attr-defined]
    assert not re.search(r"""(src|href|url|import)\s*[=(]\s*["']?(https?:)?//""", text)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return {"light": light, "dark": {**light, **dark}}


TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "quiet", "accent", "second") for ground in ("ground", "surface", "sunken")),
    ("accent-ink", "accent"), ("strong-ink", "strong-tag"), ("ink", "tag"), ("warn-ink", "warn"), ("bad-ink", "bad"),
]  # fmt: skip


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_stands_out_from_its_ground(palette: str, ink: str, ground: str) -> None:
    colours = palettes()[palette]
    assert contrast(colours[ink], colours[ground]) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), [("field-line", "surface"), ("focus", "ground"), ("focus", "surface")])
def test_fields_and_focus_can_be_seen(palette: str, line: str, ground: str) -> None:
    colours = palettes()[palette]
    assert contrast(colours[line], colours[ground]) >= 3  # WCAG 2.2, 1.4.11


@pytest.mark.parametrize(
    ("labels", "language", "expected"),
    [
        ({"fi": "taito", "en": "skill"}, "fi", Text("taito", "fi")),
        ({"fi": "taito", "en": "skill"}, "fi-fi", Text("taito", "fi")),
        ({"sv": "färdighet", "en": "skill"}, "fi", Text("skill", "en")),
        ({"sv": "färdighet", "de": "Fertigkeit"}, "fi", Text("Fertigkeit", "de")),
        ({}, "fi", None),
    ],
)
def test_a_reader_gets_the_nearest_label_and_its_language(
    labels: dict[str, str], language: str, expected: Text | None
) -> None:
    assert best_text(labels, language) == expected


def test_texts_are_plain_toml() -> None:
    for path in text_files():
        parts = tomllib.loads(path.read_text("utf-8"))
        texts = [text for part in parts.values() for text in part.values()]
        forms = [text for text in texts if not isinstance(text, str)]
        # The categories of CLDR that whole and decimal numbers take in these three languages.
        assert all(list(form) == ["one", "other"] for form in forms)
        assert all(isinstance(text, str) for form in forms for text in form.values())
