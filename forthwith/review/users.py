"""Who works here: a name, a role and a token that is shown once and kept as a hash alone."""

import unicodedata

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.access import factors, roles, sessions, tokens
from forthwith.access.shown_once import digest, drawn
from models import Refusal, User

LONGEST = 80


def add(
    session: Session, name: str, *, role: str, confined: bool = False, subject: str | None = None
) -> tuple[User, str]:
    """Add somebody and return the row and the token, which is never shown again. Raises Refusal for a used name."""
    name, role = _checked(session, name), roles.checked(role)
    token = _new_token()
    user = User(name=name, role=role, token_sha256=digest(token), confined=confined, subject=_free(session, subject))
    session.add(user)
    session.flush()
    return user, token


def renew(session: Session, name: str, *, forget_factors: bool = False) -> str:
    """Give somebody a new token; the old one, every page open with it and their programs' tokens end at once.

    `forget_factors`: their passkeys, authenticator and recovery codes are lost, and they begin anew.
    """
    user, token = named(session, name), _new_token()
    user.token_sha256 = digest(token)
    session.add(user)
    _out(session, user)
    if forget_factors:
        factors.forget(session, user)
    session.flush()
    return token


def remove(session: Session, name: str, *, by: str = "operator") -> User:
    """End somebody's access. The row stays, so that the history keeps its names."""
    user = named(session, name)
    user.removed_at, user.token_sha256, user.subject = clock.now(), digest(_new_token()), None
    session.add(user)
    _out(session, user)
    factors.forget(session, user)
    roles.let_out_everywhere(session, user, by=by)
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


def by_subject(session: Session, subjects: list[str]) -> User:
    """Return whom the OpenID provider means, by the first of these names that is known. Raises Refusal for none."""
    for subject in subjects:
        user = session.exec(select(User).where(User.subject == subject, col(User.removed_at).is_(None))).first()
        if user:
            return user
    raise Refusal("Nobody here has this account.", "Ask the operator: `forthwith user add NAME --oidc-subject ...`.")


def same_name(one: str, other: str) -> bool:
    """Return whether two names mean one person: case, spaces and look-alike widths don't tell people apart."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _new_token() -> str:
    return drawn("fw_")


def _out(session: Session, user: User) -> None:
    """End what was opened with a token: sessions in browsers, and tokens of programs."""
    sessions.end(session, user.id)
    tokens.end(session, user)


def _free(session: Session, subject: str | None) -> str | None:
    """Return an account's name at the OpenID provider, tidied. Raises Refusal where somebody else has it."""
    subject = (subject or "").strip() or None
    if subject and session.exec(select(User.id).where(User.subject == subject)).first():
        raise Refusal("Somebody here has this account already.", "`forthwith user list` shows who has access.")
    return subject


def _checked(session: Session, name: str) -> str:
    """Return the name, tidied. Raises Refusal where it is empty, odd, or was ever used before."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Refusal(f"A name has 1 to {LONGEST} printable characters.", "Give another one.")
    if any(same_name(name, used) for used in session.exec(select(User.name)).all()):
        raise Refusal("That name was given before.", "`forthwith user renew NAME` makes a new token for it.")
    return name
