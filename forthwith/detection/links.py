"""Secret addresses at which people report an incident without an account."""

import hashlib
import re
import secrets
import uuid
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.settings import settings
from models import Party, Refusal, ReportLink

AUDIENCES = ("employee", "partner")
MOST_DAYS = 366
SHOWN = 7  # days for which the desk is told that a link had to refuse reports
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def make(
    session: Session, *, by: str, days: int = 90, audience: str = "employee", party: str | None = None
) -> tuple[ReportLink, str]:
    """Return a new link and its secret, which is never shown again. A partner's is bound to their party's code.

    Raises Refusal for an unknown audience or party, and for days that are none.
    """
    if audience not in AUDIENCES:
        raise Refusal(f"Nobody is called {audience[:40]!r} here.", f"Choose one of: {', '.join(AUDIENCES)}.")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal("A link lives from 1 to 366 days.", "Give --days in that range.")
    bound = _bound(session, audience, party)
    secret = secrets.token_urlsafe(32)
    link = ReportLink(
        secret_sha256=_digest(secret), audience=audience, party_id=bound.id if bound else None, made_by=by,
        expires_at=clock.now() + timedelta(days=days),
    )  # fmt: skip
    session.add(link)
    session.flush()
    return link, secret


def _bound(session: Session, audience: str, code: str | None) -> Party | None:
    if audience == "employee":
        if code:
            raise Refusal("An employee's link is bound to no party.", "Leave --party away, or say --for partner.")
        return None
    found = session.exec(select(Party).where(Party.code == code)).first() if code else None
    if found is None:
        raise Refusal("A partner's link needs the partner.", "Give --party CODE; `--name` makes a new one.")
    return found


def partner(session: Session, code: str, name: str) -> Party:
    """Return the party of this code, made where there is none. Raises Refusal for an odd code or name."""
    known = session.exec(select(Party).where(Party.code == code)).first()
    if known:
        return known
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,79}", code) or not 0 < len(name.strip()) <= 200:
        raise Refusal("That is no party.", "A code has small letters and digits; a name up to 200 characters.")
    made = Party(code=code, name=" ".join(name.split()))
    session.add(made)
    session.flush()
    return made


def by_secret(session: Session, secret: str) -> ReportLink | None:
    """Return the link of a secret, or None: unknown, expired and revoked look the same."""
    if not SECRET.fullmatch(secret):
        return None
    link = session.exec(select(ReportLink).where(ReportLink.secret_sha256 == _digest(secret))).first()
    return link if link and link.revoked_at is None and link.expires_at > clock.now() else None


def full(link: ReportLink) -> bool:
    """Return whether a link has taken as many reports as one day may bring."""
    return link.counted_on == _today() and link.counted >= settings().reports_per_day


def count(session: Session, link: ReportLink) -> bool:
    """Count a report of today; return whether it may be taken. What is more than a day may bring is counted, too.

    The caller holds the link: of many at once none slips through.
    """
    if full(link):
        link.refused = (link.refused if link.refused_on == _today() else 0) + 1
        link.refused_on = _today()
        session.add(link)
        return False
    link.counted = (link.counted if link.counted_on == _today() else 0) + 1
    link.counted_on, link.uses = _today(), link.uses + 1
    session.add(link)
    return True


def overrun(session: Session) -> list[ReportLink]:
    """Return the links that had to refuse reports in the last week, the newest first, revoked ones too."""
    since = _today() - timedelta(days=SHOWN)
    found = select(ReportLink).where(col(ReportLink.refused_on) > since)
    return list(session.exec(found.order_by(col(ReportLink.refused_on).desc(), col(ReportLink.id))).all())


def _today() -> date:
    """Return the day by which reports are counted: this installation's."""
    return clock.today(ZoneInfo(settings().timezone))


def listing(session: Session) -> list[ReportLink]:
    """Return every link that was not revoked, the newest first."""
    standing = select(ReportLink).where(col(ReportLink.revoked_at).is_(None))
    return list(session.exec(standing.order_by(col(ReportLink.created_at).desc())).all())


def revoke(session: Session, ident: str) -> ReportLink:
    """End a link at once. Raises Refusal where there is none of this id."""
    found = [link for link in listing(session) if ident and str(link.id).endswith(ident)]
    if len(found) != 1:
        raise Refusal("No one link has this id.", "`forthwith intake links` shows them.")
    found[0].revoked_at = clock.now()
    session.add(found[0])
    return found[0]


def party_of(session: Session, party_id: uuid.UUID | None) -> Party | None:
    """Return the partner whom a link or a report is bound to."""
    return session.get(Party, party_id) if party_id else None


def _digest(secret: str) -> str:
    """Return what is kept of a secret. It holds 256 random bits, so a plain hash can't be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
