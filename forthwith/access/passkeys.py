"""Passkeys (WebAuthn): a device signs our challenge with a key that never leaves it.

The library is loaded when somebody comes with a passkey: it takes half a second, which every start would pay.
"""

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson
from sqlmodel import Session, col, delete, select

from forthwith import clock
from forthwith.settings import settings
from models import Passkey, Refusal, User

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

LONGEST_NAME, MOST = 60, 10
TRY_AGAIN = "Try it once more, or sign in with your token."


def rp_id() -> str:
    """Return the name that passkeys are bound to: the host of the public address."""
    return urlsplit(settings().public_url).hostname or "localhost"


def origin() -> str:
    """Return the address that a browser must have signed for."""
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def possible() -> bool:
    """Return whether passkeys can work here: they need a name (not an IP address), and TLS but for localhost."""
    try:
        ipaddress.ip_address(rp_id())
    except ValueError:
        return origin().startswith("https://") or rp_id() == "localhost"
    return False


def of(session: Session, user: User) -> list[Passkey]:
    """Return a user's passkeys, the oldest first."""
    return list(session.exec(select(Passkey).where(Passkey.user_id == user.id).order_by(col(Passkey.created_at))).all())


def creation(session: Session, user: User, challenge: str) -> str:
    """Return what a browser is asked for a new passkey, as JSON; it must be one that can sign in by itself."""
    import webauthn
    from webauthn.helpers import options_to_json, structs

    alone = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    options = webauthn.generate_registration_options(
        rp_id=rp_id(), rp_name="forthwith", user_id=user.id.bytes, user_name=user.name, challenge=challenge.encode(),
        exclude_credentials=_named(of(session, user)), authenticator_selection=alone,
    )  # fmt: skip
    return options_to_json(options)


def request(challenge: str, held: Sequence[Passkey] = ()) -> str:
    """Return what a browser is asked to sign with, as JSON: one of these passkeys, or any of this site."""
    import webauthn
    from webauthn.helpers import options_to_json, structs

    options = webauthn.generate_authentication_options(
        rp_id=rp_id(), challenge=challenge.encode(), allow_credentials=_named(held),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return options_to_json(options)


def add(session: Session, user: User, *, name: str, answer: str, challenge: str) -> Passkey:
    """Keep a new passkey. Raises Refusal where the answer does not fit, or was kept before."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    name = " ".join(name.split())[:LONGEST_NAME] or "passkey"
    if len(of(session, user)) >= MOST:
        raise Refusal(f"There are {MOST} passkeys already.", "Remove one first.")
    try:
        seen = webauthn.verify_registration_response(
            credential=_read(answer), expected_challenge=challenge.encode(), expected_rp_id=rp_id(),
            expected_origin=origin(), require_user_verification=True,
        )  # fmt: skip
    except WebAuthnException:
        raise Refusal("The passkey was not taken.", "Try it once more.") from None
    if session.exec(select(Passkey.id).where(Passkey.credential_id == seen.credential_id)).first():
        raise Refusal("This passkey is known already.", "Use it, or take another device.")
    made = Passkey(
        user_id=user.id, name=name, credential_id=seen.credential_id, public_key=seen.credential_public_key,
        sign_count=seen.sign_count,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def check(session: Session, *, answer: str, challenge: str) -> User:
    """Return whose passkey signed this challenge. Raises Refusal, the same for every reason."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    read = _read(answer)
    row = _held(session, read)
    try:
        seen = webauthn.verify_authentication_response(
            credential=read, expected_challenge=challenge.encode(), expected_rp_id=rp_id(), expected_origin=origin(),
            credential_public_key=row.public_key, credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )  # fmt: skip
    except WebAuthnException:
        raise Refusal("This passkey proves nothing here.", TRY_AGAIN) from None
    user = session.get_one(User, row.user_id)
    if user.removed_at is not None:
        raise Refusal("This passkey proves nothing here.", TRY_AGAIN)
    row.sign_count, row.used_at = seen.new_sign_count, clock.now()
    session.add(row)
    session.flush()
    return user


def remove(session: Session, user: User, passkey_id: object) -> None:
    """Forget one passkey of a user."""
    session.exec(delete(Passkey).where(col(Passkey.user_id) == user.id, col(Passkey.id) == passkey_id))


def _named(held: Sequence[Passkey]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in held]


def _read(answer: str) -> dict[str, object]:
    """Return what a browser sent. Raises Refusal where it is no answer of a device."""
    try:
        read = orjson.loads(answer)
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict):
        raise Refusal("No answer of a device came.", TRY_AGAIN)
    return read


def _held(session: Session, read: dict[str, object]) -> Passkey:
    """Return the passkey that an answer names. Raises Refusal where there is none."""
    from webauthn.helpers import base64url_to_bytes

    try:
        wanted = base64url_to_bytes(str(read.get("rawId", "")))
    except ValueError:
        wanted = b""
    row = session.exec(select(Passkey).where(Passkey.credential_id == wanted).with_for_update()).first()
    if row is None:
        raise Refusal("This passkey proves nothing here.", TRY_AGAIN)
    return row
