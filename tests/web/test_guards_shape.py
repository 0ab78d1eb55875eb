"""The shape of the doors: every route is named public or guarded by role, and every form carries a token."""

import re
from datetime import timedelta

import pytest
from fakes.browser import HOST
from fakes.web_house import House
from fastapi.routing import APIRoute
from starlette.routing import Mount

from forthwith import clock, db
from forthwith.access import sessions
from forthwith.review import users
from forthwith.web import visits
from forthwith.web.app import create_app
from forthwith.web.bearing import Scoped
from forthwith.web.guards import Reads, Writes, public_form
from forthwith.web.own_visit import own, own_form
from models import UserRole

PUBLIC = {
    ("GET", "/"), ("GET", "/verify"), ("POST", "/verify"), ("GET", "/notices/{key}"), ("GET", "/health"),
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("POST", "/hooks/{provider}"),
    ("POST", "/mine"), ("GET", "/calendar/{user_id}/{ref}/{mark}.ics"),
    ("GET", "/hooks/alerts/{source}"), ("POST", "/hooks/alerts/{source}"),
    ("GET", "/report/{secret}"), ("POST", "/report/{secret}"),
    ("POST", "/sign-in/passkey"), ("GET", "/sign-in/company"), ("GET", "/sign-in/company/back"),
}  # fmt: skip


TOKEN = {("GET", "/metrics")}  # for programs: a token's scope lets them in


def every_route(routes: list[object]) -> list[object]:
    """Return all routes, those of included routers too."""
    flat: list[object] = []
    for route in routes:
        inner = getattr(route, "original_router", None)
        flat += every_route(inner.routes) if inner is not None else [route]
    return flat


OWN = {("GET", "/mine"), ("POST", "/mine/ask"), ("GET", "/mine/notice-{place}.pdf"), ("POST", "/mine/leave")}


def api_routes() -> list[APIRoute]:
    return [route for route in every_route(create_app().routes) if isinstance(route, APIRoute)]


def doors() -> list[tuple[str, APIRoute]]:
    return [(method, route) for route in api_routes() for method in sorted(route.methods)]


def guards(route: APIRoute) -> list[Reads]:
    return [dep.call for dep in route.dependant.dependencies if isinstance(dep.call, Reads)]


def calls(route: APIRoute) -> list[object]:
    return [dep.call for dep in route.dependant.dependencies]


def own_guard(route: APIRoute) -> object:
    calls = [dep.call for dep in route.dependant.dependencies]
    return next((call for call in calls if call in (own, own_form)), None)


def test_the_application_has_routes_and_static_files_alone() -> None:
    found = every_route(create_app().routes)
    assert len(doors()) > 15
    assert {type(route) for route in found} == {APIRoute, Mount}
    assert [route.path for route in found if isinstance(route, Mount)] == ["/api/v1", "/static"]


@pytest.mark.parametrize(("method", "route"), doors(), ids=lambda told: getattr(told, "path", told))
def test_every_route_is_public_by_name_or_guarded_by_role(method: str, route: APIRoute) -> None:
    found = guards(route)
    if (method, route.path) in TOKEN:
        assert found == []
        assert [call.scopes for call in calls(route) if isinstance(call, Scoped)] == [("operate",)]
        return
    if (method, route.path) in PUBLIC | OWN:
        assert found == []
        assert ((method, route.path) in OWN) == (own_guard(route) is not None)
        return
    assert len(found) == 1
    assert found[0].roles
    assert found[0].roles <= set(UserRole)


@pytest.mark.parametrize(("method", "route"), doors(), ids=lambda told: getattr(told, "path", told))
def test_every_form_but_a_webhook_is_checked_for_its_token(method: str, route: APIRoute) -> None:
    calls = [dep.call for dep in route.dependant.dependencies]
    if method == "GET" or route.path.startswith("/hooks/"):
        assert not any(isinstance(call, Writes) for call in calls)
    else:
        assert public_form in calls or own_form in calls or any(isinstance(call, Writes) for call in calls)


def test_every_public_name_still_exists() -> None:
    assert {(method, route.path) for method, route in doors()} >= PUBLIC | OWN | TOKEN


def test_only_get_and_post_are_answered() -> None:
    assert {method for method, _ in doors()} == {"GET", "POST"}


def filled(path: str, house: House, ref: str = "") -> str:
    values = {"ref": ref or house.ref, "variant_id": house.ids["variant"], "kind": "json", "number": "1", "place": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], house.ids["duty"]), path)


def guarded() -> list[tuple[str, APIRoute]]:
    return [(method, route) for method, route in doors() if (method, route.path) not in PUBLIC | OWN | TOKEN]


def test_every_guarded_door_turns_strangers_and_wrong_roles_away(house: House) -> None:
    browsers = {role: house.browser(role) for role in UserRole}
    stranger = house.browser()
    tried = 0
    for method, route in guarded():
        path, allowed = filled(route.path, house), guards(route)[0].roles
        assert stranger.ask(method, path).status_code == (303 if method == "GET" else 401), path
        for role, browser in browsers.items():
            if role not in allowed:
                assert browser.ask(method, path).status_code == 403, (role, path)
                tried += 1
    assert tried > 5


def test_a_page_of_ones_own_opens_to_nobody_who_has_shown_no_code(house: House) -> None:
    stranger, legal = house.browser(), house.browser("legal")
    for method, path in OWN:
        for browser in (stranger, legal):
            answer = browser.ask(method, path.format(place=1))
            assert (answer.status_code, answer.headers["location"]) == (303, "/verify?lang="), path


def test_every_door_of_a_wrong_incident_answers_as_one_that_does_not_exist(house: House) -> None:
    """Kim is let into the second incident: the first is for her like none, by GET and POST, with a right form too."""
    kim = house.browser(house.confined("Kim", {"2026-002": "legal"}))
    token, tried = kim.token("/incidents"), 0
    for method, route in guarded():
        if "{ref}" not in route.path:
            continue
        told = {} if method == "GET" else {"data": {"form_token": token, "verdict": "approve", "value": "x"}}
        headers = {"accept": "text/html", "origin": HOST}
        here = kim.ask(method, filled(route.path, house), headers=headers, **told)
        none = kim.ask(method, filled(route.path, house, "1999-001"), headers=headers, **told)
        assert (here.status_code, here.text) == (none.status_code, none.text), route.path
        assert here.status_code == 404
        tried += 1
    assert tried > 10


def test_whoever_sees_single_incidents_alone_enters_no_other_door_either(house: House) -> None:
    kim = house.browser(house.confined("Kim", {"2026-002": "responder"}))
    for method, route in guarded():
        if "{ref}" not in route.path and not guards(route)[0].confined:
            assert kim.ask(method, filled(route.path, house)).status_code == 403, route.path


NAMES = {"responder": "Rio", "legal": "Lea", "operator": "Ola", "approver": "Apo", "auditor": "Udo"}


def test_every_form_without_a_token_of_this_session_and_day_is_refused_even_to_the_right_role(house: House) -> None:
    browsers = {role: house.browser(role) for role in UserRole}
    nonces = {role: nonce_of(NAMES[role]) for role in UserRole}
    with clock.frozen(clock.now() - timedelta(hours=13)):
        stale = {role: visits.form_token(nonces[role]) for role in UserRole}
    others = visits.form_token(nonces[UserRole.AUDITOR])
    for method, route in guarded():
        if method == "POST":
            role = sorted(guards(route)[0].roles - {UserRole.AUDITOR})[0]
            for token in ("", stale[role], others, visits.form_token("public")):
                told = {"verdict": "approve", "value": "x", "form_token": token}
                answer = browsers[role].post(filled(route.path, house), told)
                assert answer.status_code == 403, route.path
                assert "This form is too old or not ours" in answer.text, route.path


def nonce_of(name: str) -> str:
    with db.session() as session:
        return str(sessions.of(session, users.named(session, name))[0].id)
