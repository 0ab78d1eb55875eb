"""Published notices: public once the card stands, and not changed by being published again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forthwith import clock
from forthwith.channels.web_notice import POSTED_FOR, WebNotice
from models import Accepted, Message, Refused, Unknown

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> WebNotice:
    return WebNotice(tmp_path / "published", "https://notice.example.org/")


def page(key: str = "n-1", html: str = "<h1>What happened</h1>", **extra: str) -> Message:
    return Message(key=key, medium="web", to="", subject="A notice", html=html, language="de", extra=extra)


def test_a_notice_is_public_with_its_address_and_times(site: WebNotice) -> None:
    with clock.frozen(NOW):
        assert site.send(page()) == Accepted("https://notice.example.org/notices/n-1")
    (card,) = site.published()
    assert (card.title, card.language, card.since) == ("A notice", "de", NOW)
    assert card.until == NOW + POSTED_FOR
    assert (site.folder / "n-1.html").read_text() == "<h1>What happened</h1>"


def test_publishing_again_changes_neither_page_nor_times(site: WebNotice) -> None:
    with clock.frozen(NOW):
        first = site.send(page())
    with clock.frozen(NOW + timedelta(days=3)):
        assert site.send(page()) == first
    assert [card.since for card in site.published()] == [NOW]


def test_another_page_under_the_same_delivery_is_in_doubt(site: WebNotice) -> None:
    site.send(page())
    assert isinstance(site.send(page(html="<h1>Other</h1>")), Unknown)
    assert (site.folder / "n-1.html").read_text() == "<h1>What happened</h1>"


def test_until_can_be_stated(site: WebNotice) -> None:
    site.send(page(until="2027-06-01T00:00:00+00:00"))
    assert site.published()[0].until == datetime(2027, 6, 1, tzinfo=UTC)


def test_a_page_without_its_card_is_not_public(site: WebNotice) -> None:
    site.folder.mkdir()
    (site.folder / "n-1.html").write_text("<h1>half")
    assert site.published() == []
    assert site.look_up("n-1") == Refused("the page was not published", permanent=False)
    assert isinstance(site.send(page()), Accepted), "the half that a crash left is replaced"
    assert (site.folder / "n-1.html").read_text() == "<h1>What happened</h1>"


def test_the_newest_notice_comes_first(site: WebNotice) -> None:
    for days, key in enumerate(("a", "b", "c")):
        with clock.frozen(NOW + timedelta(days=days)):
            site.send(page(key))
    assert [card.key for card in site.published()] == ["c", "b", "a"]


def test_a_full_disk_publishes_nothing(site: WebNotice, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("forthwith.channels.files.os.fsync", fail)
    assert site.send(page()) == Refused("the disk is full", permanent=False, stop=True)
    assert site.published() == []
