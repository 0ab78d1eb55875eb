"""Does a call prove that it comes from the tool it names? Each way checks the exact bytes, before anything is stored.

Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
GitHub: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
Amazon SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from forthwith import clock
from forthwith.detection.intake import read_payload
from forthwith.detection.parsed import at, instant
from models import Refusal

WINDOW = timedelta(minutes=5)
SNS_WINDOW = timedelta(hours=1)  # it tries again for most of an hour
PREFIX = "whsec_"
LONGEST_ID = 200
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What came over the web: header names in small letters, and the body's exact bytes."""

    headers: Mapping[str, str]
    body: bytes


class Forged(Refusal):
    """The call does not prove where it comes from."""


def forged(why: str) -> Forged:
    """Return the refusal of a call; it repeats nothing of it."""
    return Forged(f"The call {why}.", "Check the secret on both sides; `forthwith detect secret` makes a new one.")


def standard(call: Call, secret: str, _topic: str | None = None) -> str:
    """Return the id of a call that is signed as Standard Webhooks says. Raises Forged."""
    ident, stamp, given = (call.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not ident or len(ident) > LONGEST_ID or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 10):
        raise forged("lacks webhook-id or webhook-timestamp")
    _fresh(datetime.fromtimestamp(int(stamp), UTC), WINDOW)
    text = f"{ident}.{stamp}.".encode() + call.body
    made = base64.b64encode(hmac.new(key_of(secret), text, hashlib.sha256).digest())
    offered = [one.partition(",")[2].encode() for one in given.split(" ") if one.startswith("v1,")]
    if not any(hmac.compare_digest(made, one) for one in offered):
        raise forged("carries another signature")
    return ident


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret that is written `whsec_...`."""
    return base64.b64decode(secret.removeprefix(PREFIX))


def github(call: Call, secret: str, _topic: str | None = None) -> str:
    """Return the id of a call that GitHub signed: its body's hash, since nothing else of it is signed."""
    made = "sha256=" + hmac.new(secret.encode(), call.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), call.headers.get("x-hub-signature-256", "").encode()):
        raise forged("carries another signature")
    return hashlib.sha256(call.body).hexdigest()


def bearer(call: Call, secret: str, _topic: str | None = None) -> str:
    """Return no id: a call that only repeats a fixed header proves nothing of its body or its time."""
    given = call.headers.get("authorization", "") or call.headers.get("x-api-key", "")
    said = given[7:] if given[:7].lower() == "bearer " else given
    ours, theirs = (hashlib.sha256(one.strip().encode()).digest() for one in (secret, said))
    if not hmac.compare_digest(ours, theirs):
        raise forged("carries another secret")
    return ""


def sns(call: Call, certificate: str, topic: str | None = None) -> str:
    """Return the id of a message that Amazon SNS signed for our topic. No address in it is ever fetched."""
    message = read_payload(call.body)
    names = SIGNED.get(str(at(message, "Type")))
    if names is None or at(message, "TopicArn") != topic:
        raise forged("is no message of the topic that was set")
    if at(message, "SignatureVersion") != "2":
        raise forged("is signed in an outdated way: set the topic's SignatureVersion to 2")
    when = instant(at(message, "Timestamp"))
    if when is None:
        raise forged("names no time")
    _fresh(when, SNS_WINDOW)
    text = "".join(f"{name}\n{message[name]}\n" for name in names if isinstance(message.get(name), str))
    _verify(certificate, str(at(message, "Signature")), text.encode())
    return str(at(message, "MessageId"))[:LONGEST_ID]


def _verify(certificate: str, signature: str, text: bytes) -> None:
    found = x509.load_pem_x509_certificate(certificate.encode())
    if not found.not_valid_before_utc <= clock.now() <= found.not_valid_after_utc:
        raise Forged("The certificate that was set is not valid now.", "Fetch the topic's present one, and set it.")
    public = found.public_key()
    try:
        assert isinstance(public, RSAPublicKey)
        public.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        raise forged("carries another signature") from None


def checked_certificate(pem: bytes) -> str:
    """Return an operator's certificate as text. Raises Refusal where it is none that SNS could sign with."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        text = pem.decode("ascii")
    except ValueError:
        raise Refusal("That is no certificate.", "Save the file at the topic's SigningCertURL, as PEM.") from None
    if not isinstance(found.public_key(), RSAPublicKey):
        raise Refusal("That certificate holds no RSA key.", "Save the file at the topic's SigningCertURL.")
    return text


def _fresh(at: datetime, window: timedelta) -> None:
    if abs(clock.now() - at) > window:
        raise forged("is too old, or a clock is wrong")


WAYS: dict[str, Callable[[Call, str, str | None], str]] = {
    "signed": standard, "github": github, "bearer": bearer, "sns": sns,
}  # fmt: skip
