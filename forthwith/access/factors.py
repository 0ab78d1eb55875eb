"""Second factors: an authenticator's codes (TOTP, RFC 6238), recovery codes, passkeys; each proof counts once."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyotp
from sqlmodel import Session, col, delete, func, select

from forthwith import clock, keys
from forthwith.access.shown_once import digest
from forthwith.settings import settings
from models import Passkey, RecoveryCode, Refusal, TimeCode, User

STEP = 30  # seconds that a code stands for
DRIFT = 1  # steps that a clock may be off
RECOVERY = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read for another


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What somebody can prove themselves with."""

    passkeys: int
    time_code: bool
    recovery_left: int

    def __bool__(self) -> bool:
        return bool(self.passkeys or self.time_code)


def enrolled(session: Session, user: User) -> Enrolled:
    """Return which second factors a user has."""
    confirmed = select(TimeCode.id).where(TimeCode.user_id == user.id, col(TimeCode.confirmed_at).is_not(None))
    keys_held = session.exec(select(func.count()).where(Passkey.user_id == user.id)).one()
    unused = select(func.count()).where(RecoveryCode.user_id == user.id, col(RecoveryCode.used_at).is_(None))
    return Enrolled(keys_held, session.exec(confirmed).first() is not None, session.exec(unused).one())


def time_code(session: Session, user: User) -> TimeCode | None:
    """Return a user's authenticator, confirmed or not, locked until the end of the transaction."""
    return session.exec(select(TimeCode).where(TimeCode.user_id == user.id).with_for_update()).first()


def begin(session: Session, user: User) -> tuple[str, str]:
    """Make a new secret for an authenticator; return it and its `otpauth://` text. It proves nothing before `confirm`.

    Raises Refusal where one is confirmed already: it must be taken off first.
    """
    row = time_code(session, user)
    if row and row.confirmed_at:
        raise Refusal("An authenticator is set up already.", "Take it off first.")
    secret = pyotp.random_base32()
    row = row or TimeCode(user_id=user.id, sealed=b"")
    row.sealed = keys.seal_own(user.id, secret.encode())
    session.add(row)
    session.flush()
    return secret, _provisioning(secret, user)


def confirm(session: Session, user: User, code: str) -> list[str]:
    """Take up an authenticator by its first code; return the recovery codes, which are never shown again."""
    row = time_code(session, user)
    if row is None or row.confirmed_at:
        raise Refusal("No authenticator waits for its first code.", "Begin again on your account page.")
    if not _taken(session, row, code):
        raise Refusal("That code is not right.", "Check the time of your device, and type the code that it shows now.")
    row.confirmed_at = clock.now()
    session.add(row)
    return recovery_codes(session, user)


def check(session: Session, user: User, code: str) -> bool:
    """Return whether a code of the authenticator or of the recovery proves the user; each works once."""
    row = time_code(session, user)
    typed = "".join(code.split()).replace("-", "").lower()
    if len(typed) == 6 and typed.isdigit():
        return bool(row and row.confirmed_at and _taken(session, row, typed))
    return _recovered(session, user, typed)


def recovery_codes(session: Session, user: User) -> list[str]:
    """Make ten new recovery codes; the old ones end."""
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(16)) for _ in range(RECOVERY)]
    session.add_all([RecoveryCode(user_id=user.id, sha256=digest(code)) for code in codes])
    session.flush()
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def take_off(session: Session, user: User) -> None:
    """Take the authenticator and its recovery codes off."""
    session.exec(delete(TimeCode).where(col(TimeCode.user_id) == user.id))
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))


def forget(session: Session, user: User) -> None:
    """Forget every second factor of a user."""
    take_off(session, user)
    session.exec(delete(Passkey).where(col(Passkey.user_id) == user.id))


def _taken(session: Session, row: TimeCode, code: str) -> bool:
    """Return whether a code is of about now and of no step that was taken before, and take it."""
    totp = pyotp.TOTP(keys.open_own(row.user_id, row.sealed).decode())
    now = int(clock.now().timestamp()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if step > row.last_step and secrets.compare_digest(totp.at(step * STEP), code.strip()):
            row.last_step = step
            session.add(row)
            session.flush()
            return True
    return False


def _recovered(session: Session, user: User, code: str) -> bool:
    wanted = select(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.sha256 == digest(code))
    found = session.exec(wanted.with_for_update()).first()
    if found is None or found.used_at:
        return False
    found.used_at = clock.now()
    session.add(found)
    session.flush()
    return True


def _provisioning(secret: str, user: User) -> str:
    issuer = f"forthwith {urlsplit(settings().public_url).hostname or ''}".strip()
    return pyotp.TOTP(secret, name=user.name, issuer=issuer).provisioning_uri()
