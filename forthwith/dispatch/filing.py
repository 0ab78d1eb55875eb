"""What a person does by hand: a filing is handed in at a portal; the mailing house's return file is loaded."""

import re
import uuid
from datetime import datetime

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.channels import Returning
from forthwith.channels import channel as channel_named
from forthwith.dispatch.receipts import ReceiveReport, take
from forthwith.dispatch.sequence import release
from forthwith.dispatch.states import UNREACHED
from forthwith.timeline import record
from models import Delivery, DeliveryState, Incident, Medium, NoticeDuty, Obligation, Refusal

REFERENCE = re.compile(r"[\w.:/#-]{1,80}")


def filed(
    session: Session, incident: Incident, obligation_key: str, *, reference: str, actor: str,
    at: datetime | None = None,
) -> Obligation:  # fmt: skip
    """Note that a person handed in the filing of a duty, under the authority's own reference, at `at` (now)."""
    if not REFERENCE.fullmatch(reference):
        raise Refusal("A reference is letters, digits and . : / # - only.", "Give the authority's own reference.")
    duty = _duty(session, incident, obligation_key)
    if duty.met_at is not None:
        raise Refusal(f"The duty {duty.key} is already met.", "Nothing is left to hand in.")
    at = at or clock.now()
    if at > clock.now():
        raise Refusal("A filing can't have been handed in later than now.", "Check --at.")
    for delivery in _filings(session, duty):
        delivery.state, delivery.state_at, delivery.reason = DeliveryState.DELIVERED, at, None
        delivery.provider_ref = reference
    duty.met_at = at
    session.flush()
    freed = release(session, incident.id)
    record(
        session, incident.id, actor=actor, verb="filed", object_type="obligation", object_id=duty.id,
        text=f"{duty.key} was handed in to {duty.recipient}", data={"reference": reference, "released": freed},
    )  # fmt: skip
    return duty


def _duty(session: Session, incident: Incident, key: str) -> Obligation:
    """Return the current duty that is to be told to an authority or another organisation."""
    found = session.exec(
        select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current), Obligation.key == key)
    ).first()
    if found is None or found.audience == "individuals":
        raise Refusal(
            f"No duty that is filed is called {key!r}.", f"`forthwith send status {incident.ref}` lists them."
        )
    return found


def _filings(session: Session, duty: Obligation) -> list[Delivery]:
    """Return the prepared filings of a duty. Refuses where one wasn't written yet: nobody saw what was approved."""
    joined = select(Delivery).join(NoticeDuty, col(NoticeDuty.notice_id) == Delivery.notice_id)
    rows = session.exec(
        joined.where(NoticeDuty.obligation_id == duty.id, Delivery.recipient_kind == "party").with_for_update()
    ).all()
    ready = [row for row in rows if row.medium == Medium.FILING or row.state not in UNREACHED]
    early = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    if not ready or any(row.state in early for row in ready):
        raise Refusal(
            f"The filing of {duty.key} isn't prepared yet.", "Approve and send it first: it is then in the outbox."
        )
    return ready


def settle_letters(session: Session, incident: Incident, body: bytes, *, channel: str = "print_file") -> ReceiveReport:
    """Load a mailing house's return file. Raises Refusal naming each bad line; then nothing is taken."""
    reader = channel_named(channel)
    if not isinstance(reader, Returning):
        raise Refusal(f"The channel {channel!r} has no return files.", "Name the channel that printed the letters.")
    events = reader.returned(body)
    ours = select(Delivery.id).where(Delivery.incident_id == incident.id, Delivery.channel == channel)
    known = {str(one) for one in session.exec(ours).all()}
    strangers = [event for event in events if event.key not in known]
    if strangers:
        raise Refusal(
            f"{len(strangers)} lines of the return file are not of {incident.ref}.", "Load each incident's own file."
        )
    return take(session, events)


def delivery_of(session: Session, incident: Incident, text: str) -> uuid.UUID:
    """Return the id of one of an incident's deliveries, from what somebody typed."""
    try:
        found = session.get(Delivery, uuid.UUID(text))
    except ValueError:
        found = None
    if found is None or found.incident_id != incident.id:
        raise Refusal("No such delivery is in this incident.", "`forthwith send status` lists what is in doubt.")
    return found.id
