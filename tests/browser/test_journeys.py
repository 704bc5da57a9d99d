"""Journeys of people through the pages, in a real browser."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.bad_documents import JUDGED

Open = Callable[..., Chrome]
ANALYST = "http://data.europa.eu/esco/occupation/d3edb8f8-3a06-47a0-8fb9-9b212c006aa2"
BSC = "http://localhost:8000/id/programme/koivula-bsc-computing"
ADDRESSES = ("/", "/search?kind=credential", "/credentials/fish-farming-data", "/programmes/koivula-bsc-computing",
             "/check", "/path", f"/path?to={BSC}")  # fmt: skip


def find(driver: Chrome, css: str) -> WebElement:
    return WebDriverWait(driver, 40).until(lambda _: driver.find_element(By.CSS_SELECTOR, css))


def link(driver: Chrome, words: str) -> WebElement:
    return WebDriverWait(driver, 40).until(lambda _: driver.find_element(By.LINK_TEXT, words))


def press(driver: Chrome, words: str) -> None:
    find(driver, "main")
    driver.find_element(By.XPATH, f"//button[normalize-space()='{words}']").click()


def test_learner_comes_from_the_front_page_to_a_printed_plan_without_scripts(browser: Open, address: str) -> None:
    driver = browser(scripts=False)
    driver.get(f"{address}/en/")
    field = find(driver, "#q")
    field.send_keys("data analyst", Keys.ENTER)
    # The front page has a link of these words, too.
    WebDriverWait(driver, 40).until(staleness_of(field))
    link(driver, "data analyst").click()
    link(driver, "Find the way there").click()
    find(driver, "#find").send_keys("python")
    press(driver, "Search")
    find(driver, "input[name=held][value$='python-for-data']").click()
    find(driver, "#max_terms").send_keys("3")
    press(driver, "Plan the way")
    assert "nobody is entitled" in find(driver, "#answer").text
    picture = find(driver, "svg.plan")
    assert picture.is_displayed()
    assert picture.size["width"] > 300
    steps = driver.find_elements(By.CSS_SELECTOR, "ol.steps > li")
    assert len(driver.find_elements(By.CSS_SELECTOR, "svg .card:not(.held)")) == len(steps) > 0
    assert find(driver, "input[name=held][value$='python-for-data']").is_selected()
    assert find(driver, "#max_terms").get_attribute("value") == "3"
    # What stands in the catalogue says nothing of a person: the address keeps it, so that it can be shared.
    assert "python" in driver.current_url
    assert base64.b64decode(driver.print_page()).startswith(b"%PDF")
    # A script shows this hint: none has run here.
    driver.get(f"{address}/sparql?lang=en")
    assert not find(driver, "#shortcut").is_displayed()


def tab_to(driver: Chrome, fits: Callable[[WebElement], Any], most: int = 120) -> WebElement:
    for _ in range(most):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        here = driver.switch_to.active_element
        assert here.is_displayed(), here.get_attribute("outerHTML")
        if fits(here):
            return here
    raise AssertionError("the keyboard does not reach it")


def test_keyboard_alone_plans_a_way(browser: Open, address: str) -> None:
    driver = browser(scripts=False)
    driver.get(f"{address}/sv/path?to={ANALYST}")
    find(driver, "body").send_keys(Keys.TAB)
    skip = driver.switch_to.active_element
    assert (skip.is_displayed(), skip.get_attribute("href").endswith("#content")) == (True, True)
    skip.send_keys(Keys.ENTER)
    tab_to(driver, lambda here: here.get_attribute("id") == "find").send_keys("python", Keys.ENTER)
    find(driver, "input[name=held]")
    box = tab_to(driver, lambda here: (here.get_attribute("value") or "").endswith("python-for-data"))
    box.send_keys(Keys.SPACE)
    button = tab_to(driver, lambda here: here.get_attribute("value") == "plan")
    outline = button.value_of_css_property("outline-style")
    assert outline not in ("none", ""), "what has the focus must be seen"
    button.send_keys(Keys.ENTER)
    assert find(driver, "#answer svg").is_displayed()


def test_editor_runs_an_example(browser: Open, address: str) -> None:
    driver = browser()
    driver.get(f"{address}/sparql?lang=fi")
    assert find(driver, "#shortcut").is_displayed()
    find(driver, "#query").send_keys(Keys.CONTROL, Keys.ENTER)
    rows = WebDriverWait(driver, 30).until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#result tbody tr"))
    assert rows
    assert find(driver, "#status").text


def test_search_suggests_while_typing(browser: Open, address: str) -> None:
    driver = browser()
    driver.get(f"{address}/en/path")
    find(driver, "#q").send_keys("data an")
    options = WebDriverWait(driver, 40).until(lambda _: driver.find_elements(By.CSS_SELECTOR, "#suggestions option"))
    assert "data analyst" in [option.get_attribute("value") for option in options]


def test_pasted_document_is_judged_without_scripts(browser: Open, address: str) -> None:
    driver = browser(scripts=False)
    driver.get(f"{address}/fi/check")
    find(driver, "#text").send_keys(JUDGED["nothing of the kind"][0])
    press(driver, "Tarkista")
    find(driver, "main a[href$='/fi/check']")
    assert find(driver, "h1").text == "Tulos: lähettämäsi asiakirja"


DROP = """
const dropped = new DataTransfer();
dropped.items.add(new File([arguments[0]], "course.ttl", { type: "text/turtle" }));
document.querySelector("#text").dispatchEvent(
  new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
"""


def test_dropped_document_is_judged(browser: Open, address: str) -> None:
    driver = browser()
    driver.get(f"{address}/en/check")
    find(driver, "#text").send_keys("something typed before")
    driver.execute_script(DROP, JUDGED["import"][0])
    assert find(driver, "#text").get_attribute("value") == ""
    press(driver, "Check")
    find(driver, "h1")
    WebDriverWait(driver, 40).until(lambda _: "course.ttl" in driver.page_source)
    assert "Quality assurance: missing." in driver.page_source


def test_pages_fit_a_narrow_screen(browser: Open, address: str) -> None:
    """WCAG 2.2, 1.4.10: 320 CSS pixels are enough; only pictures, tables and code scroll, in frames of their own."""
    driver = browser()
    metrics = {"width": 320, "height": 700, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wide = """return [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > 321 && !one.closest(".picture, .table-scroll, pre, .skip"))
        .map((one) => one.outerHTML.slice(0, 120))"""
    pages = [f"/{language}{path}" for language in ("fi", "sv", "en") for path in ADDRESSES]
    for page in (*pages, "/docs", "/sparql", "/ontology", "/shapes/eu", "/releases"):
        driver.get(f"{address}{page}")
        assert driver.execute_script(wide) == [], page


def test_words_of_the_picture_can_be_read_in_light_and_dark(browser: Open, address: str) -> None:
    """WCAG 2.2, 1.4.3, for what the browser makes of the style sheets."""
    driver = browser()
    driver.get(f"{address}/en/path?to={BSC}")
    find(driver, "button[value=plan]").click()
    find(driver, "#answer svg")
    pairs = """return [...document.querySelectorAll("svg.plan text")].map((text) => {
        const ground = text.parentNode.querySelector(":scope > .box, :scope > .cell");
        const page = getComputedStyle(text.closest(".picture")).backgroundColor;
        const under = ground ? getComputedStyle(ground).fill : page;
        return [text.textContent, getComputedStyle(text).fill, under];
    })"""
    inks = set()
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": features})
        found = driver.execute_script(pairs)
        inks.add(found[0][1])
        assert [words for words, ink, ground in found if contrast(ink, ground) < 4.5] == [], scheme
    assert len(inks) == 2


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2, of a colour such as `rgb(1, 2, 3)`."""
    channels = [float(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
