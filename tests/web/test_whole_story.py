"""From the form to the notice in somebody's hand, on the web: opened, loaded, answered, approved, sent, checked."""

import json
import re
import uuid

import pytest
from fakes.browser import Browser
from fakes.web_house import check_code
from sqlmodel import Session, select

from flows.advance import advance
from forthwith import db, keys
from forthwith.detection.facts import state
from forthwith.filling.codes import verification_code
from forthwith.review import users
from forthwith.settings import settings
from forthwith.web.app import create_app
from models import Decision, Delivery, Entry, Incident, Person, Phase, Variant

CSV = (
    "First name,Last name,E-mail,Street,City,ZIP,Country,IBAN\n"
    "Ada,Muster,ada@example.org,Weg 1,Berlin,10115,DE,DE89370400440532013000\n"
    "Bo,Beispiel,bo@example.org,Weg 2,Hamburg,20095,DE,\n"
)


class Story:
    """The application, two people at their browsers, and what the database says."""

    def __init__(self) -> None:
        self.app = create_app()
        self.rio, self.lea = Browser(self.app, "10.0.0.2"), Browser(self.app, "10.0.0.3")
        with db.session() as session:
            tokens = [users.add(session, name, role=role)[1] for name, role in (("Rio", "responder"), ("Lea", "legal"))]
        for browser, token in zip((self.rio, self.lea), tokens, strict=True):
            assert browser.sign_in(token).status_code == 303

    def browser(self, address: str = "10.0.0.9") -> Browser:
        return Browser(self.app, address)

    def open(self) -> str:
        form = {
            "title": "Export sent to the wrong partner", "aware_at": "2026-11-18T07:40",
            "properties": ["confidentiality"],
            "answers": ["misdirected_message", "internal_error", "known_one", "confirmed", "no", "controller"],
        }  # fmt: skip
        return self.rio.send("/incidents/new", "/incidents/new", form).headers["location"]

    def load(self, path: str) -> None:
        form = {"form_token": self.rio.token(f"{path}/evidence")}
        page = self.rio.post(f"{path}/evidence", form, files={"file": ("kunden.csv", CSV.encode(), "text/csv")}).text
        target = re.search(r'action="(/incidents/[^"]+/evidence/[^"]+)"', page)[1]
        token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
        assert self.rio.post(target, {"form_token": token, "act": "load"}).status_code == 303

    def incident(self, session: Session) -> Incident:
        return session.exec(select(Incident)).one()

    def answer_risk(self, path: str, value: str) -> None:
        page = self.lea.get(f"{path}/review").text
        for ident, body in re.findall(r'action="[^"]+/questions/([0-9a-f-]+)">(.*?)</form>', page, re.S):
            if 'value="high_risk"' in body:
                form = {"value": value, "reason": "Bank details are in wrong hands."}
                answer = self.lea.send(f"{path}/review", f"{path}/review/questions/{ident}", form)
                assert answer.status_code == 303, answer.text

    def decide_rest(self, path: str) -> None:
        page = self.lea.get(f"{path}/review").text
        for ident in re.findall(r'<span class="mark review">.*?action="[^"]+/duties/([0-9a-f-]+)"', page, re.S):
            self.lea.send(f"{path}/review", f"{path}/review/duties/{ident}", {"verdict": "notify", "reason": "Safer."})

    def approve_all(self, path: str) -> int:
        page = self.lea.get(f"{path}/review").text
        forms = re.findall(r'action="([^"]+/variants/[0-9a-f-]+)">.*?name="seal" value="([^"]+)"', page, re.S)
        for target, seal in forms:
            form = {"verdict": "approve", "seal": seal, "comment": "Read and found right."}
            answer = self.lea.send(f"{path}/review", target, form)
            assert answer.status_code == 303, answer.text
        return len(forms)


@pytest.mark.slow
def test_a_notice_goes_from_the_form_to_the_reader_who_checks_it(fresh: str, woken: list[uuid.UUID]) -> None:
    story = Story()
    path = story.open()
    story.load(path)
    with db.session() as session:
        incident = story.incident(session)
        known = {
            "breach.mitigations": ["deletion_requested"], "breach.misuse": "none_likely", "breach.systemic": "no",
            "entity.home": "DE", "entity.regimes": [],
        }  # fmt: skip
        state(session, incident, known, by="Rio")
    assert advance(incident.id, actor="forthwith") == Phase.IN_REVIEW
    story.answer_risk(path, "high_risk")
    story.decide_rest(path)
    assert advance(incident.id, actor="forthwith") == Phase.IN_REVIEW
    assert story.approve_all(path) >= 2
    assert woken[-1] == incident.id
    assert advance(incident.id, actor="forthwith") == Phase.MONITORING
    what_left_is_what_was_approved(incident)
    the_reader_finds_it_real(story, incident)
    assert "whole" in story.lea.get(f"{path}/timeline").text
    nothing_personal_stands_in_the_timeline(story, path)


def what_left_is_what_was_approved(incident: Incident) -> None:
    """Every delivery that left has a wording that legal approved, and each person has one."""
    with db.session() as session:
        approved = {d.variant_id for d in session.exec(select(Decision)) if d.verdict == "approve"}
        people = session.exec(select(Person.id).where(Person.incident_id == incident.id)).all()
        left = [d for d in session.exec(select(Delivery)) if d.state in ("accepted", "delivered")]
        current = {v.id for v in session.exec(select(Variant)) if v.current}
    assert {d.recipient_id for d in left if d.recipient_kind == "person"} == set(people)
    assert {d.variant_id for d in left} <= approved & current


def the_reader_finds_it_real(story: Story, incident: Incident) -> None:
    with db.session() as session:
        key = keys.unwrap(incident.id, incident.wrapped_key)
        codes = [verification_code(key, person.id) for person in session.exec(select(Person))]
    assert len(set(codes)) == 2
    for code in codes:
        text = check_code(story, code)
        assert "This notice is real" in text
        assert settings().organisation in text


def nothing_personal_stands_in_the_timeline(story: Story, path: str) -> None:
    exported = story.lea.get(f"{path}/timeline.json").text
    json.loads(exported)
    with db.session() as session:
        entries = " ".join(f"{e.text} {e.data}" for e in session.exec(select(Entry)))
    for secret in ("Muster", "Beispiel", "example.org", "DE8937", "Weg 1"):
        assert secret not in exported
        assert secret not in entries
