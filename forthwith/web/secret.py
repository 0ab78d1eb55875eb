"""The server's own secret: signs session cookies and form tokens."""

import hashlib
import hmac
import os
from functools import lru_cache

from forthwith.first_use import first_use
from forthwith.settings import settings


@lru_cache
def server_secret() -> bytes:
    """Return 32 random bytes kept in `home/keys/web`, made at first use with mode 600."""
    return first_use(settings().home / "keys" / "web", os.urandom(32))[0]


def signature(purpose: str, text: str) -> str:
    """Return what proves that this server wrote `text` for `purpose`; a signature of one purpose fits no other."""
    return hmac.new(server_secret(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def fits(purpose: str, text: str, given: str, *, length: int = 64) -> bool:
    """Return whether `given` is the signature, or its first `length` digits, in a time that tells nothing of it."""
    return hmac.compare_digest(signature(purpose, text)[:length].encode(), given.encode())
