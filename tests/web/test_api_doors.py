"""Every door for programs: shut without a token, in the wrong scope, role and incident; and what each one does."""

import re
import uuid
from pathlib import Path

import pytest
from fakes.browser import Browser
from fakes.program import Program
from fakes.web_house import House, decisions, desk_of
from fastapi.routing import APIRoute
from sqlmodel import select

from forthwith import db, scoping
from forthwith.access import roles, tokens
from forthwith.review import users
from forthwith.web import api, bearing
from forthwith.web.bearing import Scoped
from models import Enquiry, Entry, Incident, Scope, SendPause, UserRole

NAMES = {"responder": "Rio", "legal": "Lea", "operator": "Ola", "approver": "Apo", "auditor": "Udo"}
PERSONAL = ("Person 1", "p1@example.org", "Zelda", "zelda.quarles@example.net")


@pytest.fixture(autouse=True)
def unhurried() -> None:
    bearing.asks._buckets.clear()


def every_route(found: list[object]) -> list[APIRoute]:
    flat: list[APIRoute] = []
    for route in found:
        inner = getattr(route, "original_router", None)
        flat += every_route(inner.routes) if inner is not None else [route] if isinstance(route, APIRoute) else []
    return flat


def doors() -> list[tuple[str, APIRoute]]:
    return [(method, route) for route in every_route(api.create_api().routes) for method in sorted(route.methods)]


def guard(route: APIRoute) -> Scoped:
    (one,) = [dep.call for dep in route.dependant.dependencies if isinstance(dep.call, Scoped)]
    return one


def filled(path: str, ref: str = "2026-001") -> str:
    values = {"ref": ref, "number": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], str(uuid.UUID(int=7))), path)


def entries(verb: str) -> list[Entry]:
    with db.session() as session:
        return list(session.exec(select(Entry).where(Entry.verb == verb).order_by(Entry.seq)).all())


def test_every_door_has_one_guard_and_tells_of_its_refusals() -> None:
    told = api.create_api().openapi()["paths"]
    assert len(doors()) > 40
    for method, route in doors():
        assert guard(route).scopes, route.path
        assert set(told[route.path][method.lower()]["responses"]) >= {"401", "403", "404", "422", "429"}, route.path


def test_no_door_opens_without_a_token(still: House) -> None:
    legal = still.browser("legal")
    for method, route in doors():
        for browser in (Browser(still.app), legal):
            answer = browser.ask(method, f"/api/v1{filled(route.path)}", headers={"accept": "application/json"})
            assert answer.status_code == 401, route.path
            assert set(answer.json()) == {"what", "do"}
            assert "set-cookie" not in answer.headers


def test_no_door_opens_in_another_scope_or_to_a_role_that_may_not(still: House) -> None:
    every = {
        name: Program(still, name, *[scope for scope in Scope if UserRole(role) in tokens.MAY[scope]])
        for role, name in NAMES.items()
    }
    alone = {scope: Program(still, NAMES[sorted(tokens.MAY[scope])[-1]], scope) for scope in Scope}
    tried = 0
    for method, route in doors():
        wanted, path = guard(route), filled(route.path)
        for scope, program in alone.items():
            if scope not in wanted.scopes:
                assert program.ask(method, path, {}).status_code == 403, (scope, path)
                tried += 1
        for role, name in NAMES.items():
            if not any(UserRole(role) in tokens.MAY[scope] for scope in wanted.scopes) or (
                wanted.roles and UserRole(role) not in wanted.roles
            ):
                assert every[name].ask(method, path, {}).status_code == 403, (role, path)
                tried += 1
    assert tried > 100
    assert decisions() == []


def test_a_wrong_incident_is_like_one_that_does_not_exist(house: House) -> None:
    house.confined("Kim", {"2026-002": "legal"})
    with db.session() as session:
        there = session.exec(select(Incident).where(Incident.ref == "2026-002")).one()
        roles.let_in(session, there, users.named(session, "Kim"), role="responder", by="Ola")
    kim = Program(house, "Kim", "read", "review", "respond", "people", proven=True)
    tried = 0
    for method, route in doors():
        if "{ref}" in route.path:
            body = None if method == "GET" else {"reason": "to look", "verdict": "approve", "seal": "x"}
            here, none = (kim.ask(method, filled(route.path, ref), body) for ref in (house.ref, "1999-001"))
            assert (here.status_code, here.text) == (none.status_code, none.text), route.path
            assert here.status_code == 404
            tried += 1
    assert tried > 30
    assert [one["ref"] for one in kim.ask("GET", "/incidents").json()["incidents"]] == ["2026-002"]
    assert {one["incident"] for one in kim.ask("GET", "/deadlines").json()} <= {"2026-002"}
    assert kim.ask("GET", "/signals").status_code == 403
    assert kim.ask("POST", "/incidents", {"title": "x"}).status_code == 403


def test_a_token_that_asks_too_often_waits(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearing.asks, "times", 2)
    monkeypatch.setattr(bearing.asks, "every", 600.0)  # on a slow machine more would be allowed meanwhile
    udo = Program(still, "Udo", "read")
    answers = [udo.ask("GET", "/me") for _ in range(4)]
    assert [one.status_code for one in answers[:2]] == [200, 200]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "5"


def test_an_incident_is_opened_stated_listed_and_answered_for(house: House) -> None:
    rio = Program(house, "Rio", "read", "respond")
    body = {"title": "A lost laptop", "facts": {"breach.cause": "device_loss"}}
    made = rio.ask("POST", "/incidents", body)
    assert made.status_code == 201
    ref = made.json()["ref"]
    stated = rio.ask("POST", f"/incidents/{ref}/facts", {"facts": {"breach.actor": "accident"}, "reason": "seen"})
    assert [(one["name"], one["stated_by"]) for one in stated.json()] == [("breach.actor", "Rio")]
    known = rio.ask("GET", f"/incidents/{ref}/facts").json()
    assert {one["name"]: one["value"] for one in known} == {"breach.actor": "accident", "breach.cause": "device_loss"}
    first = rio.ask("GET", "/incidents?limit=1").json()
    assert [one["ref"] for one in first["incidents"]] == [ref]
    second = rio.ask("GET", f"/incidents?limit=1&before={first['before']}").json()
    assert [one["ref"] for one in second["incidents"]] == [house.ref]
    assert rio.ask("POST", f"/incidents/{ref}/facts", {"facts": {"breach.cuase": "x"}}).status_code == 400
    assert rio.ask("POST", f"/incidents/{ref}/close", {"reason": "a drill"}).json()["phase"] == "closed"
    assert rio.ask("POST", f"/incidents/{ref}/close", {}).status_code == 400, "it is closed"


def test_a_signal_comes_in_once_and_becomes_an_incident(house: House) -> None:
    from forthwith.detection.sources import source

    rio, alert = Program(house, "Rio", "respond"), {"id": "w-1", "rule": {"level": 12, "id": "5710",
             "description": "sshd: attempt"}, "agent": {"id": "1", "name": "db1"}, "timestamp": "2026-11-20T10:00:00Z",
             "manager": {"name": "m"}}  # fmt: skip
    assert source("wazuh")
    taken = [rio.ask("POST", "/signals", {"payload": alert}).json() for _ in range(2)]
    assert [(one["new"], one["opened"]) for one in taken] == [(1, False), (0, False)]
    (waiting,) = rio.ask("GET", "/signals").json()["signals"]
    assert (waiting["id"], waiting["seen"]) == (taken[0]["signals"][0], 2)
    opened = rio.ask("POST", f"/signals/{waiting['id']}/open", {"title": "An attempt"})
    assert opened.status_code == 201
    assert rio.ask("POST", f"/signals/{waiting['id']}/aside", {"reason": "a test"}).status_code == 400
    assert rio.ask("GET", "/signals").json() == {"signals": [], "waiting": 0}


def test_a_program_approves_only_by_a_token_that_was_made_with_a_factor(house: House) -> None:
    plain, proven = Program(house, "Lea", "read", "review"), Program(house, "Lea", "read", "review", proven=True)
    (line,) = plain.get("/wordings")
    shown = plain.get(f"/wordings/{line['id']}")
    assert "Alex Sample" in shown["text"]
    assert shown["people"] == 2
    path, yes = f"/wordings/{line['id']}/decision", {"verdict": "approve", "seal": shown["seal"]}
    refused = plain.post(path, yes)
    assert (refused.status_code, decisions()) == (403, [])
    assert "second factor" in refused.json()["do"]
    assert proven.post(path, {"verdict": "approve", "seal": "stale"}).status_code == 400
    assert proven.post(path, {"verdict": "approve"}).status_code == 422
    assert decisions() == []
    assert plain.post(path, {"verdict": "ask", "seal": shown["seal"], "comment": "Shorter?"}).status_code == 200
    assert proven.post(path, yes).status_code == 200
    assert [one.verdict for one in decisions()] == ["ask", "approve"]
    assert plain.get("/wordings")[0]["approved"] is True


def test_the_account_page_notes_whether_a_factor_was_shown(house: House) -> None:
    lea = house.browser("legal")
    lea.send("/account", "/account/tokens", {"name": "SIEM", "scope": ["review"], "days": "7"})
    with db.session() as session:
        (token,) = tokens.of(session, users.named(session, "Lea"))
        assert token.proven_at is None, "she has no factor: signing in was enough to make it"
    with db.session() as session:
        from forthwith.access import sessions

        lea_here = users.named(session, "Lea")
        sessions.prove(session, sessions.of(session, lea_here)[0].id)
    lea.send("/account", "/account/tokens", {"name": "approver", "scope": ["review"], "days": "7"})
    with db.session() as session:
        held = {one.name: one.proven_at for one in tokens.of(session, users.named(session, "Lea"))}
    assert held["SIEM"] is None
    assert held["approver"] is not None


def test_people_are_told_in_counts_and_opened_for_a_reason(house: House) -> None:
    rio = Program(house, "Rio", "read", "respond", "people")
    assert rio.get("/people/counts")["people"] == 2
    first = rio.get("/people?limit=1")
    assert [one["number"] for one in first["people"]] == [1]
    assert [one["number"] for one in rio.get(f"/people?limit=1&after={first['after']}")["people"]] == [2]
    for path in ("/people", "/people/counts", "/people/versions", "/people/near", "/enquiries", "/timeline"):
        answer = rio.ask("GET", f"/incidents/{house.ref}{path}").text
        assert not any(word in answer for word in PERSONAL), path
    for body in ({}, {"reason": ""}, {"reason": "mail p1@example.org"}):
        answer = rio.post("/people/1", body)
        assert answer.status_code in (400, 422)
        assert not any(word in answer.text for word in PERSONAL)
    assert entries("revealed") == []
    told = rio.post("/people/1", {"reason": "to check a merge"}).json()
    assert (told["record"]["name"], told["record"]["emails"]) == ("Person 1", ["p1@example.org"])
    assert "seen" not in told["record"]
    assert [(one.actor, one.object_id) for one in entries("revealed")] == [("Rio", "person 1")]
    moving = {"numbers": [2], "reason": "a test account"}
    assert rio.post("/people/foresee", moving).json() == {"falls": [], "waiting": 0}
    assert rio.post("/people/remove", moving).json()["people"] == 1
    assert [one["number"] for one in rio.get("/people?out=true")["people"]] == [2]
    assert rio.post("/people/restore", moving).json()["what"] == "restore"
    told = rio.get("/people/difference?first=0&last=2")
    assert (told["last"], told["after"], set(told["places"])) == (2, 2, {"DE"})


def test_evidence_is_looked_at_then_loaded(house: House, tmp_path: Path) -> None:
    rio = Program(house, "Rio", "read", "respond")
    content = b"first name,last name,email,country\nZelda,Quarles,zelda.quarles@example.net,DE\n"
    looked = rio.post("/evidence", files={"file": ("../crm.csv", content)})
    assert looked.status_code == 201
    assert not any(word in looked.text for word in PERSONAL)
    assert {one["column"]: one["field"] for one in looked.json()["columns"]}["email"] == "email"
    upload = looked.json()["upload"]
    assert rio.get("/evidence")["files"] == [], "to look loads nothing"
    changed = rio.post(f"/evidence/{upload}/preview", {"columns": {"country": "other"}}).json()
    assert {one["column"]: one["how"] for one in changed["columns"]}["country"] == "stated"
    assert rio.post(f"/evidence/{upload}/load", {}).json()["people_new"] == 1
    (file,) = rio.get("/evidence")["files"]
    assert (file["name"], file["rows_loaded"], file["handed_in_by"]) == ("crm.csv", 1, "Rio")
    assert rio.post(f"/evidence/{upload}/load", {}).status_code == 404


def test_a_large_file_comes_in_with_a_token_that_stands_alone(still: House) -> None:
    path, large = f"/api/v1/incidents/{still.ref}/evidence", {"file": ("a.csv", b"email\n" + b"x" * 200_000)}
    stranger = Browser(still.app).ask("POST", path, files=large, headers={"authorization": "Bearer fwt_guess"})
    assert stranger.status_code == 413
    assert Program(still, "Rio", "respond").post("/evidence", files=large).status_code == 201


def test_sending_is_paused_and_let_go_on(house: House) -> None:
    rio = Program(house, "Rio", "read", "respond")
    status = rio.get("/deliveries")
    assert (status["people"], status["gaps"]) == (2, [])
    assert rio.post("/deliveries/pause", {"reason": "ask +49 30 1234567"}).status_code == 400
    assert rio.post("/deliveries/pause", {"reason": "a doubt", "channel": "outbox"}).status_code == 200
    assert [(one["channel"], one["by"]) for one in rio.get("/deliveries")["paused"]] == [("outbox", "Rio")]
    assert rio.post("/deliveries/resume", {}).json() == {"channels": ["outbox"]}
    with db.session() as session:
        assert [one.ended_by for one in session.exec(select(SendPause))] == ["Rio"]


def test_an_enquiry_is_listed_without_its_words_opened_and_answered(house: House) -> None:
    from forthwith import hearing
    from models import EnquiryKind, Person, Wish

    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        hearing.ask(session, person, EnquiryKind.QUESTION, Wish(text="Was my ship Argo named?"), language="en")
    lea = Program(house, "Lea", "read", "people")
    (line,) = lea.get("/enquiries")["enquiries"]
    assert "Argo" not in str(line)
    path = f"/enquiries/{line['number']}"
    assert lea.post(path, {"reason": " "}).status_code == 400
    told = lea.post(path, {"reason": "to answer it"}).json()
    assert (told["wish"]["text"], told["person"]) == ("Was my ship Argo named?", 1)
    assert [one.object_id for one in entries("revealed")] == ["enquiry 1"]
    assert lea.post(f"{path}/answer", {"text": "No."}).json() == {"ok": True}
    assert lea.get("/enquiries")["enquiries"] == []
    with db.session() as session:
        assert session.exec(select(Enquiry.state)).one() == "answered"


def test_the_timeline_goes_on_by_key_and_is_handed_out_signed(house: House) -> None:
    udo = Program(house, "Udo", "read")
    first = udo.get("/timeline?limit=1")
    assert [one["seq"] for one in first["entries"]] == [1]
    assert "prev" in first["entries"][0]
    export = udo.ask("GET", f"/incidents/{house.ref}/timeline/export")
    assert export.json()["header"]["ref"] == house.ref
    assert udo.ask("GET", f"/incidents/{house.ref}/timeline/export?kind=exe").status_code == 422
    (due,) = udo.get("/deadlines")
    assert (due["law"], due["late"]) == ("test-law", False)


def test_a_question_is_answered_and_a_duty_decided(house: House) -> None:
    lea, apo = Program(house, "Lea", "read", "review"), Program(house, "Apo", "read", "review")
    (duty,) = lea.get("/duties")
    verdict = {"verdict": "do_not_notify", "reason": "the data were unintelligible"}
    assert apo.post(f"/duties/{duty['id']}", verdict).status_code == 403
    assert lea.post(f"/duties/{duty['id']}", {"verdict": "perhaps"}).status_code == 422
    assert lea.post(f"/duties/{duty['id']}", verdict).status_code == 200
    assert [one["effective"] for one in lea.get("/duties")] == ["do_not_notify"]
    assert lea.get("/questions") == []
    assert lea.post(f"/questions/{duty['id']}", {"value": ["yes"]}).status_code == 400


def test_near_pairs_are_searched_and_decided(house: House, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(
        "first name,last name,email,date of birth,country\nZelda,Quarles,zelda.quarles@example.net,1970-01-02,DE\n"
        "Zelda,Quarles,zelda.quarles@example.net,1971-03-04,DE\n", encoding="utf-8",
    )  # fmt: skip
    with db.session() as session:
        scoping.load(session, desk_of(session, house).incident, [path], actor="ana")
    rio = Program(house, "Rio", "read", "respond")
    assert rio.get("/people/near") == {"pairs": [], "after": None, "searched_at": None, "left_out": 0}
    assert rio.post("/people/near").json() == {"ok": True}
    (pair,) = rio.get("/people/near")["pairs"]
    assert (pair["one"], pair["other"]) == (3, 4)
    decided = {"verdict": "different", "reason": "mother and daughter"}
    assert rio.post(f"/people/near/{pair['id']}", decided).status_code == 200
    assert rio.get("/people/near")["pairs"] == []
    assert rio.get("/people/near?decided=true")["pairs"][0]["decided_by"] == "Rio"
