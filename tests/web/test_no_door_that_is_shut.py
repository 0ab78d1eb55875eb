"""No page shows anybody a link or a button that their role refuses: every page of every role, every link and form."""

import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from fakes.own_code import told_by_mail
from fakes.review_desk import add_person, add_question
from fakes.web_house import House, desk_of
from fastapi.routing import APIRoute
from sqlmodel import Session, select
from starlette.routing import Match

from forthwith import db, hearing, scoping
from forthwith.access import roles
from forthwith.detection import links, reports
from forthwith.review import remarking, users
from forthwith.review.paragraphs import paragraphs
from forthwith.web.guards import Reads
from models import Incident, Person, User, UserRole, Wish

ROLES = [str(role) for role in UserRole]
INSIDE = ("/incidents", "/account", "/users", "/operator", "/signals")
LOOKS = {  # pages that answer a form which changes nothing but the timeline
    r"/incidents/[^/]+/(people|enquiries)/\d+": {"reason": "to look"},
    r"/incidents/[^/]+/people/near/[0-9a-f-]+": {"reason": "to look"},
    r"/signals/[0-9a-f-]+/written": {"reason": "to look"},
    r"/incidents/[^/]+/people/scope": {"numbers": "1", "reason": "to look", "act": "remove"},
}


class Ways(HTMLParser):
    """What leads on from a page: addresses to load, and addresses that forms are sent to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads, self.sends = set[str](), set[str]()
        self.method = "get"
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.loads |= {told[name] for name in ("href", "src", "data-live") if told.get(name)}
        if tag == "form":
            where = self.sends if told.get("method") == "post" else self.loads
            where.add(told.get("action") or "")
        if tag == "button" and told.get("formaction"):
            self.sends.add(told["formaction"])


@pytest.fixture(scope="module")
def full(still: House) -> House:
    """The still house with something on each page: a question, a remark, an enquiry, a pair, a report."""
    told_by_mail(still)
    with db.session() as session:
        desk = desk_of(session, still)
        add_question(session, desk.incident)
        lea = session.exec(select(User).where(User.role == "legal")).one()
        remarking.remark(session, desk.incident, desk.variant, paragraphs(desk.variant)[0].sha256, "So?", user=lea)
        for number in (3, 4):
            add_person(session, desk.incident, desk.cohort_id, number=number, name="Zelda Quarles")
        scoping.propose(session, desk.incident)
        one = session.exec(select(Person).where(Person.number == 1)).one()
        hearing.ask(session, one, "question", Wish(text="When?"), language="en")
        reports.receive(session, links.make(session, by="Ola")[0], reports.Report(what="A bag was left"), "1")
        _guests(session, still)
    return still


def _guests(session: Session, house: House) -> None:
    """Add who is more in this incident than in the house, and who sees it alone, in each role."""
    incident = session.get_one(Incident, house.ids["incident"])
    for role in ROLES:
        for name, confined in ((f"let in as {role}", False), (f"alone as {role}", True)):
            user, house.tokens[name] = users.add(session, name, role="auditor", confined=confined)
            roles.let_in(session, incident, user, role=role, by="Ola")


def routes(house: House) -> Iterator[APIRoute]:
    for route in house.app.routes:
        inner = getattr(route, "original_router", None)
        yield from (one for one in (inner.routes if inner else [route]) if isinstance(one, APIRoute))


def guard_of(house: House, method: str, path: str) -> tuple[Reads | None, bool]:
    """Return who guards an address, and whether it is one of an incident."""
    for route in routes(house):
        match, told = route.matches({"type": "http", "method": method, "path": path, "root_path": ""})
        if match == Match.FULL:
            found = [dep.call for dep in route.dependant.dependencies if isinstance(dep.call, Reads)]
            return (found[0] if found else None), "ref" in told["path_params"]
    raise AssertionError(f"no page answers {method} {path}")


class Walk:
    """One person's way over every page; `wrong` is its ledger."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.browser, self.wrong = house, house.browser(name), list[str]()
        self.seen, self.waiting, self.pages = set[str](), deque(["/incidents"]), 0
        with db.session() as session:
            self.user = session.exec(select(User).where(User.name == named(name))).one()
            self.here = roles.roles_in(session, self.user, session.get_one(Incident, house.ids["incident"]))
        self.waiting.extend(self.mine())

    def mine(self) -> list[str]:
        """Return the plain pages that open to this person, whether or not a link leads there."""
        paths = {route.path.replace("{ref}", self.house.ref) for route in routes(self.house) if "GET" in route.methods}
        plain = [path for path in sorted(paths) if "{" not in path and path.startswith(INSIDE)]
        return [path for path in plain if self.may("GET", path)]

    def may(self, method: str, path: str) -> bool:
        guard, of_incident = guard_of(self.house, method, path)
        there = self.here if of_incident else roles.combined(self.user, ())
        return guard is None or bool(guard.roles & there) or (guard.confined and self.user.confined)

    def go(self) -> "Walk":
        while self.waiting:
            path = self.waiting.popleft()
            key = re.sub(r"after=[^&]*|#.*", "", path)
            if key not in self.seen:
                self.seen.add(key)
                self.read(path, self.browser.get(path))
        return self

    def read(self, path: str, answer: object) -> None:
        if answer.status_code not in (200, 303):
            self.wrong.append(f"{answer.status_code} at {path}")
        if not answer.headers.get("content-type", "").startswith("text/html") or answer.status_code != 200:
            return
        self.pages += 1
        ways = Ways(answer.text)
        self.waiting.extend(one for told in sorted(ways.loads) if (one := local(path, told)))
        for told in sorted(ways.sends):
            action = local(path, told)
            if action and not self.may("POST", urlsplit(action).path):
                self.wrong.append(f"{path} has a form to {action}")
            elif action and action not in self.seen:
                self.look(path, action)

    def look(self, page: str, action: str) -> None:
        """Open what only a form opens."""
        for pattern, fields in LOOKS.items():
            if re.fullmatch(pattern, action):
                self.seen.add(action)
                self.read(action, self.browser.send("/account", action, fields))


def named(name: str) -> str:
    told = {"responder": "Rio", "legal": "Lea", "operator": "Ola", "approver": "Apo", "auditor": "Udo"}
    return told.get(name, name)


def local(page: str, told: str) -> str:
    """Return an address of this house as a path; nothing for another, a place on the page, or a file of its looks."""
    if told.startswith(("#", "data:", "mailto:", "tel:", "/static/")):
        return ""
    whole = urljoin(f"http://house{page}", told)
    parts = urlsplit(whole)
    return parts._replace(scheme="", netloc="").geturl() if parts.netloc == "house" else ""


LEAST = {"responder": 20, "legal": 15, "operator": 8, "approver": 10, "auditor": 10}  # pages: the walk really walks


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("how", ["{}", "let in as {}", "alone as {}"])
def test_nobody_is_shown_a_door_that_is_shut_to_them(full: House, role: str, how: str) -> None:
    walk = Walk(full, how.format(role)).go()
    assert walk.wrong == []
    assert walk.pages >= (LEAST[role] if how == "{}" else 8), sorted(walk.seen)


def test_who_opened_the_incident_finds_no_button_to_approve(full: House) -> None:
    room = full.path(f"/review/variants/{full.ids['variant']}")
    lea = full.browser("legal")
    assert 'value="approve"' in lea.get(room).text
    opened_by(full, "Lea")
    for page in (room, full.path("/review")):
        text = lea.get(page).text
        assert 'value="approve"' not in text
        assert "Approve these" not in text
        assert "so somebody else approves" in text
        assert 'value="reject"' in text
    opened_by(full, "ana")


def opened_by(house: House, name: str) -> None:
    with db.session() as session:
        incident = session.get_one(Incident, house.ids["incident"])
        incident.opened_by = name
        session.add(incident)
