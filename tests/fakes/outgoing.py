"""A house that is ready to send: `house` rolls back, `live` really commits, with providers on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.askable import ADDRESS, install
from fakes.databases import copied, dropped, emptied, forget
from fakes.house import House, write_law, write_words
from fakes.provider import Provider, serving
from sqlmodel import Session

from forthwith import db
from forthwith.settings import settings


@pytest.fixture
def own_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Law, words and data folder of the test's own; return the root."""
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{write_law(tmp_path)}"]')
    monkeypatch.setattr("forthwith.approval.hashes.TEMPLATES", write_words(tmp_path))
    settings.cache_clear()
    return tmp_path


@pytest.fixture
def house(session: Session, own_law: Path) -> Iterator[House]:
    """An incident in a session that is rolled back."""
    yield House.new(session)
    settings.cache_clear()


@pytest.fixture(scope="session")
def shared(template: str) -> Iterator[str]:
    """One database for all the tests that really commit; each finds it empty."""
    url = copied(template, "sending")
    yield url
    dropped(template, url)


@pytest.fixture
def live(shared: str, own_law: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An incident in a database that really commits; call `live.session.commit()` before sending."""
    emptied(shared)
    home, keys_folder = own_law / "home", settings().home / "keys"
    keys_folder.mkdir(mode=0o700, exist_ok=True)
    home.mkdir()
    (home / "keys").symlink_to(keys_folder)
    for name, value in {
        "DATABASE_URL": shared, "HOME": str(home), "LEASE_SECONDS": "30", "PROVIDER_TIMEOUT": "0.5",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FORTHWITH_{name}", value)
    forget()
    with Session(db.engine(), expire_on_commit=False) as opened:
        yield House.new(opened)
    db.engine().dispose()
    forget()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Provider]:
    """A provider on loopback; SendGrid, Twilio, faxes and the askable channel all lead to it."""
    monkeypatch.syspath_prepend(str(install(tmp_path / "site")))
    with serving(Provider()) as running:
        for name, value in {
            "FORTHWITH_SENDGRID_API_KEY": "SG.test", "FORTHWITH_SENDGRID_HOST": running.url,
            "FORTHWITH_TWILIO_HOST": running.url, "FORTHWITH_TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
            "FORTHWITH_TWILIO_AUTH_TOKEN": "tok", "FORTHWITH_TWILIO_FROM": "+15005550006",
            "FORTHWITH_FAX_HOST": running.url, "FORTHWITH_FAX_API_KEY": "KEY.test",
            "FORTHWITH_FAX_APPLICATION": "12345", "FORTHWITH_FAX_FROM": "+15005550006",
            "FORTHWITH_FAX_GATEWAY": "{digits}@fax.example.org",
            "FORTHWITH_LOB_API_KEY": "test_lob", "FORTHWITH_LOB_HOST": running.url,
            "FORTHWITH_LOB_FROM": "adr_210a8d4b0b76d77b",
            "FORTHWITH_EMAIL_CHANNEL": "askable", ADDRESS: running.url,
            "FORTHWITH_CALLING_HOURS": "00:00-24:00",  # tests run at night, too
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        yield running
    settings.cache_clear()
