"""A real Chromium over the demo: what it may reach is this machine alone, and what it complains of fails the test."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from service.settings import Settings
from tests.support.serving import running

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
Open = Callable[..., Chrome]


@pytest.fixture(scope="session")
def address(demo_settings: Settings) -> Iterator[str]:
    """A running server over the demo."""
    if not (CHROMIUM and DRIVER):
        pytest.skip(reason="needs the Debian packages chromium and chromium-driver")
    with running(demo_settings) as found:
        yield found


@pytest.fixture
def browser(address: str, tmp_path: Path) -> Iterator[Open]:
    """Opens browsers, with or without scripts; afterwards no other host was asked and nothing complained of."""
    opened: list[Chrome] = []

    def open_browser(*, scripts: bool = True) -> Chrome:
        options = ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for word in (
            "--headless=new", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--no-proxy-server",
            "--disable-component-update", "--disable-sync", "--window-size=1200,900", "--lang=en",
            f"--user-data-dir={tmp_path / str(len(opened))}",
        ):  # fmt: skip
            options.add_argument(word)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # which Chromium does not start for root otherwise
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if not scripts:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        driver = Chrome(options=options, service=ChromeService(DRIVER or ""))
        opened.append(driver)
        return driver

    try:
        yield open_browser
        for driver in opened:
            assert [line for line in driver.get_log("browser") if line["level"] == "SEVERE"] == []
            assert [url for url in _asked(driver) if not url.startswith((address, "data:", "chrome:"))] == []
    finally:
        for driver in opened:
            driver.quit()


def _asked(driver: Chrome) -> list[str]:
    messages = (json.loads(line["message"])["message"] for line in driver.get_log("performance"))
    return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
