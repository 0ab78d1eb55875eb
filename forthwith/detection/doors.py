"""The doors for alerts: which source may call, how it proves itself, and what its call becomes."""

import base64
import hashlib
import os
import re
import secrets
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.detection.intake import detect, read_payload
from forthwith.detection.parsed import at
from forthwith.detection.proofs import PREFIX, WAYS, Call, Forged, checked_certificate
from forthwith.detection.sources import source as source_named
from models import AlertCall, AlertDoor, Refusal, new_id, utc_now

USUAL = {
    "github_secret_scanning": "github", "okta": "bearer", "wazuh": "bearer", "elastic_security": "bearer",
    "splunk": "bearer", "microsoft_sentinel": "bearer", "google_workspace": "bearer",
}  # fmt: skip
CONFIRM_URL = re.compile(r"https://sns\.[a-z0-9-]{1,30}\.amazonaws\.com(?:\.cn)?/[!-~]{1,900}")
CONFIRMATION = "SubscriptionConfirmation"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a call became. `again`: the same call was taken before."""

    signals: int = 0
    new: int = 0
    incident: str | None = None
    opened: bool = False
    again: bool = False
    asks_confirmation: bool = False


def make(
    session: Session, source: str, *, by: str, way: str | None = None, open: bool = False,
    certificate: bytes | None = None, topic: str | None = None,
) -> tuple[AlertDoor, str]:  # fmt: skip
    """Make a source's door anew and return it with its secret, which is never shown again. An older secret ends.

    Raises Refusal for an unknown source or way, and for SNS without certificate and topic.
    """
    source_named(source)
    chosen = way or ("sns" if certificate else USUAL.get(source, "signed"))
    secret = _secret(chosen, certificate, topic)
    ident = new_id()
    wrapped = keys.new_data_key(ident)
    if old := _door(session, source):
        session.delete(old)
        session.flush()
    door = AlertDoor(
        id=ident, source=source, way=chosen, open=open, wrapped_key=wrapped, topic=topic, made_by=by,
        sealed=keys.unwrap(ident, wrapped).seal(ident, secret.encode()),
    )  # fmt: skip
    session.add(door)
    session.flush()
    return door, "" if chosen == "sns" else secret


def _secret(way: str, certificate: bytes | None, topic: str | None) -> str:
    if way not in WAYS:
        raise Refusal(f"There is no way called {way[:40]!r}.", f"Choose one of: {', '.join(WAYS)}.")
    if way != "sns":
        return PREFIX + base64.b64encode(os.urandom(32)).decode() if way == "signed" else secrets.token_urlsafe(32)
    if not certificate or not topic:
        raise Refusal("Amazon SNS needs a certificate and a topic.", "Give --certificate FILE and --topic ARN.")
    return checked_certificate(certificate)


def end(session: Session, source: str) -> None:
    """Shut a source's door. Raises Refusal where it has none."""
    door = _door(session, source)
    if door is None or door.ended_at:
        raise Refusal("That source has no open door.", "`forthwith detect doors` shows them.")
    door.ended_at = clock.now()
    session.add(door)


def listing(session: Session) -> list[AlertDoor]:
    """Return the doors that stand open."""
    standing = select(AlertDoor).where(col(AlertDoor.ended_at).is_(None))
    return list(session.exec(standing.order_by(AlertDoor.source)).all())


def exists(session: Session, source: str) -> bool:
    """Return whether a source may call."""
    door = _door(session, source)
    return door is not None and door.ended_at is None


def _door(session: Session, source: str) -> AlertDoor | None:
    return session.exec(select(AlertDoor).where(AlertDoor.source == source)).first()


def take(session: Session, source: str, call: Call) -> Taken:
    """Take a call in. Raises Forged before anything is read of it but its proof, and Refusal where it is no alert."""
    door = _door(session, source)
    if door is None or door.ended_at:
        raise Forged("No such source may call here.", "`forthwith detect secret SOURCE` lets one.")
    secret = keys.unwrap(door.id, door.wrapped_key).open(door.id, door.sealed).decode()
    ident = WAYS[door.way](call, secret, door.topic)
    payload = read_payload(call.body)
    if door.way == "sns" and at(payload, "Type") != "Notification":
        return _confirmation(session, door, payload)
    seen = _first(session, source, ident, call.body) if ident else None
    if seen:
        return Taken(signals=seen.signals, again=True)
    found = detect(session, payload, actor=f"source:{source}", source_name=source, open=door.open)
    if ident:
        _count(session, source, ident, len(found.signals))
    ref = found.incident.ref if found.incident else None
    return Taken(len(found.signals), found.new, ref, found.opened)


def _confirmation(session: Session, door: AlertDoor, payload: object) -> Taken:
    """Keep the address that confirms a subscription, for a person: an address from outside is never fetched."""
    if at(payload, "Type") == CONFIRMATION:
        stated = str(at(payload, "SubscribeURL"))
        door.confirm_url = stated if CONFIRM_URL.fullmatch(stated) else None
        session.add(door)
    return Taken(asks_confirmation=True)


def _first(session: Session, source: str, ident: str, body: bytes) -> AlertCall | None:
    """Remember a call; return the earlier one of the same id. Two at once: the second waits for the first's end.

    Raises Forged where the same id came with another body.
    """
    digest = hashlib.sha256(body).hexdigest()
    row = {"id": new_id(), "created_at": utc_now(), "source": source, "call_id": ident, "body_sha256": digest,
           "signals": 0}  # fmt: skip
    made = session.execute(insert(AlertCall).values(row).on_conflict_do_nothing().returning(col(AlertCall.id))).first()
    if made:
        return None
    known = session.exec(select(AlertCall).where(AlertCall.source == source, AlertCall.call_id == ident)).one()
    if known.body_sha256 != digest:
        raise Forged("The call uses an id again for something else.", "Nothing of it was taken.")
    return known


def _count(session: Session, source: str, ident: str, signals: int) -> None:
    row = session.exec(select(AlertCall).where(AlertCall.source == source, AlertCall.call_id == ident)).one()
    row.signals = signals
    session.add(row)
    session.flush()
