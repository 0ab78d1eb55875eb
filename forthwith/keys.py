"""Keys: one key-encryption key, a data key an incident, blind indexes, the timeline's signing key.

Destroying an incident's wrapped data key ends its retention: what it sealed can't be read again by anybody.
"""

import base64
import hashlib
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forthwith.first_use import first_use
from forthwith.settings import settings
from models import Refusal

NONCE = 12
INDEX = 32  # characters of a blind index


def _secret_file(path: Path, make: bytes) -> bytes:
    """Return the secret in `path`; on first use create it with mode 600 and say so."""
    secret, new = first_use(path, make)
    if not new:
        return secret
    lost = "without it nothing sealed can be read" if path.name == "kek" else "it signs the timeline"
    sys.stderr.write(f"warning: new key made: {path.name}, in the keys folder. Back it up: {lost}.\n")
    return secret


def _kek() -> bytes:
    """Return the 32-byte key-encryption key. Raises Refusal where it is not 32 bytes of base64."""
    stated = settings().kek
    fresh = base64.b64encode(os.urandom(32))
    text = stated.get_secret_value().encode() if stated else _secret_file(settings().home / "keys" / "kek", fresh)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Refusal("The key-encryption key is not 32 bytes of base64.", "Restore it from your backup.")
    return key


def new_data_key(incident_id: uuid.UUID) -> bytes:
    """Return a fresh data key for an incident, wrapped."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_kek()).encrypt(nonce, os.urandom(32), incident_id.bytes)


def seal_own(owner: uuid.UUID, plain: bytes) -> bytes:
    """Seal a secret of somebody who works here under the key-encryption key; it opens for this owner alone."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_kek()).encrypt(nonce, plain, b"own" + owner.bytes)


def open_own(owner: uuid.UUID, sealed: bytes) -> bytes:
    """Open what `seal_own` made. Raises Refusal where it is another's, or the key-encryption key is another."""
    try:
        return AESGCM(_kek()).decrypt(sealed[:NONCE], sealed[NONCE:], b"own" + owner.bytes)
    except InvalidTag:
        raise Refusal(
            "The key-encryption key does not open this secret.", "Set the key that it was made with."
        ) from None


def unwrap(incident_id: uuid.UUID, wrapped: bytes | None) -> "DataKey":
    """Return an incident's data key. Raises Refusal where it was destroyed or the KEK is another."""
    if wrapped is None:
        raise Refusal("This incident's key was destroyed at the end of retention.", "Its people can't be read again.")
    try:
        return DataKey(incident_id, AESGCM(_kek()).decrypt(wrapped[:NONCE], wrapped[NONCE:], incident_id.bytes))
    except InvalidTag:
        raise Refusal(
            "The key-encryption key does not open this incident.", "Set the key that it was made with."
        ) from None


class DataKey:
    """An incident's key: seals records, opens them, and makes blind indexes."""

    def __init__(self, incident_id: uuid.UUID, key: bytes) -> None:
        self._incident = incident_id
        self._cipher = AESGCM(key)
        self._inner, self._outer = _hmac_states(HKDF(hashes.SHA256(), 32, None, b"forthwith blind index").derive(key))

    def seal(self, owner: uuid.UUID, plain: bytes) -> bytes:
        """Encrypt `plain` as belonging to `owner` (a person's or evidence's id) of this incident."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self._incident.bytes + owner.bytes + b"1")

    def seal_all(self, owners: Sequence[bytes], plains: Sequence[bytes]) -> list[bytes]:
        """Encrypt many texts, each as `seal` does; the owners' ids as their 16 bytes."""
        random, encrypt, incident = os.urandom(NONCE * len(owners)), self._cipher.encrypt, self._incident.bytes
        nonces = [random[at : at + NONCE] for at in range(0, len(random), NONCE)]
        return [
            nonce + encrypt(nonce, plain, incident + owner + b"1")
            for nonce, owner, plain in zip(nonces, owners, plains, strict=True)
        ]

    def open(self, owner: uuid.UUID, sealed: bytes) -> bytes:
        """Decrypt what `seal` made. Raises Refusal where it was changed or belongs elsewhere."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], self._incident.bytes + owner.bytes + b"1")
        except InvalidTag:
            raise Refusal("A sealed record was changed or belongs elsewhere.", "Restore it from a backup.") from None

    def open_known(self, owners: Sequence[bytes], sealed: Sequence[bytes]) -> list[str]:
        """Decrypt many texts, each as `open` does; the owners' ids as their 16 bytes."""
        decrypt, incident = self._cipher.decrypt, self._incident.bytes
        try:
            return [
                decrypt(one[:NONCE], one[NONCE:], incident + owner + b"1").decode()
                for owner, one in zip(owners, sealed, strict=True)
            ]
        except InvalidTag:
            raise Refusal("A sealed record was changed or belongs elsewhere.", "Restore it from a backup.") from None

    def open_all(self, owners: Sequence[bytes], sealed: Sequence[bytes | None]) -> list[bytes | None]:
        """Decrypt many texts, each as `open` does; None for each that is missing, was changed or belongs elsewhere."""
        decrypt, incident, made = self._cipher.decrypt, self._incident.bytes, list[bytes | None]()
        for owner, one in zip(owners, sealed, strict=True):
            try:
                made.append(decrypt(one[:NONCE], one[NONCE:], incident + owner + b"1") if one else None)
            except (InvalidTag, ValueError):  # ValueError: too short to have been sealed
                made.append(None)
        return made

    def blind(self, field: str, value: str) -> str:
        """Return the blind index of a value: equal values of a field give equal indexes, and nothing else shows."""
        return self.blind_all(field, [value])[0]

    def blind_all(self, field: str, values: Iterable[str]) -> list[str]:
        """Return the blind indexes of many values of a field, each as `blind` makes it."""
        return [whole.hex()[:INDEX] for whole in self.hashes(field, (value.encode() for value in values))]

    def hashes(self, field: str, values: Iterable[bytes]) -> list[bytes]:
        """Return the keyed hashes of many values of a field: a blind index is the first half of one, in hex."""
        begun, made = self._inner.copy(), list[bytes]()
        begun.update(f"{field}\0".encode())
        inside, outside, add = begun.copy, self._outer.copy, made.append
        for value in values:
            inner, outer = inside(), outside()
            inner.update(value)
            outer.update(inner.digest())
            add(outer.digest())
        return made


def _hmac_states(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """Return the two hashes that HMAC-SHA-256 begins with (RFC 2104), for a key of one block at most.

    To copy both for a value takes a third of the time of `hmac` itself, and a load makes three a person.
    """
    sha256 = _sha256()
    block = key.ljust(sha256().block_size, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(bytes(byte ^ 0x5C for byte in block))


def _sha256() -> "Callable[..., hashlib._Hash]":
    """Return Python's own SHA-256 where it has one: OpenSSL's hashes long texts sooner, but takes longer to copy."""
    for module in ("_sha2", "_sha256"):  # since Python 3.12, and before
        with suppress(ImportError):
            return cast("Callable[..., hashlib._Hash]", import_module(module).sha256)
    return hashlib.sha256


@lru_cache
def signing_key() -> Ed25519PrivateKey:
    """Return the key that signs the timeline, made at first use."""
    fresh = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = serialization.load_pem_private_key(_secret_file(settings().home / "keys" / "timeline", fresh), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def public_key() -> str:
    """Return the timeline's public key, raw, as base64."""
    raw = signing_key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()
