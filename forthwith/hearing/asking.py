"""An affected person asks: by their own page, behind the code of their notice and their name."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

import orjson
from sqlmodel import Session, col, func, select

from forthwith import clock, keys
from forthwith.hearing.wishing import OTHER
from forthwith.keys import DataKey
from forthwith.settings import settings
from forthwith.timeline import record
from forthwith.timeline.record import lock
from models import Enquiry, EnquiryKind, EnquiryState, Incident, Medium, Person, PersonRecord, Refusal, Wish

LONGEST = 4000  # letters of a text
MOST_OPEN = 12  # enquiries of one person that wait: more is somebody at play
LINES = 6
TYPED = 4  # words of a name that count: a list of the usual names is a guess
MAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,190}\.[^\s@<>,;\"]{2,24}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
PHONE = re.compile(r"\+?[\d ()./-]{6,24}")
WAYS = (Medium.EMAIL, Medium.SMS, Medium.VOICE, Medium.LETTER)  # by which somebody may wish to be told
FORMS = ("large_print", "braille", "audio", "easy_read", "sign_language")
RIGHTS = ("access", "rectification", "erasure", "restriction", "portability", "objection")
CHOICES = {EnquiryKind.CHANNEL: WAYS, EnquiryKind.FORMAT: FORMS, EnquiryKind.RIGHT: RIGHTS}


def knows(incident: Incident, person: Person, typed: str) -> bool:
    """Return whether somebody knows the family name (or any whole name) that a notice is addressed to.

    Where no name is on record the code alone must do. The code says nothing of the person, and a name nothing of the
    code: a guesser needs both.
    """
    record = _record(_key(incident), person)
    held = {word for name in (record.family, record.guardian, record.name) for word in _words(name)}
    long = {word for word in held if len(word) > 1} or held
    return not long or bool(long & set(_words(typed)[:TYPED]))


def ask(session: Session, person: Person, kind: str, wish: Wish, *, language: str) -> Enquiry:
    """Put an enquiry into the queue, sealed, with its entry: who asked what stands nowhere in clear.

    Raises Refusal, which shows nothing of what was typed, where it is empty, unfit, or one too many.
    """
    incident = session.get_one(Incident, person.incident_id)
    clean = _checked(kind, wish)
    lock(session, incident.id)
    _not_too_many(session, person)
    enquiry = Enquiry(
        incident_id=incident.id, person_id=person.id, number=_next(session, incident), kind=kind, language=language,
        due_at=clock.now() + timedelta(days=settings().answer_days),
    )  # fmt: skip
    enquiry.sealed = _key(incident).seal(enquiry.id, clean.model_dump_json(exclude_defaults=True).encode())
    session.add(enquiry)
    session.flush()
    record(
        session, incident.id, actor="affected person", verb="asked", object_type="enquiry", object_id=enquiry.id,
        text=f"Enquiry {enquiry.number} came in: {kind}.", data={"kind": kind, "person": person.number},
    )  # fmt: skip
    return enquiry


def own(session: Session, person: Person) -> list[tuple[Enquiry, str, str]]:
    """Return a person's own enquiries, the newest first, each with what they chose and what we answered."""
    incident = session.get_one(Incident, person.incident_id)
    found = select(Enquiry).where(Enquiry.person_id == person.id).order_by(col(Enquiry.number).desc())
    key = _key(incident)
    return [
        (one, _choice(key, one), key.open(one.id, one.reply).decode() if one.reply else "")
        for one in session.exec(found)
    ]


def _choice(key: DataKey, one: Enquiry) -> str:
    return str(orjson.loads(key.open(one.id, one.sealed)).get("choice", "")) if one.sealed else ""


def _checked(kind: str, wish: Wish) -> Wish:
    """Return a wish, tidied. Raises Refusal where it isn't one."""
    if kind not in set(EnquiryKind):
        raise Refusal("There is no such request.", "Choose one of the forms of the page.")
    told = Wish(
        text=_text(wish.text), reply_to=_fit(wish.reply_to, MAIL, "e-mail address"),
        address=_lines(wish.address), postcode=_line(wish.postcode, 16), country=_line(wish.country, 2).upper(),
        email=_fit(wish.email, MAIL, "e-mail address"), phone=_fit(wish.phone, PHONE, "telephone number"),
        choice=wish.choice,
    )  # fmt: skip
    if not _chosen(EnquiryKind(kind), told.choice):
        raise Refusal("Nothing was chosen.", "Choose one of the list.")
    _complete(kind, told)
    return told


def _chosen(kind: EnquiryKind, choice: str) -> bool:
    """Return whether a choice is one of its form's; a form without choices takes any."""
    if kind == EnquiryKind.OTHER_LANGUAGE:
        return choice == OTHER or bool(LANGUAGE.fullmatch(choice))
    return choice in CHOICES.get(kind, (choice,))


def _complete(kind: str, wish: Wish) -> None:
    """Raise Refusal where a wish says too little to be acted on."""
    if kind == EnquiryKind.QUESTION and not wish.text:
        raise Refusal("There is no question yet.", "Write what you want to know.")
    if kind == EnquiryKind.OTHER_LANGUAGE and wish.choice == OTHER and not wish.text:
        raise Refusal("There is no language yet.", "Write which language you want.")
    if kind == EnquiryKind.ADDRESS and not (len(wish.address) > 1 or wish.email or wish.phone):
        raise Refusal("There is no address yet.", "Write a postal address in two lines or more, an e-mail or a number.")


def _text(typed: str) -> str:
    """Return a text without what can't be seen. Raises Refusal where it is too long."""
    if len(typed) > LONGEST:
        raise Refusal("The text is too long.", f"Write up to {LONGEST} letters.")
    return "\n".join(_line(line, LONGEST) for line in typed.splitlines()).strip()


def _lines(typed: Sequence[str]) -> list[str]:
    """Return the filled lines of an address. Raises Refusal where there are more than an envelope's window shows."""
    lines = [line for one in typed for line in (_line(one, 80),) if line]
    if len(lines) > LINES:
        raise Refusal("The address is too long.", f"Write up to {LINES} lines, without the name.")
    return lines


def _line(typed: str, longest: int) -> str:
    """Return one line: no control characters, single spaces, cut at its longest."""
    seen = "".join(letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", typed))
    return " ".join(seen.split())[:longest]


def _fit(typed: str, form: re.Pattern[str], what: str) -> str:
    """Return an address. Raises Refusal where it is none; blank stays blank."""
    clean = _line(typed, 254)
    if clean and not form.fullmatch(clean):
        raise Refusal(f"That is no {what}.", "Check each letter, or leave it out.")
    return clean


def _not_too_many(session: Session, person: Person) -> None:
    """Raise Refusal where a person has asked enough for now."""
    still = select(func.count()).where(Enquiry.person_id == person.id, Enquiry.state == EnquiryState.OPEN)
    if session.exec(select(still.scalar_subquery())).one() >= MOST_OPEN:
        raise Refusal("Many of your requests still wait for an answer.", "Wait for these, or call us.")


def _next(session: Session, incident: Incident) -> int:
    """Return the next number of an incident's enquiries. The incident is locked."""
    last = select(func.coalesce(func.max(Enquiry.number), 0)).where(Enquiry.incident_id == incident.id)
    return int(session.exec(last).one()) + 1


def _words(name: str) -> list[str]:
    """Return a name's words for comparing: without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return re.findall(r"\w+", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _key(incident: Incident) -> DataKey:
    return keys.unwrap(incident.id, incident.wrapped_key)


def _record(key: DataKey, person: Person) -> PersonRecord:
    """Return a person's record, open. Raises Refusal where it was destroyed."""
    if person.sealed is None:
        raise Refusal("The record was destroyed at the end of retention.", "It can't be read again.")
    return PersonRecord.model_construct(**orjson.loads(key.open(person.id, person.sealed)))
