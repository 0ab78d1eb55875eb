"""The company's own sign-in, by OpenID Connect: authorization code, PKCE, a nonce, and an ID token that we check."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from forthwith import clock
from forthwith.settings import settings
from models import Refusal, UserRole

SIGNED_WITH = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]  # never `none`, never a shared secret
LEEWAY = 60  # seconds that clocks may be apart
LOOPBACK = ("localhost", "127.0.0.1", "::1")
BACK = "/sign-in/company/back"
log = logging.getLogger("forthwith.access")


@dataclass(frozen=True, slots=True)
class Begun:
    """What a browser keeps between going to the provider and coming back."""

    state: str
    nonce: str
    verifier: str


def begin() -> tuple[Begun, str]:
    """Return what the browser keeps, and the provider's address for it. Raises Refusal where none answers."""
    begun = Begun(generate_token(43), generate_token(43), generate_token(64))
    try:
        with _client() as client:
            told = _discovered(client)
            url, _ = client.create_authorization_url(
                told["authorization_endpoint"], state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
            )
    except (OAuthError, RequestException, ValueError, KeyError) as failure:
        raise _failed(failure) from None
    return begun, str(url)


def finish(begun: Begun, *, code: str, iss: str = "") -> dict[str, Any]:
    """Exchange a code and return the claims of the ID token. Raises Refusal, one for all that may be wrong."""
    try:
        with _client() as client:
            told = _discovered(client)
            if iss and iss != told["issuer"]:
                raise ValueError("another issuer")
            token = client.fetch_token(
                told["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=begun.verifier,
                timeout=settings().provider_timeout,
            )  # fmt: skip
            return _claims(str(token["id_token"]), _json(client, told["jwks_uri"]), told["issuer"], begun.nonce)
    except (OAuthError, RequestException, JoseError, ValueError, KeyError) as failure:
        raise _failed(failure) from None


def subjects(claims: dict[str, Any]) -> list[str]:
    """Return by which names an account may be known here: its `sub`, and its e-mail where the provider verified it."""
    verified = [str(claims["email"])] if claims.get("email") and claims.get("email_verified") is True else []
    return [str(claims["sub"]), *verified]


def role_of(claims: dict[str, Any]) -> UserRole | None:
    """Return the role that the provider's groups mean here; None where roles are given here alone.

    Raises Refusal where groups give roles, and none of this account's does.
    """
    if not settings().oidc_roles:
        return None
    told = claims.get(settings().oidc_role_claim)
    held = told if isinstance(told, list) else [told]
    for group, role in settings().oidc_roles.items():
        if group in held and role in set(UserRole):
            return UserRole(role)
    raise Refusal("This account is in no group that may come in.", "Ask the operator.")


def _client() -> OAuth2Session:
    secret = settings().oidc_client_secret
    return OAuth2Session(
        settings().oidc_client_id, secret.get_secret_value() if secret else None, scope=settings().oidc_scopes,
        redirect_uri=settings().public_url.rstrip("/") + BACK, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
    )  # fmt: skip


def _discovered(client: OAuth2Session) -> dict[str, Any]:
    """Return what the provider says of itself; it must be who we asked."""
    issuer = (settings().oidc_issuer or "").rstrip("/")
    told = _json(client, f"{issuer}/.well-known/openid-configuration")
    if str(told["issuer"]).rstrip("/") != issuer:
        raise ValueError("another issuer")
    return told


def _json(client: OAuth2Session, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("not by TLS")
    answer = client.get(url, withhold_token=True, timeout=settings().provider_timeout)
    answer.raise_for_status()
    read: dict[str, Any] = answer.json()
    return read


def _claims(token: str, keys: dict[str, Any], issuer: str, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token of this issuer, for us, of now, and of this very sign-in."""
    read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=SIGNED_WITH).claims  # type: ignore[arg-type]
    ours = settings().oidc_client_id or ""
    rules = jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()), leeway=LEEWAY,
        iss={"essential": True, "value": issuer}, aud={"essential": True, "value": ours}, sub={"essential": True},
        exp={"essential": True}, iat={"essential": True}, nonce={"essential": True, "value": nonce},
    )  # fmt: skip
    rules.validate(read)
    if read.get("azp", ours) != ours:
        raise ValueError("made for another")
    return dict(read)


def _failed(failure: Exception) -> Refusal:
    log.warning("the OpenID provider's sign-in was not completed: %s", type(failure).__name__)
    return Refusal("The company's sign-in was not completed.", "Try again, or sign in with your token.")
