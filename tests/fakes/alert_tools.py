"""Tools that hand in alerts: each signs its calls in its own way, and keeps a ledger of what it was answered."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID
from fakes.web_house import House

from forthwith import clock
from forthwith.detection import sources as package

TOPIC = "arn:aws:sns:eu-west-1:111122223333:macie"


def sample(source: str, name: str = "sample.json") -> dict[str, Any]:
    document: dict[str, Any] = json.loads((Path(package.__file__).parent / source / name).read_text(encoding="utf-8"))
    return document


@dataclass
class Tool:
    """One source at the door. `answers` is the ledger."""

    house: House
    source: str
    secret: str = ""
    answers: list[int] = field(default_factory=list)

    def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        answer = self.house.browser().ask("POST", f"/hooks/alerts/{self.source}", content=body, headers=headers)
        self.answers.append(answer.status_code)
        return answer

    def signed(self, body: bytes, ident: str = "msg_1", at: datetime | None = None) -> dict[str, str]:
        stamp = str(int((at or clock.now()).timestamp()))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        mark = hmac.new(key, f"{ident}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1a,AAAA v1,{base64.b64encode(mark).decode()}"
        return {"webhook-id": ident, "webhook-timestamp": stamp, "webhook-signature": signature}

    def call(self, payload: Any, **how: Any) -> httpx.Response:
        body = json.dumps(payload).encode()
        return self.post(body, self.signed(body, **how))


class Sns:
    """A topic of Amazon SNS with a certificate of its own."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = clock.now()
        made = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        self.certificate = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def message(self, kind: str = "Notification", **told: str) -> dict[str, str]:
        """Return a message as SNS signs it; what is told replaces its fields before the signature is made."""
        names = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]
        message = {
            "Type": kind, "MessageId": "22b80b92", "TopicArn": TOPIC, "Message": "{}", "SignatureVersion": "2",
            "Timestamp": clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"), **told,
        }  # fmt: skip
        if kind != "Notification":
            names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        text = "".join(f"{name}\n{message[name]}\n" for name in names)
        mark = self.key.sign(text.encode(), PKCS1v15(), hashes.SHA256())
        return {**message, "Signature": base64.b64encode(mark).decode(), "SigningCertURL": "https://evil.example/x"}
