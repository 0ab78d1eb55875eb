"""Lists of addresses that must not be written to. A legal stop holds notices; an opt-out of marketing does not.

Nothing of a list is kept in clear: only blind indexes, against which people are matched, now and at each later load.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.keys import DataKey
from forthwith.scoping.cleaning import Clean
from forthwith.scoping.gathering import Subject
from forthwith.scoping.heads import fold_head
from forthwith.scoping.knowing import known_people
from forthwith.scoping.merging import Trait, traits_of
from forthwith.scoping.merging.traits import KEPT, unpacked
from forthwith.scoping.normalising.contact import email_key
from forthwith.scoping.numbered import LONGEST
from forthwith.scoping.preparing import cleaned
from forthwith.scoping.reading import Document, Sheet, read
from forthwith.timeline import record
from forthwith.timeline.wording import impersonal
from models import Incident, LegalStop, Refusal, Suppression

MARKETING, LEGAL = "marketing", "legal"
NUMBERS = ("person", "person id", "person number", "people")  # heads of a column of people's numbers or ids
Entry = tuple[str, str]  # kind and value


@dataclass(frozen=True, slots=True)
class SuppressReport:
    """What a list did, in counts."""

    purpose: str
    entries: int  # addresses and people on it
    new: int  # of them not known before
    unusable: int  # rows that name no address and nobody
    people: int  # people of this incident on it

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


def suppress(
    session: Session, incident: Incident, path: Path, *, purpose: str, reason: str, actor: str
) -> SuppressReport:  # fmt: skip
    """Take a list up: e-mail addresses, telephones, postal addresses, or people by number or id.

    `purpose`: `marketing` is noted and holds nothing; `legal` holds whoever is on it. Raises Refusal where the file
    can't be used, the class is none, or the reason is missing or holds somebody's address.
    """
    if purpose not in (MARKETING, LEGAL):
        raise Refusal(f"There is no class {purpose!r} of suppression.", "Say --class marketing or --class legal.")
    words, key = _reason(reason), keys.unwrap(incident.id, incident.wrapped_key)
    document = read(path)
    found, unusable = _entries(session, document)
    indexes = {(kind, key.blind(f"suppressed {kind}", value)) for kind, value in found}
    new = _added(session, incident, document.sha256, indexes, purpose, words, actor)
    people = list(known_people(session, incident, key))
    met = sum(not _marks(key, subject).isdisjoint(indexes) for subject in people)
    rematch(session, incident, people)
    done = SuppressReport(purpose, len(indexes), new, unusable, met)
    text = f"A {purpose} list of {done.entries} entries was taken up; {met} people are on it: {words}"
    _enter(session, incident, actor, "suppressed", text, {"sha256": document.sha256, **done.as_dict()})
    return done


def lift(session: Session, incident: Incident, path: Path, *, reason: str, actor: str) -> int:
    """Take a list back, found again by its bytes. Returns how many entries were lifted; what they held may go again."""
    words, sha256 = _reason(reason), read(path).sha256
    wanted = select(Suppression).where(Suppression.incident_id == incident.id, Suppression.list_sha256 == sha256)
    rows = session.exec(wanted.where(col(Suppression.lifted_at).is_(None))).all()
    if not rows:
        raise Refusal(f"{path.name} is no list of {incident.ref}.", "Give the very file that was taken up.")
    for row in rows:
        row.lifted_at = clock.now()
    session.add_all(rows)
    session.flush()
    rematch(session, incident)
    text = f"A list of {len(rows)} entries was taken back: {words}"
    _enter(session, incident, actor, "suppression_lifted", text, {"sha256": sha256, "entries": len(rows)})
    return len(rows)


def rematch(session: Session, incident: Incident, subjects: Iterable[Subject] | None = None) -> int:
    """Find anew whom the legal stops hold; return how many. Costs nothing where there is no list."""
    session.execute(delete(LegalStop).where(col(LegalStop.incident_id) == incident.id))
    stops = {(row.kind, row.value_index): row.reason for row in _active(session, incident)}
    if not stops:
        return 0
    key = keys.unwrap(incident.id, incident.wrapped_key)
    for subject in subjects if subjects is not None else known_people(session, incident, key):
        reasons = sorted({stops[mark] for mark in _marks(key, subject) if mark in stops})
        if reasons:
            session.add(LegalStop(incident_id=incident.id, person_id=subject.id, reason="; ".join(reasons)))
    session.flush()
    return len(session.exec(select(LegalStop.id).where(LegalStop.incident_id == incident.id)).all())


def _active(session: Session, incident: Incident) -> Sequence[Suppression]:
    """Return the legal stops that stand."""
    wanted = select(Suppression).where(Suppression.incident_id == incident.id, Suppression.purpose == LEGAL)
    return session.exec(wanted.where(col(Suppression.lifted_at).is_(None))).all()


def _marks(key: DataKey, subject: Subject) -> set[Entry]:
    """Return the blind indexes by which a person may stand on a list."""
    held = subject.record
    values = {("email", email_key(address)) for address in held.emails}
    values |= {("phone", number) for number in (*held.phones, *held.faxes)}
    names = {_name(trait) for trait in unpacked(0, held.seen)} - {""}
    places = {("address", entry[KEPT.index("address")]) for entry in held.seen}
    values |= {(kind, f"{value} {name}") for kind, value in values | places for name in names}
    values |= {("person", str(subject.number)), ("person", str(subject.id))}
    return {(kind, key.blind(f"suppressed {kind}", value)) for kind, value in values}


def _entries(session: Session, document: Document) -> tuple[set[Entry], int]:
    """Return what a list names, and how many of its rows name nothing. Raises Refusal where none names anything."""
    numbers = [(sheet, name) for sheet in document.sheets for name in sheet.columns if fold_head(name) in NUMBERS]
    found = {entry for sheet, name in numbers for entry in _people(sheet, name)}
    if numbers:
        return found, document.rows_in - len(found)
    told = cleaned(document, session)
    entries = [_named(row) for row in told.people]
    return {entry for some in entries for entry in some}, len(told.bad) + sum(not some for some in entries)


def _named(row: Clean) -> set[Entry]:
    """Return what a row of a list names. With a name it means that one person, not who else has the address."""
    name = _name(next(traits_of(0, row, "")))
    found = {("email", email_key(address)) for address in row.emails}
    found |= {("phone", number) for number in (*row.phones, *row.faxes)}
    found |= {("address", row.address.key)} if row.address.key and not found else set()
    return {(kind, f"{value} {name}".strip()) for kind, value in found if name or kind != "address"}


def _name(trait: Trait) -> str:
    """Return a name without regard to order; blank where a part of it is missing."""
    return " ".join(sorted(f"{trait.given} {trait.family}".split())) if trait.given and trait.family else ""


def _people(sheet: Sheet, column: str) -> Iterator[Entry]:
    """Yield the people whom a column names by number or id."""
    return (("person", str(cell).strip()) for cell in sheet.frame[column].drop_nulls().to_list())


def _added(
    session: Session, incident: Incident, sha256: str, indexes: set[Entry], purpose: str, reason: str, actor: str
) -> int:  # fmt: skip
    """Add the entries that are not there yet; return how many."""
    wanted = select(Suppression).where(Suppression.incident_id == incident.id, Suppression.list_sha256 == sha256)
    there = {(row.kind, row.value_index): row for row in session.exec(wanted)}
    for row in there.values():
        row.purpose, row.reason, row.stated_by, row.lifted_at = purpose, reason, actor, None
    new = [
        Suppression(
            incident_id=incident.id, list_sha256=sha256, purpose=purpose, kind=kind, value_index=index, reason=reason,
            stated_by=actor,
        )
        for kind, index in sorted(indexes - set(there))
    ]  # fmt: skip
    session.add_all([*there.values(), *new])
    session.flush()
    return len(new)


def _reason(reason: str) -> str:
    """Return the reason, tidied. Raises Refusal where there is none, or it holds somebody's address."""
    words = impersonal(reason, "reason")
    if not words or len(words) > LONGEST:
        raise Refusal("A reason is needed, in a sentence or two.", 'Say why: --reason "deceased, next of kin is told"')
    return words


def _enter(session: Session, incident: Incident, actor: str, verb: str, words: str, data: dict[str, Any]) -> None:
    """Write a list's entry into the timeline: counts and a hash."""
    record(session, incident.id, actor=actor, verb=verb, object_type="suppression", text=words, data=data)
