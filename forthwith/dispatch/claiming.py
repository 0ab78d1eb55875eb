"""Take a batch: the rows become `sending` and their attempts are durable, before anything goes on the wire."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import repeat
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock, db
from forthwith.dispatch import remedies
from forthwith.dispatch.addressing import Addressed, Addresser, Due, Unaddressed
from forthwith.dispatch.control import paused
from forthwith.dispatch.leaving import Wording
from forthwith.dispatch.quiet import AWAKE, asleep, loud
from forthwith.dispatch.states import NO_CODE, SAME_ADDRESSEE, UNREADABLE
from forthwith.dispatch.stops import NOT_STOPPED
from forthwith.filling.exposed import SEPARATOR
from forthwith.filling.wishes import SET_LARGE, large
from models import DeliveryState, Party, RecipientKind
from models.base import id_texts, new_id, new_ids

PLACE = re.compile(r"(?<!:):(\w+)")  # of a parameter, as SQLAlchemy writes it

GROUPS = f"""
select d.channel, d.variant_id, d.recipient_kind as kind, v.medium from delivery d join variant v on v.id = d.variant_id
 where d.incident_id = :incident and d.untold = 'planned' and (d.not_before is null or d.not_before <= :now)
   and {NOT_STOPPED}
   and not exists (select 1 from send_pause s where s.incident_id = :incident and s.ended_at is null
                                                and s.channel in ('', d.channel))
 group by d.channel, d.variant_id, d.recipient_kind, v.medium order by min(d.due_at) nulls last, d.channel, d.variant_id
"""

# the order is that of `ix_delivery_planned`, and says nothing new; but asked for so, no other index will do. By
# equality alone the planner takes the one of the whole incident, and reads for each batch all that were sent before
DUE = f"""
select uuid_send(d.id), uuid_send(d.notice_id), uuid_send(d.recipient_id), d.address_index, p.sealed, p.sealed_sha256,
       array_to_string(p.elements, '{SEPARATOR}')
  from delivery d left join person p on p.id = d.recipient_id and d.recipient_kind = 'person'
 where d.incident_id = :incident and d.channel between :channel and :channel
   and d.variant_id between :variant and :variant and d.recipient_kind = :kind
   and d.untold = 'planned' and (d.not_before is null or d.not_before <= :now)
   and {NOT_STOPPED} {{awake}}
 order by d.channel, d.variant_id limit :size for update of d skip locked
"""

TAKEN = text("""
select address_key, id from delivery where notice_id = :notice and address_key = any(:keys)
""")

# what is hashed is the approved wording, the sealed record and the kinds of data: nothing that could be guessed
TAKE = text("""
with leased as (
  insert into lease (id, created_at, incident_id, until, deliveries) values (:lease, :now, :incident, :until, :ids)),
mine as (
  update delivery d set state = 'sending', claimed_by = :worker, claimed_until = :until, state_at = :now,
         not_before = null, reason = null, address_key = k.key, tries = d.tries + 1
    from unnest(cast(:ids as uuid[]), cast(:keys as text[]), cast(:attempts as uuid[]), cast(:hashes as text[]))
         as k(id, key, attempt, hash) where d.id = k.id
  returning d.id, d.incident_id, d.channel, d.tries, k.attempt, k.hash),
tried as (
  insert into attempt (id, created_at, incident_id, delivery_id, n, channel, started_at, request_sha256)
  select attempt, :now, incident_id, id, tries, channel, :now, hash from mine
  returning delivery_id, n)
select count(*) as all, coalesce(jsonb_object_agg(delivery_id, n) filter (where n > 1), '{}') as again from tried
""")

# a thousand rows are found by their ids; left to itself the database would read all that an incident has
SEEK = "select set_config('enable_seqscan', 'off', true)"
BY_ID = text(SEEK)

# whatever a server is set to: an attempt that is lost in a crash is a message that is sent again
DURABLE = text(f"""
{SEEK}, set_config('synchronous_commit', case found when 'off' then 'on' else found end, true)
  from current_setting('synchronous_commit') as found
""")

SET_ASIDE = text("""
update delivery d set state = k.state, reason = k.reason, state_at = :now
  from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:reasons as text[])) as k(id, state, reason)
 where d.id = k.id
""")


@dataclass(frozen=True, slots=True)
class Group:
    """What one batch has in common."""

    channel: str
    variant_id: uuid.UUID
    kind: str
    medium: str


class Claimed(NamedTuple):
    """One delivery that is ours until the lease ends, with its attempt; ids as 16 bytes, `key` is the delivery's."""

    key: str
    delivery_id: bytes
    attempt_id: bytes
    n: int
    to: Addressed


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch, under a lease. `aside` lists what was set aside instead, with its new state."""

    rows: list[Claimed]
    aside: dict[bytes, str]
    until: datetime
    worker: str
    lease: uuid.UUID

    @property
    def empty(self) -> bool:
        """Whether there was nothing left to take."""
        return not self.rows and not self.aside

    @property
    def ids(self) -> list[bytes]:
        """The ids of all, as 16 bytes."""
        return [row.delivery_id for row in self.rows] + list(self.aside)


def groups(session: Session, incident_id: uuid.UUID) -> list[Group]:
    """Return what is due, in groups that can share a batch; the earliest deadline first."""
    found = session.execute(text(GROUPS), {"incident": incident_id, "now": clock.now()}).all()
    return [Group(*row) for row in found]


def claim(
    session: Session, incident_id: uuid.UUID, group: Group, wording: Wording, *, addresser: Addresser, size: int,
    worker: str, lease: float,
) -> Claim:  # fmt: skip
    """Take up to `size` deliveries of a group for `lease` seconds. Raises IntegrityError where two took one address."""
    now = clock.now()
    due = _due(session, incident_id, group, now, size)
    found = _addressed(session, incident_id, addresser, group, due)
    if group.kind == RecipientKind.PERSON and remedies.wanted(wording.content):
        found = _with_codes(session, incident_id, due, found, addresser)
    notice = uuid.UUID(bytes=due[0].notice_id) if due else None
    aside = _set_aside(session, notice, found, now)
    ready = {one: to for one, to in found.items() if isinstance(to, Addressed) and one not in aside}
    until = now + timedelta(seconds=lease)
    hashes = _request_sha256s(wording.sha256, group, [row for row in due if row.id in ready])
    taken = Claim([], {one: state for one, (state, _) in aside.items()}, until, worker, new_id())
    if ready:
        taken.rows.extend(_take(session, incident_id, ready, hashes, taken, now))
    return taken


def _due(session: Session, incident_id: uuid.UUID, group: Group, now: datetime, size: int) -> list[Due]:
    """Lock what is due of a group; nothing of a channel that somebody paused, and nobody who is asleep."""
    if paused(session, incident_id, group.channel):
        return []
    keys: dict[str, Any] = {
        "incident": incident_id, "channel": group.channel, "variant": group.variant_id, "kind": group.kind,
        "now": now, "size": size,
    }  # fmt: skip
    if not (loud(group.medium, group.channel) and group.kind == RecipientKind.PERSON):
        return _in_binary(session, DUE.format(awake=""), keys)
    silent = asleep(session, incident_id, now).keys(now)
    return _in_binary(session, DUE.format(awake=f"and {AWAKE}"), {**keys, **silent})


def _in_binary(session: Session, statement: str, keys: Mapping[str, Any]) -> list[Due]:
    """Ask in this session's own transaction; records come as they are kept, ids and bytes not written out as text."""
    own = session.connection().connection.driver_connection
    assert isinstance(own, psycopg.Connection)
    with own.cursor(binary=True) as opened:
        return list(map(Due._make, opened.execute(_placed(statement), keys).fetchall()))


@lru_cache(maxsize=16)
def _placed(statement: str) -> str:
    """Return a statement with its parameters as the driver writes them."""
    return PLACE.sub(r"%(\1)s", statement)


def _with_codes(
    session: Session, incident_id: uuid.UUID, due: Sequence[Due], found: dict[bytes, Addressed | Unaddressed],
    addresser: Addresser,
) -> dict[bytes, Addressed | Unaddressed]:  # fmt: skip
    """Give each person the code that the wording tells them; who finds none left is held."""
    person = {row.id: uuid.UUID(bytes=row.recipient_id) for row in due if isinstance(found[row.id], Addressed)}
    codes = remedies.give(session, incident_id, person.values(), addresser.key) if person else {}
    return {**found, **{one: _with_code(found[one], codes.get(who)) for one, who in person.items()}}


def _with_code(to: Addressed | Unaddressed, code: str | None) -> Addressed | Unaddressed:
    if isinstance(to, Unaddressed):
        return to
    return to._replace(slots={**to.slots, remedies.SLOT: code}) if code else Unaddressed(NO_CODE, lasting=False)


def _addressed(
    session: Session, incident_id: uuid.UUID, addresser: Addresser, group: Group, due: Sequence[Due]
) -> dict[bytes, Addressed | Unaddressed]:
    """Return the recipient of each row."""
    if group.kind == RecipientKind.PERSON:
        told = addresser.people(due, group.medium)
        found = {row.id: to for row, to in zip(due, told, strict=True)}
        found |= _in_large(session, incident_id, addresser, group, due, told)
        # not the record that legal's approval is bound to
        changed = [row.id for row in due if row.sealed and sha256(row.sealed).hexdigest() != row.sealed_sha256]
        return found | dict.fromkeys(changed, Unaddressed(UNREADABLE, lasting=False))
    if group.kind == RecipientKind.PARTY:
        parties = {row.id: session.get_one(Party, uuid.UUID(bytes=row.recipient_id)) for row in due}
        return {one: addresser.party(party, group.medium) for one, party in parties.items()}
    return {row.id: Addressed(to="", name="", slots=addresser.public()) for row in due}


def _in_large(
    session: Session, incident_id: uuid.UUID, addresser: Addresser, group: Group, due: Sequence[Due],
    told: Sequence[Addressed | Unaddressed],
) -> dict[bytes, Addressed | Unaddressed]:  # fmt: skip
    """Return those who wish large print, to be set so: the words are the approved ones, their size is the reader's."""
    if group.medium not in SET_LARGE:
        return {}
    people = [uuid.UUID(bytes=row.recipient_id) for row in due]
    wanted = large(session, addresser.key, incident_id, group.medium, people)
    return {
        row.id: to._replace(large=True) for row, person, to in zip(due, people, told, strict=True)
        if person in wanted and isinstance(to, Addressed)
    }  # fmt: skip


def _request_sha256s(content_sha256: str, group: Group, due: Sequence[Due]) -> dict[bytes, str]:
    """Return what each attempt keeps of its call: a hash of the approved wording, sealed record and kinds of data.

    None of it could be guessed from the hash.
    """
    medium = group.medium
    return {
        row.id: sha256(
            f"{content_sha256}:{row.sealed_sha256 or uuid.UUID(bytes=row.recipient_id)}:{medium}:{row.address_index}"
            f"{'' if row.elements is None else f':{row.elements}'}".encode()
        ).hexdigest()
        for row in due
    }


def _take(
    session: Session, incident_id: uuid.UUID, ready: dict[bytes, Addressed], hashes: Mapping[bytes, str], claim: Claim,
    now: datetime,
) -> list[Claimed]:  # fmt: skip
    """Mark rows as ours and write the lease and their attempts, in one statement."""
    session.execute(DURABLE)
    texts = id_texts(list(ready))
    ids, attempts = db.Ids(ready), db.Ids(sorted(new_ids(len(ready))))
    blind = [to.key for to in ready.values()]
    keys = {
        "ids": ids, "keys": blind if None in blind else db.Texts(one for one in blind if one), "attempts": attempts,
        "hashes": db.Texts(hashes[one] for one in ids), "worker": claim.worker, "until": claim.until, "now": now,
        "lease": claim.lease, "incident": incident_id,
    }  # fmt: skip
    taken = session.execute(TAKE, keys).one()
    assert taken.all == len(ready), "every row was locked by us"
    tries = [taken.again.get(key, 1) for key in texts] if taken.again else repeat(1)
    return list(map(Claimed, texts, ids, attempts, tries, ready.values()))


def _set_aside(
    session: Session, notice: uuid.UUID | None, found: dict[bytes, Addressed | Unaddressed], now: datetime
) -> dict[bytes, tuple[str, str]]:
    """Write down, with the reason, what can't or needn't go; return the new state of each."""
    aside = {one: _unfit(to) for one, to in found.items() if isinstance(to, Unaddressed)}
    keyed = {one: to.key for one, to in found.items() if isinstance(to, Addressed) and to.key}
    taken = _taken(session, notice, keyed)
    for one, key in keyed.items():
        if taken.setdefault(key, one) != one:
            aside[one] = (DeliveryState.CANCELLED, SAME_ADDRESSEE.format(uuid.UUID(bytes=taken[key])))
    if aside:
        states, reasons = zip(*aside.values(), strict=True)
        session.execute(SET_ASIDE, {"ids": db.Ids(aside), "states": list(states), "reasons": list(reasons), "now": now})
    return aside


def _unfit(to: Unaddressed) -> tuple[str, str]:
    return (DeliveryState.FAILED if to.lasting else DeliveryState.HELD, to.reason)


def _taken(session: Session, notice: uuid.UUID | None, keyed: dict[bytes, str]) -> dict[str, bytes]:
    """Return which addresses of a notice somebody's delivery has already."""
    if not keyed:
        return {}
    keys = {"notice": notice, "keys": db.Texts(keyed.values())}
    found = [(row.address_key, row.id.bytes) for row in session.execute(TAKEN, keys)]
    return {key: one for key, one in found if one not in keyed}
