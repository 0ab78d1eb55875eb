"""One's own account: passkeys, the authenticator, sessions, tokens of programs."""

import base64
import uuid
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from forthwith import db
from forthwith.access import factors, passkeys, sessions, tokens
from forthwith.filling.barcodes import qr
from forthwith.web import challenges
from forthwith.web.failures import TooMany
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsOwn, WritesAny
from forthwith.web.holding import again, held
from forthwith.web.proving import codes, proven, shown_lately
from forthwith.web.visits import Visit
from models import Scope

ADDING = "new passkey"
HERE = "/account"
routes = APIRouter()


@routes.get("/account")
def desk(visit: ReadsOwn) -> Response:
    """Show who one is here, and the ways in."""
    challenge = challenges.new(ADDING, visit.nonce) if passkeys.possible() else ""
    with db.session() as session:
        user = visit.user
        mine = tokens.anywhere(session, user)
        return page(
            "account", visit, held=passkeys.of(session, user), has=factors.enrolled(session, user),
            open_now=sessions.of(session, user), programs=tokens.of(session, user), challenge=challenge,
            asked=passkeys.creation(session, user, challenge) if challenge else "", here=uuid.UUID(visit.nonce),
            scopes=[scope for scope in Scope if tokens.MAY[scope] & mine], typed=again(visit),
        )  # fmt: skip


@routes.post("/account/sessions/end-others")
def end_others(visit: WritesAny) -> Response:
    """End every other session of one's own."""
    with db.session() as session:
        sessions.end(session, visit.user.id, but=uuid.UUID(visit.nonce))
    return to(HERE)


@routes.post("/account/passkeys")
def add_passkey(
    visit: WritesAny, name: Annotated[str, Form()] = "", answer: Annotated[str, Form()] = "",
    challenge: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Keep a new passkey."""
    proven(visit)
    challenges.ours(ADDING, visit.nonce, challenge)
    with db.session() as session:
        challenges.spend(session, challenge)
        passkeys.add(session, visit.user, name=name, answer=answer, challenge=challenge)
        sessions.prove(session, uuid.UUID(visit.nonce))
    return to(HERE)


@routes.post("/account/passkeys/{passkey_id}/remove")
def remove_passkey(passkey_id: uuid.UUID, visit: WritesAny) -> Response:
    """Forget a passkey."""
    proven(visit)
    with db.session() as session:
        passkeys.remove(session, visit.user, passkey_id)
    return to(HERE)


@routes.post("/account/authenticator")
def begin_authenticator(visit: WritesAny) -> Response:
    """Make a secret for an authenticator, and show it once, as a picture and as text."""
    proven(visit)
    with db.session() as session:
        secret, address = factors.begin(session, visit.user)
    return _authenticator_page(visit, secret, address)


@routes.post("/account/authenticator/confirm")
def confirm_authenticator(visit: WritesAny, code: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Take up the authenticator by its first code; show the recovery codes, once."""
    proven(visit)
    if not codes.take(str(visit.user.id)):
        raise TooMany("That was tried too often.", "Wait a minute, then try again.")
    with db.session() as session:
        made = factors.confirm(session, visit.user, code)
        sessions.prove(session, uuid.UUID(visit.nonce))
    return page("recovery_codes", visit, codes=made)


@routes.post("/account/authenticator/remove")
def remove_authenticator(visit: WritesAny) -> Response:
    """Take the authenticator and the recovery codes off."""
    proven(visit)
    with db.session() as session:
        factors.take_off(session, visit.user)
    return to(HERE)


@routes.post("/account/recovery-codes")
def new_recovery_codes(visit: WritesAny) -> Response:
    """Make ten new recovery codes; the old ones end."""
    proven(visit)
    with db.session() as session:
        made = factors.recovery_codes(session, visit.user)
    return page("recovery_codes", visit, codes=made)


@routes.post("/account/tokens")
def make_token(
    visit: WritesAny, name: Annotated[str, Form()] = "", scope: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form()] = 30,
) -> Response:  # fmt: skip
    """Make a token for a program, and show it once."""
    said = {"name": name, "scopes": " ".join(scope or []), "days": str(days)}
    with held(visit, "tokens", **said), db.session() as session:
        proven(visit, after=f"{HERE}#tokens")
        token, secret = tokens.make(
            session, visit.user, name=name, scopes=scope or [], days=days, proven=shown_lately(visit)
        )
    return page("token_made", visit, whose=token.name, secret=secret, back=HERE, program=True)


@routes.post("/account/tokens/{token_id}/end")
def end_token(token_id: uuid.UUID, visit: WritesAny) -> Response:
    """End a token of a program."""
    with db.session() as session:
        tokens.end(session, visit.user, token_id)
    return to(HERE)


def _authenticator_page(visit: Visit, secret: str, address: str) -> Response:
    """Return the page that shows the secret. The picture stands in the page itself: no address ever holds it."""
    picture = base64.b64encode(qr(address).encode()).decode()
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page("authenticator", visit, secret=grouped, address=address, picture=picture)
