"""A real browser before the real application: a house in which nothing changes, served on loopback."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.databases import copied, dropped, forget
from fakes.review_desk import folders
from fakes.screen import CHROMIUM, QUIET, free_port, served
from fakes.seen import Seen
from fakes.web_house import House, built

from forthwith import db
from forthwith.settings import settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these tests out where there is no browser; never where all of it is to be proven."""
    if CHROMIUM.exists() or os.environ.get("CI"):
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="there is no /usr/bin/chromium: apt-get install chromium"))


@pytest.fixture(scope="module")
def house(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house for a module's tests, on a port of its own."""
    url = copied(template, "browser")
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORTHWITH_DATABASE_URL", url)
        patch.setenv("FORTHWITH_PUBLIC_URL", f"http://127.0.0.1:{port}")
        forget()
        laws, templates = folders(patch, tmp_path_factory.mktemp("browser"))
        made = built(laws, templates)
        with served(made.app, port):
            yield made
        db.engine().dispose()
    forget()
    dropped(template, url)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """One browser for a module's tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def seen(house: House, chromium: object) -> Iterator[Seen]:
    """What somebody sees: pages of this house in a window of their own."""
    window = Seen(chromium, settings().public_url, house)
    yield window
    window.close()
