"""Access: tokens that are shown once, names that are never reused."""

import pytest
from sqlmodel import Session, select

from forthwith.review import users
from models import Refusal, User


def test_a_token_finds_its_owner_and_only_its_hash_is_kept(session: Session) -> None:
    user, token = users.add(session, "Lea", role="legal")
    assert users.by_token(session, token).id == user.id
    assert users.by_token(session, f" {token}\n").id == user.id
    kept = session.exec(select(User)).one()
    assert token not in repr(kept)
    assert len(token) > 40


@pytest.mark.parametrize("token", ["", " ", "fw_", "fw_guess", "x" * 100_000, "\x00", "' or 1=1 --"])
def test_an_unknown_token_is_refused(session: Session, token: str) -> None:
    users.add(session, "Lea", role="legal")
    with pytest.raises(Refusal, match="not known"):
        users.by_token(session, token)


def test_the_hash_itself_is_no_token(session: Session) -> None:
    user, _ = users.add(session, "Lea", role="legal")
    with pytest.raises(Refusal):
        users.by_token(session, user.token_sha256)


def test_a_removed_user_has_no_access_and_stays_in_the_history(session: Session) -> None:
    _, token = users.add(session, "Lea", role="legal")
    users.remove(session, "lea")
    with pytest.raises(Refusal, match="not known"):
        users.by_token(session, token)
    assert users.listing(session) == []
    assert session.exec(select(User.name)).all() == ["Lea"]


def test_a_removed_user_is_refused_with_the_very_words_of_an_unknown_one(session: Session) -> None:
    _, token = users.add(session, "Lea", role="legal")
    users.remove(session, "Lea")
    said = []
    for tried in (token, "fw_unknown"):
        with pytest.raises(Refusal) as refusal:
            users.by_token(session, tried)
        said.append(str(refusal.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("again", ["Lea", "LEA", " lea ", "Ｌｅａ"])
def test_no_name_is_given_twice_not_even_after_removal(session: Session, again: str) -> None:
    users.add(session, "Lea", role="responder")
    users.remove(session, "Lea")
    with pytest.raises(Refusal, match="given before"):
        users.add(session, again, role="legal")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b", "a\x1b[31m"])
def test_an_odd_name_is_refused(session: Session, name: str) -> None:
    with pytest.raises(Refusal):
        users.add(session, name, role="legal")
    assert session.exec(select(User)).all() == []


@pytest.mark.parametrize("role", ["", "admin", "LEGAL", "legal "])
def test_an_unknown_role_is_refused(session: Session, role: str) -> None:
    with pytest.raises(Refusal, match="no role"):
        users.add(session, "Lea", role=role)


def test_a_renewed_token_ends_the_old_one(session: Session) -> None:
    user, old = users.add(session, "Lea", role="legal")
    new = users.renew(session, "Lea")
    assert users.by_token(session, new).id == user.id
    with pytest.raises(Refusal):
        users.by_token(session, old)


def test_nobody_unknown_is_renewed_or_removed(session: Session) -> None:
    for act in (users.renew, users.remove):
        with pytest.raises(Refusal, match="Nobody of that name"):
            act(session, "Nemo")


def test_tokens_are_never_alike(session: Session) -> None:
    tokens = {users.add(session, f"user {number}", role="legal")[1] for number in range(20)}
    assert len(tokens) == 20
