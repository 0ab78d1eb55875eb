"""Who works here: a name, a role and a token that is shown once and kept as a hash alone."""

import hashlib
import secrets
import unicodedata

from sqlmodel import Session, col, select

from forthwith import clock
from models import Refusal, User, UserRole

LONGEST = 80


def add(session: Session, name: str, *, role: str) -> tuple[User, str]:
    """Add somebody and return the row and the token, which is never shown again. Raises Refusal for a used name."""
    name = _checked(session, name)
    if role not in set(UserRole):
        raise Refusal(f"There is no role {role!r}.", f"Choose one of: {', '.join(UserRole)}.")
    token = _new_token()
    user = User(name=name, role=role, token_sha256=digest(token))
    session.add(user)
    session.flush()
    return user, token


def renew(session: Session, name: str) -> str:
    """Give somebody a new token; the old one and every page open with it end at once."""
    user, token = named(session, name), _new_token()
    user.token_sha256 = digest(token)
    session.add(user)
    session.flush()
    return token


def remove(session: Session, name: str) -> User:
    """End somebody's access. The row stays, so that the history keeps its names."""
    user = named(session, name)
    user.removed_at, user.token_sha256 = clock.now(), digest(_new_token())
    session.add(user)
    session.flush()
    return user


def listing(session: Session) -> list[User]:
    """Return everybody who may act now, by name."""
    return list(session.exec(select(User).where(col(User.removed_at).is_(None)).order_by(User.name)).all())


def named(session: Session, name: str) -> User:
    """Return the active user of this name. Raises Refusal where there is none."""
    for user in listing(session):
        if same_name(user.name, name):
            return user
    raise Refusal("Nobody of that name has access.", "`forthwith user list` shows who has.")


def by_token(session: Session, token: str) -> User:
    """Return whose token this is. Raises Refusal, the same for an unknown as for a removed one."""
    user = session.exec(select(User).where(User.token_sha256 == digest(token.strip()))).first()
    if user is None or user.removed_at is not None:
        raise Refusal("This token is not known.", "Ask the operator for one: `forthwith user add NAME --role legal`.")
    return user


def digest(token: str) -> str:
    """Return what is kept of a token. It holds 256 random bits, so a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_name(one: str, other: str) -> bool:
    """Return whether two names mean one person: case, spaces and look-alike widths don't tell people apart."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _new_token() -> str:
    return "fw_" + secrets.token_urlsafe(32)


def _checked(session: Session, name: str) -> str:
    """Return the name, tidied. Raises Refusal where it is empty, odd, or was ever used before."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Refusal(f"A name has 1 to {LONGEST} printable characters.", "Give another one.")
    if any(same_name(name, used) for used in session.exec(select(User.name)).all()):
        raise Refusal("That name was given before.", "`forthwith user renew NAME` makes a new token for it.")
    return name
