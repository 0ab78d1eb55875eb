"""An incident that is ready to send: people, duties, notices and approved wordings, as earlier stages leave them."""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from forthwith import approval, clock, keys
from forthwith.timeline.record import canonical
from models import (
    Attempt,
    Cohort,
    Decision,
    Delivery,
    Entry,
    Incident,
    Notice,
    NoticeCohort,
    NoticeDuty,
    Obligation,
    ObligationCohort,
    Party,
    Person,
    PersonRecord,
    Phase,
    Variant,
    new_id,
)
from models.base import new_ids

LAW = "test-law"
COPIED = (
    "id", "created_at", "incident_id", "number", "cohort_id", "jurisdiction", "country", "jurisdiction_source",
    "age_class", "kind", "deceased", "language", "elements", "channels", "sealed", "sealed_sha256",
)  # fmt: skip
DUE = datetime(2027, 12, 24, 12, 0, tzinfo=UTC)
OPEN, CLOSE = "\ue000", "\ue001"
SENDER = {
    "name": "Example Ltd", "line": "Example Ltd · 1 Road", "block": ["1 Road", "Town"], "date_label": "Date",
    "to_label": "To", "reference_label": "Reference", "page_label": "Page",
}  # fmt: skip
ALL = ("email", "sms", "letter")


def write_law(root: Path, version: int = 1) -> Path:
    """Write the law that the duties here come from; return the folder for FORTHWITH_LAWS."""
    folder = root / "laws" / "test" / "law"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "law.yaml").write_text(f"id: test-law\nversion: {version}\n")
    return root / "laws"


def write_words(root: Path, greeting: str = "Hello") -> Path:
    """Write a templates folder of the test's own."""
    for name in ("layout", "en", "de", "regulator"):
        (root / "templates" / name).mkdir(parents=True, exist_ok=True)
    (root / "templates" / "en" / "greeting.txt").write_text(greeting)
    return root / "templates"


def slot(name: str) -> str:
    return f"{OPEN}{name}{CLOSE}"


def wording(medium: str, language: str = "en", *, text: str = "Your data left the house.") -> bytes:
    """Return the bytes of a wording with open slots, as drafting forms them."""
    printed = {
        "layout": "filing.typ" if medium == "filing" else "letter.typ", "paper": "a4", "check": None, "sender": SENDER,
        "tree": [{"t": "h1", "c": ["Notice"]}, {"t": "p", "c": ["Dear ", {"s": "name"}, ", ", text]}],
    }  # fmt: skip
    return canonical({
        **(printed if medium in ("letter", "fax", "filing") else {}), "title": "Notice", "addressing": "adult",
        "medium": medium, "language": language, "subject": f"About your data, {slot('name')}",
        "text": f"Dear {slot('name')},\n{text}\nCode {slot('code')}: {slot('verify_url')}\n",
        "html": f"<!doctype html><html lang='{language}'><title>Notice</title><p>Dear {slot('name')},</p><p>{text}</p>"
                f"<p><a href=\"{slot('verify_url')}\">{slot('code')}</a></p></html>",
    })  # fmt: skip


def person_record(number: int, **more: object) -> PersonRecord:
    """Return an invented person with every address."""
    known: dict[str, object] = {
        "name": f"Person {number}", "emails": [f"p{number}@example.org"], "phones": [f"+49151{number:07d}"],
        "address": [f"{number} Long Street", "00000 Town"], "postcode": f"{number % 100000:05d}", "country": "DE",
    }  # fmt: skip
    return PersonRecord(**{**known, **more})


def _form() -> Callable[[int], str]:
    """Return what writes `person_record` as JSON, many times quicker than the model does."""
    written = person_record(1).model_dump_json()
    form = written.replace("%", "%%")
    for said, place in (
        ("Person 1", "Person %(n)d"), ("p1@", "p%(n)d@"), ("+491510000001", "+49151%(n)07d"), ("1 Long", "%(n)d Long"),
        ("00001", "%(post)05d"),
    ):  # fmt: skip
        assert form.count(f'"{said}') == 1, said
        form = form.replace(f'"{said}', f'"{place}')
    assert form % {"n": 1, "post": 1} == written
    return lambda number: form % {"n": number, "post": number % 100000}


@dataclass
class House:
    """Builds rows in one session; the caller commits."""

    session: Session
    incident: Incident
    cohorts: dict[tuple[str, ...], Cohort] = field(default_factory=dict)
    numbers: int = 0
    duty_type: type[Obligation] = Obligation

    @classmethod
    def new(cls, session: Session, ref: str = "2026-001", **more: object) -> "House":
        """Open an incident that is about to notify."""
        key = new_id()
        made = Incident(
            id=key, ref=ref, title="A drill", opened_by="ana", wrapped_key=keys.new_data_key(key),
            phase=Phase.NOTIFYING, **more,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return cls(session, made)

    def cohort(self, channels: Iterable[str] = ALL, language: str = "en") -> Cohort:
        """Return the people who are reached by `channels`."""
        traits = (language, *channels)
        if traits not in self.cohorts:
            fingerprint = hashlib.sha256("|".join(traits).encode()).hexdigest()
            self.cohorts[traits] = self.add(Cohort(
                incident_id=self.incident.id, fingerprint=fingerprint, jurisdiction="DE", country="DE",
                channels=list(channels), language=language,
            ))  # fmt: skip
        return self.cohorts[traits]

    def person(self, channels: Iterable[str] = ALL, *, language: str = "en", **record: object) -> Person:
        """Add a person to the cohort of those channels."""
        self.numbers += 1
        cohort, ident = self.cohort(tuple(channels), language), new_id()
        cohort.count += 1
        person = Person(
            id=ident, incident_id=self.incident.id, number=self.numbers, cohort_id=cohort.id, jurisdiction="DE",
            country="DE", language=language, channels=list(channels), sealed_sha256="",
        )  # fmt: skip
        self.seal(person, person_record(self.numbers, **record))
        return self.add(person)

    def people(self, count: int, channels: Iterable[str] = ALL) -> None:
        """Add many people, a thousand at a time."""
        cohort, held = self.cohort(tuple(channels)), ",".join(channels)
        key = keys.unwrap(self.incident.id, self.incident.wrapped_key)
        cohort.count += count
        self.session.flush()
        driver = self.session.connection().connection.driver_connection
        assert driver is not None
        with driver.cursor().copy(f"copy person ({', '.join(COPIED)}) from stdin") as copy:
            for start in range(0, count, 1000):
                copy.write(self._rows(key, cohort, held, min(1000, count - start)))

    def _rows(self, key: keys.DataKey, cohort: Cohort, channels: str, count: int) -> str:
        """Return the next people as lines of COPY. Only the number differs between them."""
        numbers = range(self.numbers + 1, self.numbers + count + 1)
        self.numbers += count
        ids, form = sorted(new_ids(count)), _form()
        now, incident = clock.now().isoformat(), self.incident.id
        blobs = key.seal_all(ids, [form(number).encode() for number in numbers])
        return "".join(
            f"{one.hex()}\t{now}\t{incident}\t{number}\t{cohort.id}\tDE\tDE\tstated\tadult\tcustomer\tf\ten\t{{}}\t"
            f"{{{channels}}}\t\\\\x{blob.hex()}\t{hashlib.sha256(blob).hexdigest()}\n"
            for one, number, blob in zip(ids, numbers, blobs, strict=True)
        )

    def seal(self, person: Person, record: PersonRecord) -> None:
        """Write a person's record."""
        key = keys.unwrap(self.incident.id, self.incident.wrapped_key)
        person.sealed = key.seal(person.id, record.model_dump_json().encode())
        person.sealed_sha256 = hashlib.sha256(person.sealed).hexdigest()

    def duty(self, *, key: str = "test-law.individuals:DE", reaches: Iterable[Cohort] | None = None,
             **more: object) -> Obligation:  # fmt: skip
        """Add a duty to notify; by default it reaches every cohort made so far."""
        told: dict[str, object] = {
            "incident_id": self.incident.id, "assessment": 1, "key": key, "law": LAW, "duty": "individuals",
            "law_sha256": "0" * 64, "audience": "individuals", "recipient": "data_subjects", "jurisdiction": "DE",
            "verdict": "notify", "due_at": DUE, "citation": "Test Law § 1",
        }  # fmt: skip
        duty = self.add(Obligation(**{**told, **more}))
        if duty.audience == "individuals":
            for cohort in self.cohorts.values() if reaches is None else reaches:
                self.add(ObligationCohort(obligation_id=duty.id, cohort_id=cohort.id))
        return duty

    def notice(
        self, *duties: Obligation, media: Iterable[str] = ("email", "letter"), languages: Iterable[str] = ("en",),
        approved: bool = True, key: str = "n1", **more: object,
    ) -> Notice:  # fmt: skip
        """Add a notice with a wording for each medium, approved unless said otherwise."""
        audience = duties[0].audience if duties else "individuals"
        notice = self.add(Notice(**{
            "incident_id": self.incident.id, "key": key, "title": f"Notice {key}", "audience": audience,
            "media": list(media), **more,
        }))  # fmt: skip
        for duty in duties:
            self.add(NoticeDuty(notice_id=notice.id, obligation_id=duty.id))
        reached = select(ObligationCohort.cohort_id).where(
            col(ObligationCohort.obligation_id).in_([duty.id for duty in duties])
        )
        for cohort_id in set(self.session.exec(reached).all()):
            self.add(NoticeCohort(notice_id=notice.id, cohort_id=cohort_id))
        for medium in dict.fromkeys("email" if one == "email_consent" else one for one in media):
            for language in languages:
                self.variant(notice, medium, language, approved=approved)
        return notice

    def variant(self, notice: Notice, medium: str, language: str = "en", *, approved: bool = True, version: int = 1,
                content: bytes | None = None) -> Variant:  # fmt: skip
        """Add one wording."""
        body = content or wording(medium, language)
        variant = self.add(Variant(
            incident_id=self.incident.id, notice_id=notice.id, language=language, medium=medium, version=version,
            content=body, content_sha256=hashlib.sha256(body).hexdigest(),
            template_sha256=approval.template_sha256(language), law_sha256=approval.laws_sha256([LAW]),
            drafted_by="forthwith",
        ))  # fmt: skip
        if approved:
            self.approve(variant)
        return variant

    def approve(self, variant: Variant, verdict: str = "approve") -> Decision:
        """Decide on a wording as it stands now."""
        notice = self.session.get_one(Notice, variant.notice_id)
        duties = select(Obligation.law).join(NoticeDuty, col(NoticeDuty.obligation_id) == Obligation.id)
        laws = self.session.exec(duties.where(NoticeDuty.notice_id == notice.id)).all()
        return self.add(Decision(
            incident_id=self.incident.id, variant_id=variant.id, verdict=verdict,
            content_sha256=approval.sha256(variant.content),
            recipients_sha256=approval.recipients_sha256(self.session, notice),
            template_sha256=approval.template_sha256(variant.language), law_sha256=approval.laws_sha256(laws),
            by="lena", role="legal",
        ))  # fmt: skip

    def party(self, **more: object) -> Party:
        """Add an organisation."""
        told: dict[str, object] = {"name": "The Authority", "kind": "authority", "email": "desk@authority.example"}
        return self.add(Party(**{**told, **more}))

    def add(self, row):  # type: ignore[no-untyped-def]
        """Add a row and write it."""
        self.session.add(row)
        self.session.flush()
        return row

    def deliveries(self, **where: object) -> list[Delivery]:
        """Return this incident's deliveries, fresh from the database, by recipient and leg."""
        self.session.expire_all()
        found = select(Delivery).where(Delivery.incident_id == self.incident.id)
        rows = self.session.exec(found.order_by(col(Delivery.recipient_id), col(Delivery.leg))).all()
        return [row for row in rows if all(getattr(row, name) == value for name, value in where.items())]

    def every(self, model):  # type: ignore[no-untyped-def]
        """Return all rows of a table, in order of their making."""
        return list(self.session.exec(select(model).order_by(model.created_at)).all())

    def attempts(self) -> list[Attempt]:
        """Return all attempts, in order."""
        found = select(Attempt).where(Attempt.incident_id == self.incident.id)
        return list(self.session.exec(found.order_by(col(Attempt.started_at), col(Attempt.n))).all())

    def entries(self, verb: str) -> list[Entry]:
        """Return the timeline's entries of one verb."""
        found = select(Entry).where(Entry.incident_id == self.incident.id, Entry.verb == verb)
        return list(self.session.exec(found.order_by(col(Entry.seq))).all())


def later(**span: float) -> datetime:
    """Return an instant after now."""
    return clock.now() + timedelta(**span)


def as_id(text: str) -> uuid.UUID:
    return uuid.UUID(text)
