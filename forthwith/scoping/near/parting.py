"""A merge is taken back: some of a person's rows become a person of their own, and no later load joins the two."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock, keys
from forthwith.keys import DataKey
from forthwith.scoping import gathering, storing
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.expiring import forget
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import opened
from forthwith.scoping.near.deciding import noted
from forthwith.scoping.near.evidence import Told, rows_of
from forthwith.scoping.near.proposing import DIFFERENT
from forthwith.scoping.normalising.places import country_code
from forthwith.scoping.numbered import named, reason_for, refuse
from forthwith.scoping.suppressing import rematch
from forthwith.scoping.versions import next_version, settle
from forthwith.timeline import record
from models import Incident, Person, PersonRecord, Refusal, ScopeChange, new_id
from models.delivery import SAME_ADDRESSEE

EXAMPLE = "father and son of one name"
PARTED = "parted"
# every address that a notice to them went to, or perhaps went to
TRIED = text("""
select distinct d.medium, d.address_index from delivery d where d.recipient_id = :person and d.recipient_kind = 'person'
   and (d.state not in ('planned', 'held', 'cancelled')
        or exists (select 1 from attempt a where a.delivery_id = d.id and a.outcome is distinct from 'refused'))
""")
# they were held to be told by somebody else's message
BY_ANOTHER = text(
    "select count(*) from delivery"
    " where recipient_id = :person and state = 'cancelled' and starts_with(reason, :shared)"
)
MOVE = text("update person_source set person_id = :to where id = any(:ids)")
FIRST = text("update person_source set reason = 'first' where id = any(:ids)")
Rows = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, repr=False)
class _Parted:
    """Two people where there was one."""

    kept: Subject
    new: Subject


def part(
    session: Session, incident: Incident, number: int, rows: Rows, *, evidence: Sequence[Path], reason: str, actor: str,
    columns: Mapping[str, str] | None = None, country: str | None = None,
) -> ScopeChange:  # fmt: skip
    """Make `rows` (file, row from 0) of a person a person of their own; whoever keeps the number keeps what was sent.

    The files are needed again, since no row is kept; both are gathered anew from their own rows. Raises Refusal where
    they are not the same files, where no row would stay or leave, where a notice went to an address or a name that
    would leave, and where the reason is missing or names them.
    """
    version, (person,) = next_version(session, incident), named(session, incident, [number])
    do = "Take them back first, with `forthwith people restore`."
    refuse((one.number for one in [person] if one.removed_at), "out of scope", do)
    words = reason_for(incident, [person], reason, EXAMPLE)
    told = rows_of(session, person, evidence, columns or {}, _country(country))
    stay, leave = _divided(person, told, rows)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    made = _gathered(opened(person, key), stay, leave, version, storing.next_number(session, incident))
    _check_sent(session, person, opened(person, key).record, made.kept.record)
    _write(session, incident, key, made, stay, leave)
    changed = _settled(session, incident, made, version, words, actor)
    _remember(session, incident, made, words, actor)
    return changed


def _country(stated: str | None) -> str:
    """Return a stated country's code. Raises Refusal where it is none."""
    code = country_code(stated) if stated else ""
    if code is None:
        raise Refusal(f"There is no country {stated!r}.", "Say its ISO code, such as DE.")
    return code


def _divided(person: Person, told: Sequence[Told], rows: Rows) -> tuple[list[Told], list[Told]]:
    """Return the rows that stay and those that leave. Raises Refusal where one is not theirs, or none would stay."""
    there = {(one.file, one.source.row): one for one in told}
    see = "`forthwith people merges` lists the rows."
    for file, row in rows:
        if (file, row) not in there:
            raise Refusal(f"Row {row} of {file} is none of No. {person.number}.", see)
    leave = [one for place, one in there.items() if place in set(rows)]
    stay = [one for place, one in there.items() if place not in set(rows)]
    if not leave or not stay:
        raise Refusal(f"No row of No. {person.number} would {'stay' if leave else 'leave'}.", f"Name some rows: {see}")
    return stay, leave


def _gathered(old: Subject, stay: list[Told], leave: list[Told], version: int, number: int) -> _Parted:
    """Return both people, each from their own rows alone."""
    kept = Subject(
        old.id, old.number, PersonRecord(), kind=old.kind, party_id=old.party_id, moves=old.moves,
        changes=[*old.changes, version],
    )  # fmt: skip
    new = Subject(new_id(), number, PersonRecord(), kind=old.kind, party_id=old.party_id, moves=[version])
    for subject, rows in ((kept, stay), (new, leave)):
        seen = [trait.packed() for one in rows for trait in one.traits]
        gathering.add_rows(subject, [one.row for one in rows], seen, clock.today())
    _as_before(kept.record, old.record, stay)
    return _Parted(kept, new)


def _as_before(record_: PersonRecord, old: PersonRecord, stay: Sequence[Told]) -> None:
    """Keep name and addresses as they were where they may stay: deliveries count addresses by their place."""
    for name in ("emails", "phones", "faxes"):
        values = getattr(record_, name)
        setattr(record_, name, [value for value in getattr(old, name) if value in values])
    if any(one.row.name.whole == old.name for one in stay):
        record_.name, record_.given, record_.family = old.name, old.given, old.family
    if any(list(one.row.address.lines) == old.address for one in stay):
        record_.address, record_.postcode, record_.country = old.address, old.postcode, old.country


def _check_sent(session: Session, person: Person, old: PersonRecord, kept: PersonRecord) -> None:
    """Raise Refusal where a notice went out that whoever keeps the number would not have got."""
    shared = {"person": person.id, "shared": SAME_ADDRESSEE.partition("{")[0]}
    by_another = session.execute(BY_ANOTHER, shared).scalar_one()
    refuse([person.number] if by_another else [], "told by another's message", "That record stays as it is.")
    tried = session.execute(TRIED, {"person": person.id}).all()
    lost = [one for one in tried if _address(old, *one) not in _addresses(kept, one.medium)]
    if lost or (tried and kept.name != old.name):
        raise Refusal(
            f"A notice to No. {person.number} went to an address or a name that would leave.",
            "Part the other rows instead: whoever was told keeps the number, and the new person is told.",
        )


def _addresses(held: PersonRecord, medium: str) -> list[str]:
    """Return a person's addresses of a medium, as deliveries count them."""
    ways = {
        "email": held.emails, "sms": held.phones, "voice": held.phones, "fax": held.faxes,
        "letter": ["\n".join(held.address)],
    }  # fmt: skip
    return ways.get(medium, [])


def _address(held: PersonRecord, medium: str, index: int) -> str:
    """Return the address that a delivery went to; blank where it is held no more."""
    found = _addresses(held, medium)
    return found[index] if index < len(found) else ""


def _write(
    session: Session, incident: Incident, key: DataKey, made: _Parted, stay: Sequence[Told], leave: Sequence[Told]
) -> None:  # fmt: skip
    """Write both people, and whose the rows are."""
    storing.add(session, incident, key, made.new)
    storing.change(session, key, [made.kept])
    session.execute(MOVE, {"to": made.new.id, "ids": [one.source.id for one in leave]})
    session.execute(FIRST, {"ids": [some[0].source.id for some in (stay, leave)]})
    forget(session)


def _settled(
    session: Session, incident: Incident, made: _Parted, version: int, reason: str, actor: str
) -> ScopeChange:  # fmt: skip
    """Count anew, and write the version and its entry."""
    rematch(session, incident)
    form_cohorts(session, incident)
    change = settle(session, incident, version, by=actor, what="part", reason=reason, added=1, changed=1)
    record(
        session, incident.id, actor=actor, verb=PARTED, object_type="scope", object_id=version,
        text=f"A merge was taken back: {reason}",
        data={"numbers": [made.kept.number, made.new.number], "scope_version": version, "in_scope": change.people},
    )  # fmt: skip
    return change


def _remember(session: Session, incident: Incident, made: _Parted, reason: str, actor: str) -> None:
    """Let no later load join the two again."""
    ids: list[uuid.UUID] = [made.kept.id, made.new.id]
    people = [session.get_one(Person, one) for one in ids]
    noted(session, incident, people, DIFFERENT, reason=reason, actor=actor, why=PARTED)
