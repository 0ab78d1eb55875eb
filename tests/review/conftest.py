"""A laid desk, and who sits at it."""

from pathlib import Path

import pytest
from fakes.review_desk import Desk, folders, lay
from sqlmodel import Session

from forthwith.review import users
from models import Incident, User


@pytest.fixture
def desk(session: Session, incident: Incident, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lay(session, incident, *folders(monkeypatch, tmp_path))


@pytest.fixture
def lea(session: Session) -> User:
    return users.add(session, "Lea Rast", role="legal")[0]


@pytest.fixture
def rio(session: Session) -> User:
    return users.add(session, "Rio", role="responder")[0]
