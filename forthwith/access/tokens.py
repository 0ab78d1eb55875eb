"""Tokens of programs: each acts for a user, within its scopes and never beyond what that user may."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from forthwith import clock
from forthwith.access.roles import combined
from forthwith.access.shown_once import digest, drawn
from models import ApiToken, Incident, IncidentAccess, Refusal, Scope, User, UserRole

LONGEST_NAME, LONGEST_DAYS = 80, 365
NOTED = timedelta(minutes=1)
MAY: dict[str, frozenset[str]] = {  # by scope: one of these roles must be the user's, where the program asks
    Scope.READ: frozenset(UserRole),
    Scope.RESPOND: frozenset({UserRole.RESPONDER}),
    Scope.REVIEW: frozenset({UserRole.LEGAL, UserRole.APPROVER}),
    Scope.PEOPLE: frozenset({UserRole.RESPONDER, UserRole.LEGAL}),
    Scope.OPERATE: frozenset({UserRole.OPERATOR}),
    Scope.ACCESS: frozenset({UserRole.OPERATOR}),
}


@dataclass(frozen=True, slots=True)
class Bearer:
    """A program that asks, for whom, and what that user is where it asks."""

    token: ApiToken
    user: User
    roles: frozenset[str]

    def may(self, scope: str) -> bool:
        """Return whether both the token and its user may do this."""
        return scope in self.token.scopes and bool(MAY[scope] & self.roles)


def make(
    session: Session, user: User, *, name: str, scopes: list[str], days: int, roles: frozenset[str] | None = None,
    proven: bool = False,
) -> tuple[ApiToken, str]:  # fmt: skip
    """Make a token and return it with its secret, which is never shown again.

    `roles`: all that the user is; default: as the database has it. `proven`: they showed a second factor just now, so
    that the token may approve. Raises Refusal for a bad name, scope or term.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal(f"A token's name has 1 to {LONGEST_NAME} printable characters.", "Say what program it is for.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refusal("A token lasts 1 to 365 days.", "Choose fewer, and make a new one in time.")
    wanted = _checked(scopes, roles if roles is not None else anywhere(session, user))
    secret = drawn("fwt_")
    token = ApiToken(
        user_id=user.id, name=name, scopes=wanted, sha256=digest(secret), expires_at=clock.now() + timedelta(days=days),
        proven_at=clock.now() if proven else None,
    )  # fmt: skip
    session.add(token)
    session.flush()
    return token, secret


def anywhere(session: Session, user: User) -> frozenset[str]:
    """Return every role of a user: their own, and those in single incidents."""
    given = select(IncidentAccess.role).where(IncidentAccess.user_id == user.id, col(IncidentAccess.ended_at).is_(None))
    return combined(user, session.exec(given).all())


def bearer(session: Session, secret: str, ref: str | None = None) -> Bearer | None:
    """Return who asks with this secret; `ref` is the incident that is asked for. None for an unknown or ended one."""
    asked = select(ApiToken, User).join(User, col(User.id) == ApiToken.user_id)
    found = session.exec(asked.where(ApiToken.sha256 == digest(secret))).first()
    if found is None or found[1].removed_at is not None or not stands(found[0]):
        return None
    token, user = found
    if token.used_at is None or clock.now() - token.used_at >= NOTED:
        session.exec(update(ApiToken).where(col(ApiToken.id) == token.id).values(used_at=clock.now()))
    return Bearer(token, user, _there(session, user, ref) if ref else anywhere(session, user))


def stands(token: ApiToken, now: datetime | None = None) -> bool:
    """Return whether a token has neither run out nor been ended."""
    return token.ended_at is None and (now or clock.now()) < token.expires_at


def of(session: Session, user: User) -> list[ApiToken]:
    """Return a user's tokens that stand, the newest first."""
    found = select(ApiToken).where(ApiToken.user_id == user.id).order_by(col(ApiToken.created_at).desc())
    return [token for token in session.exec(found).all() if stands(token)]


def end(session: Session, user: User, token_id: object = None) -> None:
    """End one of a user's tokens, or all of them."""
    ending = update(ApiToken).where(col(ApiToken.user_id) == user.id, col(ApiToken.ended_at).is_(None))
    if token_id is not None:
        ending = ending.where(col(ApiToken.id) == token_id)
    session.exec(ending.values(ended_at=clock.now()))


def _checked(scopes: list[str], roles: frozenset[str]) -> list[str]:
    known = [scope for scope in Scope if scope in scopes]
    if not scopes or len(known) != len(set(scopes)):
        raise Refusal("A token needs scopes that exist.", f"Choose of: {', '.join(Scope)}.")
    for scope in known:
        if not MAY[scope] & roles:
            raise Refusal(
                f"The scope {scope} is more than this user may.", f"It takes: {', '.join(sorted(MAY[scope]))}."
            )
    return [str(scope) for scope in known]


def _there(session: Session, user: User, ref: str) -> frozenset[str]:
    given = select(IncidentAccess.role).join(Incident, col(Incident.id) == IncidentAccess.incident_id).where(
        Incident.ref == ref, IncidentAccess.user_id == user.id, col(IncidentAccess.ended_at).is_(None)
    )  # fmt: skip
    return combined(user, session.exec(given).all())
