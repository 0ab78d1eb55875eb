"""The web application with its people and one incident in it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from fakes.browser import Browser
from fakes.review_desk import Desk, in_review, lay
from fastapi import FastAPI
from sqlmodel import Session, select

from forthwith import db
from forthwith.access import roles
from forthwith.review import users
from forthwith.web.app import create_app
from models import Decision, Incident, Notice, Obligation, Variant

PEOPLE = (("Rio", "responder"), ("Lea", "legal"), ("Ola", "operator"), ("Apo", "approver"), ("Udo", "auditor"))


@dataclass
class House:
    """The application, its people and the incident in it."""

    app: FastAPI
    ref: str = "2026-001"
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    laws: Path = Path()
    templates: Path = Path()

    def browser(self, role: str = "", address: str = "10.0.0.1") -> Browser:
        """Return a browser, signed in where a role is named."""
        made = Browser(self.app, address)
        if role:
            assert made.sign_in(self.tokens[role]).status_code == 303
        return made

    def confined(self, name: str, given: dict[str, str]) -> str:
        """Add outside counsel, let into these incidents (made where missing); return whose browser to ask for."""
        with db.session() as session:
            user, self.tokens[name] = users.add(session, name, role="legal", confined=True)
            for ref, role in given.items():
                incident = session.exec(select(Incident).where(Incident.ref == ref)).first()
                incident = incident or Incident(ref=ref, title=f"Case {ref}", opened_by="ana")
                session.add(incident)
                session.flush()
                roles.let_in(session, incident, user, role=role, by="Ola")
        return name

    def path(self, rest: str = "") -> str:
        return f"/incidents/{self.ref}{rest}"


def built(laws: Path, templates: Path) -> House:
    """Return an application with its people and a laid desk."""
    made = House(create_app(), laws=laws, templates=templates)
    with db.session() as session:
        incident = in_review(session, made.ref)
        desk = lay(session, incident, laws, templates)
        made.ids = {"variant": str(desk.variant.id), "duty": str(desk.duty.id), "incident": str(incident.id),
                    "notice": str(desk.notice.id)}  # fmt: skip
        for name, role in PEOPLE:
            made.tokens[role] = users.add(session, name, role=role)[1]
    return made


def desk_of(session: Session, house: House) -> Desk:
    """Return the desk as the database has it now."""
    return Desk(
        session, session.get(Incident, house.ids["incident"]), house.laws, house.templates,
        session.get(Obligation, house.ids["duty"]), session.get(Notice, house.ids["notice"]),
        session.get(Variant, house.ids["variant"]),
    )  # fmt: skip


def decisions() -> list[Decision]:
    with db.session() as session:
        return list(session.exec(select(Decision)).all())


def review_form(browser: Browser, house: House) -> dict[str, str]:
    """Return the hidden fields of the first decision form on the review page."""
    text = browser.get(house.path("/review")).text
    return {name: re.search(rf'name="{name}" value="([^"]+)"', text)[1] for name in ("form_token", "seal")}


def check_code(house: House, code: str, **told: str) -> str:
    answer = house.browser(address=told.pop("address", "10.0.0.7")).send("/verify", "/verify", {"code": code, **told})
    assert answer.status_code == 200
    return answer.text
