"""Promise: nobody approves their own work, and nobody without the role legal approves anything."""

import unicodedata
from pathlib import Path

import pytest
from fakes.review_desk import Desk, add_variant, folders, lay
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith import approval, review
from forthwith.access import roles
from forthwith.review import users
from forthwith.review.four_eyes import NotAllowed
from models import Decision, Incident, User, UserRole


@pytest.fixture
def desk(session: Session, incident: Incident, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lay(session, incident, *folders(monkeypatch, tmp_path))


def nothing_was_decided(desk: Desk) -> bool:
    return (
        desk.session.exec(select(Decision)).all() == [] and not approval.standing(desk.session, desk.variant).approved
    )


def approve(desk: Desk, user: User, variant: object = None) -> Decision:
    return review.decide(desk.session, desk.incident, variant or desk.variant, verdict="approve", user=user)


def test_another_lawyer_approves(desk: Desk) -> None:
    assert approve(desk, users.add(desk.session, "Lea", role="legal")[0]).verdict == "approve"


OTHERS = [role for role in UserRole if role not in (UserRole.LEGAL, UserRole.APPROVER)]


@pytest.mark.parametrize(("role", "verdict"), [
    *((role, verdict) for role in OTHERS for verdict in ("approve", "reject", "ask")), (UserRole.APPROVER, "ask"),
])  # fmt: skip
def test_no_other_role_decides(desk: Desk, role: str, verdict: str) -> None:
    user = users.add(desk.session, "Rio", role=role)[0]
    with pytest.raises(NotAllowed, match="Only the role legal"):
        review.decide(desk.session, desk.incident, desk.variant, verdict=verdict, user=user, comment="Because.")
    assert nothing_was_decided(desk)


@pytest.mark.parametrize("spelling", ["Lea Rast", "LEA RAST", "lea  rast", "Ｌｅａ Rast"])
def test_the_author_does_not_approve_however_the_name_is_spelt(desk: Desk, spelling: str) -> None:
    lea = users.add(desk.session, "Lea Rast", role="legal")[0]
    own = add_variant(desk.session, desk.incident, desk.notice, medium="letter", drafted_by=spelling)
    with pytest.raises(NotAllowed, match="drafted a wording"):
        approve(desk, lea, own)
    assert approve(desk, lea).variant_id == desk.variant.id


@pytest.mark.parametrize("spelling", ["ana", "Ana", " ANA "])
def test_the_opener_does_not_approve(desk: Desk, spelling: str) -> None:
    ana = users.add(desk.session, spelling, role="legal")[0]
    with pytest.raises(NotAllowed, match="opened the incident"):
        approve(desk, ana)
    assert nothing_was_decided(desk)


def test_the_author_may_still_reject_or_ask(desk: Desk) -> None:
    lea = users.add(desk.session, "Lea", role="legal")[0]
    own = add_variant(desk.session, desk.incident, desk.notice, medium="letter", drafted_by="Lea")
    made = review.decide(desk.session, desk.incident, own, verdict="reject", user=lea, comment="I was wrong.")
    assert made.verdict == "reject"


def test_a_removed_lawyer_does_not_approve_with_an_object_that_is_still_in_hand(desk: Desk) -> None:
    lea = users.add(desk.session, "Lea", role="legal")[0]
    users.remove(desk.session, "Lea")
    with pytest.raises(NotAllowed, match="access has ended"):
        approve(desk, lea)
    assert nothing_was_decided(desk)


def test_a_user_that_was_never_added_does_not_approve(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="access has ended"):
        approve(desk, User(name="Mallory", role="legal", token_sha256="0" * 64))
    assert nothing_was_decided(desk)


def test_an_approver_approves_and_rejects_and_the_record_says_in_which_role(desk: Desk) -> None:
    apo = users.add(desk.session, "Apo", role="approver")[0]
    assert approve(desk, apo).role == "approver"
    made = review.decide(desk.session, desk.incident, desk.variant, verdict="reject", user=apo, comment="Too vague.")
    assert (made.verdict, made.role) == ("reject", "approver")


def test_the_author_does_not_approve_as_an_approver_either(desk: Desk) -> None:
    apo = users.add(desk.session, "Apo", role="approver")[0]
    with pytest.raises(NotAllowed, match="drafted a wording"):
        approve(desk, apo, add_variant(desk.session, desk.incident, desk.notice, medium="letter", drafted_by="APO"))


def test_outside_counsel_decides_where_they_were_let_in_and_nowhere_else(desk: Desk) -> None:
    kim = users.add(desk.session, "Kim", role="legal", confined=True)[0]
    with pytest.raises(NotAllowed, match="Only the role legal"):
        approve(desk, kim)
    row = roles.let_in(desk.session, desk.incident, kim, role="auditor", by="Ola")
    with pytest.raises(NotAllowed, match="Only the role legal"):
        approve(desk, kim)
    roles.let_in(desk.session, desk.incident, kim, role="legal", by="Ola")
    assert approve(desk, kim).role == "legal"
    for row in [row for _, row in roles.standing(desk.session, desk.incident)]:
        roles.let_out(desk.session, row, by="Ola")
    with pytest.raises(NotAllowed):
        review.decide(desk.session, desk.incident, desk.variant, verdict="reject", user=kim, comment="No.")


def test_a_role_given_in_another_incident_decides_nothing_here(desk: Desk) -> None:
    rio = users.add(desk.session, "Rio", role="responder")[0]
    other = Incident(ref="2026-002", title="Other", opened_by="ana")
    desk.session.add(other)
    desk.session.flush()
    roles.let_in(desk.session, other, rio, role="legal", by="Ola")
    with pytest.raises(NotAllowed, match="Only the role legal"):
        approve(desk, rio)
    assert nothing_was_decided(desk)


def test_a_role_that_was_changed_in_memory_alone_does_not_count(desk: Desk) -> None:
    rio = users.add(desk.session, "Rio", role="responder")[0]
    desk.session.expunge(rio)
    rio.role = "legal"
    with pytest.raises(NotAllowed, match="Only the role legal"):
        approve(desk, rio)
    assert nothing_was_decided(desk)


def test_one_bad_wording_of_many_leaves_no_half_decision(desk: Desk) -> None:
    lea = users.add(desk.session, "Lea", role="legal")[0]
    own = add_variant(desk.session, desk.incident, desk.notice, medium="letter", drafted_by="Lea")

    def both() -> None:
        with desk.session.begin_nested():
            approve(desk, lea)
            approve(desk, lea, own)

    with pytest.raises(NotAllowed):
        both()
    assert nothing_was_decided(desk)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), min_size=1, max_size=20))
@tuned(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_names_are_one_person_in_every_case_and_width(name: str) -> None:
    for other in (name.upper().lower(), f"  {name} ", unicodedata.normalize("NFKC", name)):
        if other.casefold() == name.casefold():
            assert users.same_name(name, other)
    assert not users.same_name(name, name + "x")
