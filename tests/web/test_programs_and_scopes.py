"""Tokens of programs: never more than their scopes, never more than their user, never a cookie."""

from datetime import timedelta
from typing import Annotated

import pytest
from fakes.browser import Browser
from fakes.web_house import House
from fastapi import Depends, FastAPI
from sqlmodel import select

from forthwith import clock, db
from forthwith.access import roles, tokens
from forthwith.review import users
from forthwith.web import api
from models import ApiToken, Incident, Refusal, Scope, UserRole

MAKES = {"responder": ["read", "respond", "people"], "legal": ["read", "review", "people"],
         "approver": ["read", "review"], "auditor": ["read"], "operator": ["read", "operate", "access"]}  # fmt: skip


def made(name: str, *scopes: str, days: int = 30) -> str:
    with db.session() as session:
        return tokens.make(session, users.named(session, name), name="t", scopes=list(scopes), days=days)[1]


def asked(app: FastAPI, secret: str, path: str = "/api/v1/me", **headers: str) -> tuple[int, dict[str, object]]:
    told = {"authorization": f"Bearer {secret}", **headers} if secret else headers
    answer = Browser(app).ask("GET", path, headers=told)
    return answer.status_code, answer.json()


@pytest.fixture
def doors() -> FastAPI:
    """An API with a door a scope, everywhere and in an incident."""
    made = api.create_api()

    def door(scope: str) -> None:
        def told(asks: Annotated[tokens.Bearer, Depends(api.Scoped(scope))]) -> str:
            return asks.user.name

        made.add_api_route(f"/{scope}", told)
        made.add_api_route(f"/incidents/{{ref}}/{scope}", told)

    for scope in Scope:
        door(scope)
    return made


def test_a_token_tells_whom_it_acts_for(still: House) -> None:
    status, told = asked(still.app, made("Lea", "read", "review"))
    assert status == 200
    assert (told["name"], told["roles"], told["scopes"]) == ("Lea", ["legal"], ["read", "review"])


@pytest.mark.parametrize("secret", ["", "x", "fwt_guess", "é", "a" * 5000])
def test_no_made_up_token_is_taken(still: House, secret: str) -> None:
    answer = Browser(still.app).ask("GET", "/api/v1/me", headers={"authorization": f"Bearer {secret}".encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(answer.json()) == {"what", "do"}


def test_neither_a_session_nor_a_sign_in_token_opens_the_door(still: House) -> None:
    browser = still.browser("legal")
    assert browser.ask("GET", "/api/v1/me").status_code == 401
    assert asked(still.app, still.tokens["legal"])[0] == 401


def test_a_programs_token_signs_nobody_in(still: House) -> None:
    assert Browser(still.app).sign_in(made("Lea", "read")).status_code == 403


def test_each_door_takes_its_own_scope_alone(house: House, doors: FastAPI) -> None:
    names = {"respond": "Rio", "people": "Rio", "review": "Lea", "operate": "Ola", "access": "Ola", "read": "Udo"}
    for held, name in names.items():
        secret = made(name, held)
        assert {scope for scope in Scope if asked(doors, secret, f"/{scope}")[0] == 200} == {held}


@pytest.mark.parametrize("role", list(UserRole))
def test_a_token_is_made_for_what_its_user_may_and_no_more(session, role: str) -> None:
    user, _ = users.add(session, "Kim", role=role)
    for scope in Scope:
        if scope in MAKES[role]:
            assert tokens.make(session, user, name="t", scopes=[scope], days=1)[0].scopes == [scope]
        else:
            with pytest.raises(Refusal, match="more than this user may"):
                tokens.make(session, user, name="t", scopes=[scope], days=1)


def test_a_token_falls_with_its_users_role(house: House, doors: FastAPI) -> None:
    secret = made("Lea", "read", "review")
    with db.session() as session:
        lea = users.named(session, "Lea")
        lea.role = "auditor"
        session.add(lea)
    assert asked(doors, secret, "/review")[0] == 403
    assert asked(doors, secret, "/read")[0] == 200


def test_a_confined_users_token_sees_a_wrong_incident_like_none(house: House, doors: FastAPI) -> None:
    house.confined("Kim", {"2026-002": "legal"})
    secret = made("Kim", "read", "review")
    assert asked(doors, secret, "/incidents/2026-002/review")[0] == 200
    here, none = (asked(doors, secret, f"/incidents/{ref}/read") for ref in (house.ref, "1999-001"))
    assert here == none
    assert here[0] == 404
    assert asked(doors, secret, "/review")[0] == 403


def test_a_role_in_one_incident_counts_in_it_alone(house: House, doors: FastAPI) -> None:
    with db.session() as session:
        rio = users.named(session, "Rio")
        other = Incident(ref="2026-002", title="Other", opened_by="ana")
        session.add(other)
        session.flush()
        roles.let_in(session, other, rio, role="legal", by="Ola")
    secret = made("Rio", "read", "review")
    assert asked(doors, secret, "/incidents/2026-002/review")[0] == 200
    assert asked(doors, secret, f"/incidents/{house.ref}/review")[0] == 403


@pytest.mark.parametrize("ending", ["remove", "renew", "time", "account"])
def test_a_token_ends(house: House, ending: str) -> None:
    secret, now = made("Lea", "read", days=1), clock.now()
    assert asked(house.app, secret)[0] == 200
    if ending in ("remove", "renew"):
        with db.session() as session:
            getattr(users, ending)(session, "Lea")
    elif ending == "account":
        with db.session() as session:
            ident = session.exec(select(ApiToken.id)).one()
        other = house.browser("responder")
        other.send("/account", f"/account/tokens/{ident}/end")
        assert asked(house.app, secret)[0] == 200, "it is not theirs to end"
        lea = house.browser("legal")
        lea.send("/account", f"/account/tokens/{ident}/end")
    with clock.frozen(now + timedelta(days=ending == "time")):
        assert asked(house.app, secret)[0] == 401


def test_a_token_is_made_on_the_account_page_and_shown_once(house: House) -> None:
    lea = house.browser("legal")
    answer = lea.send("/account", "/account/tokens", {"name": "SIEM", "scope": ["read"], "days": "7"})
    secret = answer.text.split("<pre>")[1].split("</pre>")[0]
    assert asked(house.app, secret)[1]["token"] == "SIEM"
    assert secret not in lea.get("/account").text
    assert lea.send("/account", "/account/tokens", {"name": "x", "scope": ["operate"]}).status_code == 400
    with db.session() as session:
        assert secret not in repr(session.exec(select(ApiToken)).all())


@pytest.mark.parametrize(("name", "days", "scopes"), [
    ("", 1, ["read"]), ("x" * 81, 1, ["read"]), ("x", 0, ["read"]), ("x", 366, ["read"]), ("x", 1, []),
    ("x", 1, ["read", "all"]), ("a\x00", 1, ["read"]),
])  # fmt: skip
def test_an_odd_token_is_refused(session, name: str, days: int, scopes: list[str]) -> None:
    with pytest.raises(Refusal):
        tokens.make(session, users.add(session, "Lea", role="legal")[0], name=name, scopes=scopes, days=days)
    assert session.exec(select(ApiToken)).all() == []


def test_the_document_names_each_door_and_how_to_prove_oneself(still: House) -> None:
    told = Browser(still.app).ask("GET", "/api/v1/openapi.json").json()
    assert told["paths"]["/me"]["get"]["security"] == [{"HTTPBearer": []}]
    assert told["servers"] == [{"url": "/api/v1"}]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/me", 405)])
def test_programs_are_refused_in_json(still: House, method: str, path: str, status: int) -> None:
    answer = Browser(still.app).ask(method, f"/api/v1{path}")
    assert answer.status_code == status
    assert set(answer.json()) == {"what", "do"}
