"""Who sees what: outside counsel in one incident, the operators' page, and the entry of each look at personal data."""

import re

import pytest
from fakes.browser import Browser
from fakes.web_house import House, desk_of
from sqlmodel import select

from forthwith import clock, db
from forthwith.access import roles
from forthwith.review import users
from forthwith.settings import settings
from forthwith.web.revealing import revealed
from forthwith.web.visits import Visit
from models import Entry, Incident, IncidentAccess, Refusal, User


def entries(verb: str) -> list[Entry]:
    with db.session() as session:
        return list(session.exec(select(Entry).where(Entry.verb == verb).order_by(Entry.seq)).all())


def ident(name: str) -> str:
    with db.session() as session:
        return str(users.named(session, name).id)


def secret_of(text: str) -> str:
    return re.search(r"<pre>(fw_[\w-]+)</pre>", text)[1]


def test_outside_counsel_sees_their_incident_in_their_role_and_no_other(house: House) -> None:
    kim = house.browser(house.confined("Kim", {"2026-002": "legal", house.ref: "auditor"}))
    listed = kim.get("/incidents").text
    assert "2026-002" in listed
    assert house.ref in listed
    assert 'value="approve"' not in kim.get(house.path("/review")).text, "an auditor reads"
    with db.session() as session:
        (row,) = [row for _, row in roles.standing(session, desk_of(session, house).incident)]
        roles.let_out(session, row, by="Ola")
    assert house.ref not in kim.get("/incidents").text
    assert kim.get(house.path("/review")).status_code == 404
    assert kim.get("/incidents/new").status_code == 403
    assert kim.get("/account").status_code == 200


def test_a_role_in_one_incident_adds_to_ones_own(house: House) -> None:
    rio = house.browser("responder")
    assert 'value="approve"' not in rio.get(house.path("/review")).text
    with db.session() as session:
        roles.let_in(session, desk_of(session, house).incident, users.named(session, "Rio"), role="approver", by="Ola")
    text = rio.get(house.path("/review")).text
    assert 'value="approve"' in text
    assert 'value="ask"' not in text
    assert "Rio · approver, responder" in text


def test_an_auditor_reads_everything_and_finds_nothing_to_press(house: House) -> None:
    udo = house.browser("auditor")
    for path in ("", "/review", "/evidence", "/timeline"):
        text = udo.get(house.path(path)).text
        assert re.findall(r'<form[^>]*action="([^"]+)"', text) == ["/sign-out"], path
    assert udo.get(house.path("/timeline.json")).json()
    assert udo.get("/incidents/new").status_code == 403


def test_an_approver_approves_and_neither_asks_nor_decides_duties(house: House) -> None:
    apo = house.browser("approver")
    text = apo.get(house.path("/review")).text
    assert "/review/duties/" not in text
    form = {name: re.search(rf'name="{name}" value="([^"]+)"', text)[1] for name in ("form_token", "seal")}
    path = house.path(f"/review/variants/{house.ids['variant']}")
    assert apo.post(path, {**form, "verdict": "ask", "comment": "Why?"}).status_code == 403
    assert apo.post(path, {**form, "verdict": "approve"}).status_code == 303
    assert [entry.text for entry in entries("approved")] == ["An approver approved the wording en email, version 1."]


def test_an_operator_gives_renews_and_ends_access(house: House) -> None:
    ola = house.browser("operator")
    made = ola.send("/users", "/users", {"name": "Kim", "role": "legal", "subject": "kim-1"})
    token = secret_of(made.text)
    assert token not in ola.get("/users").text
    kim = Browser(house.app)
    assert kim.sign_in(token).status_code == 303
    again = ola.send("/users", f"/users/{ident('Kim')}/renew")
    assert kim.get("/incidents").status_code == 303
    kim = Browser(house.app)
    assert kim.sign_in(token).status_code == 403
    assert kim.sign_in(secret_of(again.text)).status_code == 303
    assert ola.send("/users", f"/users/{ident('Kim')}/end").status_code == 303
    assert kim.get("/incidents").status_code == 303
    assert "Kim" not in ola.get("/users").text


def test_letting_in_confining_and_ending_are_entries_of_the_incident(house: House) -> None:
    ola, rio = house.browser("operator"), ident("Rio")
    told = {"incident": house.ref, "role": "legal"}
    for _ in range(2):
        assert ola.send("/users", f"/users/{rio}/let-in", told).status_code == 303
    ola.send("/users", f"/users/{rio}/confine", {"confined": "true"})
    assert "legal in" in ola.get("/users").text
    with db.session() as session:
        (access,) = session.exec(select(IncidentAccess.id)).all()
    for _ in range(2):
        ola.send("/users", f"/users/access/{access}/end")
    ola.send("/users", f"/users/{rio}/let-in", told)
    ola.send("/users", f"/users/{rio}/end")
    texts = [entry.text for verb in ("let_in", "confined", "let_out") for entry in entries(verb)]
    assert texts == [
        "Rio was let in as legal.", "Rio was let in as legal.",
        "Rio sees only incidents that they were let into from now on.",
        "Rio is no longer legal here.", "Rio is no longer legal here.",
    ]  # fmt: skip
    assert {entry.actor for entry in entries("let_in")} == {"Ola"}


@pytest.mark.parametrize("path", ["renew", "end", "confine", "let-in"])
def test_nobody_changes_their_own_access(house: House, path: str) -> None:
    ola = house.browser("operator")
    told = {"incident": house.ref, "role": "legal", "confined": "true"}
    assert ola.send("/users", f"/users/{ident('Ola')}/{path}", told).status_code == 403
    assert ola.get("/users").status_code == 200


@pytest.mark.parametrize(("path", "told", "status"), [
    ("/users", {"name": "Lea", "role": "legal"}, 400), ("/users", {"name": "Kim", "role": "king"}, 400),
    ("/users/{rio}/let-in", {"incident": "1999-001", "role": "legal"}, 404),
    ("/users/{rio}/let-in", {"incident": "2026-001", "role": "king"}, 400),
    ("/users/access/00000000-0000-0000-0000-000000000000/end", {}, 404),
    ("/users/00000000-0000-0000-0000-000000000000/end", {}, 404),
])  # fmt: skip
def test_what_is_not_understood_changes_nothing(still: House, path: str, told: dict[str, str], status: int) -> None:
    ola = still.browser("operator")
    assert ola.send("/users", path.format(rio=ident("Rio")), told).status_code == status
    with db.session() as session:
        assert len(users.listing(session)) == 5


def test_one_account_of_the_company_is_one_user(house: House) -> None:
    ola = house.browser("operator")
    assert ola.send("/users", "/users", {"name": "Kim", "role": "legal", "subject": "x"}).status_code == 200
    assert ola.send("/users", "/users", {"name": "Jo", "role": "legal", "subject": " x "}).status_code == 400


def test_an_operators_word_takes_their_factor_where_they_have_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ola = house.browser("operator")
    monkeypatch.setattr(settings(), "second_factor", "required")
    assert ola.send("/users", "/users", {"name": "Kim", "role": "legal"}).status_code == 403
    assert ola.send("/users", f"/users/{ident('Rio')}/end").status_code == 403


@pytest.fixture
def lea(session) -> Visit:
    return Visit(users.add(session, "Lea", role="legal")[0], "n", frozenset({"legal"}), clock.now())


def test_each_look_at_personal_data_is_an_entry(session, incident: Incident, lea: Visit) -> None:
    made = revealed(session, incident, lea, "person 17", "She asked which number we hold.")
    assert (made.actor, made.verb, made.text) == ("Lea", "revealed", "Personal data of person 17 were looked at.")
    assert made.data == {"what": "person 17", "reason": "She asked which number we hold."}


@pytest.mark.parametrize(("what", "reason"), [
    ("person 17", ""), ("person 17", "  "), ("", "She asked."), ("ada@example.org", "She asked."),
    ("person 17", "Call +49 170 1234567."), ("person 17", "x" * 5000),
])  # fmt: skip
def test_no_look_without_a_reason_that_names_nobody(
    session, incident: Incident, lea: Visit, what: str, reason: str
) -> None:
    with pytest.raises(Refusal):
        revealed(session, incident, lea, what, reason)
    assert session.exec(select(Entry).where(Entry.verb == "revealed")).all() == []


def test_renewing_and_removing_end_sessions_and_tell_the_incident(house: House) -> None:
    house.confined("Kim", {house.ref: "legal"})
    with db.session() as session:
        users.remove(session, "Kim", by="ana")
        assert session.exec(select(User.subject).where(User.name == "Kim")).one() is None
    assert [(entry.actor, entry.text) for entry in entries("let_out")] == [("ana", "Kim is no longer legal here.")]
