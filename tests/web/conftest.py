"""A database of the test's own with a laid desk, the application, and a browser for each role."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.databases import copied, dropped, forget
from fakes.review_desk import folders
from fakes.web_house import House, built

from forthwith import db
from forthwith.web import own_page, proving, public, reporting, secret, signing


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits, and nobody was there before: limits start anew for each test."""
    monkeypatch.setattr(public, "ANSWERED_AFTER", 0.01)
    limits = (public.asks, signing.tries, own_page.asks, reporting.asks, reporting.sends, reporting.guesses)
    for limit in (*limits, proving.codes):
        limit._buckets.clear()
    secret.server_secret.cache_clear()


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The ledger of incidents whose flow was woken; no orchestrator is asked in these tests."""
    ledger: list[uuid.UUID] = []

    def wake(incident_id: uuid.UUID) -> bool:
        ledger.append(incident_id)
        return True

    monkeypatch.setattr("forthwith.runs.wake", wake)
    return ledger


@pytest.fixture
def house(fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house of the test's own, for whatever it changes."""
    return built(*folders(monkeypatch, tmp_path))


@pytest.fixture(scope="module")
def still(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for a whole module, in which nothing changes."""
    url = copied(template, "still")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORTHWITH_DATABASE_URL", url)
        forget()
        yield built(*folders(patch, tmp_path_factory.mktemp("still")))
        db.engine().dispose()
    forget()
    dropped(template, url)
