"""A desk for legal: an incident with duties, people, a notice and its wordings, as earlier stages leave it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from forthwith import approval, keys
from forthwith.filling.codes import code_index, verification_code
from forthwith.review import users
from forthwith.settings import settings
from forthwith.timeline import record
from forthwith.timeline.record import canonical
from models import (
    Cohort,
    Delivery,
    Incident,
    Notice,
    NoticeCohort,
    NoticeDuty,
    Obligation,
    Person,
    PersonRecord,
    Phase,
    Question,
    User,
    Variant,
    new_id,
)

LAW = "test-law"
DUE = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
RECORD = """id: test-law
judgements:
  harm: {question: Is harm likely?, values: [no_harm_likely, harm_likely]}
unmodelled:
  - {text: The authority may shorten the time., citation: Test Law § 9}
"""
PAPER = {  # what a wording for paper has besides
    "layout": "letter.typ", "paper": "a4", "american": False, "addressing": "adult", "title": "About your data",
    "tree": [{"t": "p", "c": ["Dear ", {"s": "name"}, ","]}, {"t": "p", "c": ["Your data left the house."]}],
    "check": {"address": "Address", "alt": "QR code", "code": "Your code", "title": "Is it real?", "words": "Check."},
    "sender": {
        "block": ["1 Lane"], "date_label": "Date", "line": "Example Ltd", "name": "Example Ltd", "page_label": "Page",
        "reference_label": "Reference", "to_label": "To",
    },
}  # fmt: skip
OPEN, CLOSE = "\ue000", "\ue001"


@dataclass
class Desk:
    """What stands on the desk, and the folders that law and words are read from."""

    session: Session
    incident: Incident
    laws: Path
    templates: Path
    duty: Obligation
    notice: Notice
    variant: Variant

    def law_changes(self) -> None:
        (self.laws / "test" / "law" / "law.yaml").write_text("id: test-law\nversion: 2\n")

    def words_change(self) -> None:
        (self.templates / "en" / "greeting.txt").write_text("Good day")

    def person(self, number: int = 1, name: str = "Ada Muster") -> Person:
        return add_person(self.session, self.incident, self.cohort_id, number=number, name=name)

    @property
    def cohort_id(self):
        from sqlmodel import select

        return self.session.exec(select(NoticeCohort.cohort_id).where(NoticeCohort.notice_id == self.notice.id)).one()

    def token_of(self, name: str, role: str) -> tuple[User, str]:
        return users.add(self.session, name, role=role)


def folders(monkeypatch: pytest.MonkeyPatch, root: Path) -> tuple[Path, Path]:
    """Give law and words folders of the test's own, so that it can change them."""
    laws, templates = root / "laws", root / "templates"
    (laws / "test" / "law").mkdir(parents=True)
    (laws / "test" / "law" / "law.yaml").write_text(RECORD)
    for name in ("layout", "en", "regulator"):
        (templates / name).mkdir(parents=True)
    (templates / "en" / "greeting.txt").write_text("Hello")
    monkeypatch.setattr(settings(), "laws", [laws])
    monkeypatch.setattr("forthwith.approval.hashes.TEMPLATES", templates)
    return laws, templates


def in_review(session: Session, ref: str = "2026-001") -> Incident:
    """Open an incident that waits for legal."""
    key = new_id()
    incident = Incident(id=key, ref=ref, title="A drill", phase=Phase.IN_REVIEW, opened_by="ana",
                        wrapped_key=keys.new_data_key(key))  # fmt: skip
    session.add(incident)
    session.flush()
    return incident


def lay(session: Session, incident: Incident, laws: Path, templates: Path, *, people: int = 2) -> Desk:
    """Lay an incident's work on the desk: one duty to notify, its notice, an e-mail in English."""
    session.add(incident)
    record(session, incident.id, actor="ana", verb="assessed", text="Assessed.")
    duty = add_duty(session, incident)
    cohort = Cohort(incident_id=incident.id, fingerprint="f" * 64, jurisdiction="DE", country="DE", count=people)
    notice = Notice(incident_id=incident.id, key="n1", title="Notice to customers", audience="individuals",
                    media=["email", "letter"])  # fmt: skip
    session.add_all([cohort, notice])
    session.flush()
    session.add_all([
        NoticeDuty(notice_id=notice.id, obligation_id=duty.id), NoticeCohort(notice_id=notice.id, cohort_id=cohort.id),
    ])  # fmt: skip
    session.flush()
    for number in range(1, people + 1):
        add_person(session, incident, cohort.id, number=number, name=f"Person {number}")
    variant = add_variant(session, incident, notice)
    return Desk(session, incident, laws, templates, duty, notice, variant)


def add_duty(session: Session, incident: Incident, *, key: str = "test-law.individuals:DE", verdict: str = "notify",
             **more: object) -> Obligation:  # fmt: skip
    """Add one current duty."""
    told = {
        "because": ["data of 2 people left the house (Art. 34(1))"],
        "clocks": [{"name": "outer", "due_at": "2026-12-24"}],
        **dict(more.pop("detail", {})),
    }  # fmt: skip
    duty = Obligation(**{
        "incident_id": incident.id, "assessment": 1, "key": key, "law": LAW, "duty": "individuals",
        "law_sha256": "0" * 64, "audience": "individuals", "recipient": "data_subjects", "jurisdiction": "DE",
        "count": 2, "verdict": verdict, "due_at": DUE, "citation": "Test Law § 1", "detail": told, **more,
    })  # fmt: skip
    session.add(duty)
    session.flush()
    return duty


def add_question(session: Session, incident: Incident, *, key: str = "test-law.harm") -> Question:
    """Add one open question."""
    question = Question(incident_id=incident.id, assessment=1, key=key, text="Is harm likely?", law=LAW,
                        citation="Test Law § 2", changes=["test-law.individuals:DE"])  # fmt: skip
    session.add(question)
    session.flush()
    return question


def content(medium: str = "email", language: str = "en", *, text: str = "Your data left the house.") -> bytes:
    """Return the bytes of a wording with open slots."""
    body = f"Dear {OPEN}name{CLOSE},\n{text}\nCode: {OPEN}code{CLOSE}"
    paper = PAPER if medium in ("letter", "filing") else {}
    return canonical({
        **paper, "medium": medium, "language": language, "subject": "About your data", "text": body,
        "html": f"<!doctype html><html lang='en'><title>x</title><p style='color:#123'>Dear {OPEN}name{CLOSE},</p>"
                f"<p>{text}</p></html>",
    })  # fmt: skip


def add_variant(
    session: Session, incident: Incident, notice: Notice, *, medium: str = "email", language: str = "en",
    drafted_by: str = "forthwith", version: int = 1, text: str = "Your data left the house.",
) -> Variant:  # fmt: skip
    """Add one wording as drafting would."""
    made = content(medium, language, text=text)
    variant = Variant(
        incident_id=incident.id, notice_id=notice.id, language=language, medium=medium, version=version, content=made,
        content_sha256=hashlib.sha256(made).hexdigest(), template_sha256=approval.template_sha256(language),
        law_sha256=approval.laws_sha256([LAW]), slots=["name", "code"], lint={"grade": 7, "hedges": []},
        drafted_by=drafted_by,
    )  # fmt: skip
    session.add(variant)
    session.flush()
    return variant


def add_person(session: Session, incident: Incident, cohort_id: object, *, number: int, name: str) -> Person:
    """Add one affected person, sealed, with the code that a letter would carry."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    ident = new_id()
    sealed = key.seal(ident, PersonRecord(name=name, emails=[f"p{number}@example.org"]).model_dump_json().encode())
    person = Person(
        id=ident, incident_id=incident.id, number=number, cohort_id=cohort_id, jurisdiction="DE", country="DE",
        channels=["email"], sealed=sealed, sealed_sha256=hashlib.sha256(sealed).hexdigest(),
        code_index=code_index(key, verification_code(key, ident)),
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person


def add_delivery(
    session: Session, desk: Desk, person: Person, *, state: str = "delivered", medium: str = "letter"
) -> Delivery:
    """Add one delivery of the notice to a person."""
    delivery = Delivery(
        incident_id=desk.incident.id, notice_id=desk.notice.id, variant_id=desk.variant.id, recipient_kind="person",
        recipient_id=person.id, medium=medium, channel="print_file", state=state, reason="as told",
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery
