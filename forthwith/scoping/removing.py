"""People are taken out of scope, and back in, with a reason. Nobody is deleted: what was known can be proven."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.numbered import named, reason_for, refuse
from forthwith.scoping.versions import next_version, settle
from forthwith.timeline import record
from models import Incident, Person, ScopeChange
from models.delivery import OUT_OF_SCOPE, SAME_ADDRESSEE

EXAMPLE = "a test account, never a customer"
# told, or perhaps told: a call that was not refused, a state behind it, a message that another person got for both;
# or somebody else is held to be told by theirs
TOLD = text("""
select distinct p.number from person p join delivery d on d.recipient_id = p.id and d.recipient_kind = 'person'
 where p.id = any(:ids)
   and (d.state not in ('planned', 'held', 'cancelled') or (d.state = 'cancelled' and starts_with(d.reason, :shared))
        or exists (select 1 from attempt a where a.delivery_id = d.id and a.outcome is distinct from 'refused')
        or exists (select 1 from delivery o where o.notice_id = d.notice_id and o.reason = :shared || d.id))
 order by p.number
""")
TAKE_OUT = text(
    "update person set removed_at = :now, cohort_id = null, moves = array_append(moves, :version) where id = any(:ids)"
)
TAKE_IN = text("update person set removed_at = null, moves = array_append(moves, :version) where id = any(:ids)")
# what waits for them must not go, even where nobody plans again before the next approval; and their address is free
# for somebody else who has the same
CANCEL = text(
    "update delivery set state = 'cancelled', reason = :scope, address_key = null, state_at = :now"
    " where recipient_kind = 'person' and recipient_id = any(:ids) and state in ('planned', 'held')"
)
# the next plan lifts what nobody tried; what a provider refused for a while goes on waiting for its next try
RESUME = text(
    "update delivery d set state = 'planned', reason = null, state_at = :now"
    " where recipient_kind = 'person' and recipient_id = any(:ids) and state = 'cancelled' and reason = :scope"
    " and exists (select 1 from attempt a where a.delivery_id = d.id)"
)


def remove(
    session: Session, incident: Incident, numbers: Sequence[int], *, reason: str, actor: str
) -> ScopeChange:  # fmt: skip
    """Take people out of scope: they stay on record and belong to no cohort, so no notice and no count has them.

    All or none. Raises Refusal where a number is unknown or out already, where a notice to somebody left, and where the
    reason is missing or names one of them.
    """
    version, people = next_version(session, incident), named(session, incident, numbers)
    refuse((p.number for p in people if p.removed_at), "out of scope already", "Leave them out of the list.")
    ids, words = [person.id for person in people], reason_for(incident, people, reason, EXAMPLE)
    told = session.execute(TOLD, {"ids": ids, "shared": SAME_ADDRESSEE.partition("{")[0]}).scalars()
    refuse(
        told, "told already, or a notice was tried", "That record stays, and so do they: leave them out of the list."
    )
    session.execute(TAKE_OUT, {"ids": ids, "now": clock.now(), "version": version})
    session.execute(CANCEL, {"ids": ids, "now": clock.now(), "scope": OUT_OF_SCOPE})
    return _moved(session, incident, people, version, words, actor, "remove")


def restore(
    session: Session, incident: Incident, numbers: Sequence[int], *, reason: str, actor: str
) -> ScopeChange:  # fmt: skip
    """Take people who were removed back into scope, with all that was learned of them since.

    All or none. Raises Refusal where a number is unknown or in scope, or the reason is missing or names one of them.
    """
    version, people = next_version(session, incident), named(session, incident, numbers)
    refuse((p.number for p in people if not p.removed_at), "in scope", "Leave them out of the list.")
    ids, words = [person.id for person in people], reason_for(incident, people, reason, EXAMPLE)
    session.execute(TAKE_IN, {"ids": ids, "version": version})
    session.execute(RESUME, {"ids": ids, "now": clock.now(), "scope": OUT_OF_SCOPE})
    return _moved(session, incident, people, version, words, actor, "restore")


def _moved(
    session: Session, incident: Incident, people: Sequence[Person], version: int, reason: str, actor: str, what: str
) -> ScopeChange:  # fmt: skip
    """Count anew after people went or came back, and write the version and its entry."""
    numbers = [person.number for person in people]
    form_cohorts(session, incident)
    came, went = (0, len(numbers)) if what == "remove" else (len(numbers), 0)
    made = settle(session, incident, version, by=actor, what=what, reason=reason, added=came, removed=went)
    way, verb = ("out of scope", "removed") if went else ("back into scope", "restored")
    record(
        session, incident.id, actor=actor, verb=verb, object_type="scope", object_id=version,
        text=f"{_people(len(numbers))} taken {way}: {reason}",
        data={"people": len(numbers), "numbers": numbers, "scope_version": version, "in_scope": made.people},
    )  # fmt: skip
    return made


def _people(count: int) -> str:
    """Return a count of people in words."""
    return "1 person was" if count == 1 else f"{count} people were"
