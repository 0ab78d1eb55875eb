"""Secrets that are shown once and kept as a hash alone. They are random, so a plain hash can't be guessed back."""

import hashlib
import secrets


def drawn(prefix: str) -> str:
    """Return a new secret of 256 random bits; the prefix tells scanners of leaked secrets whose it is."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
