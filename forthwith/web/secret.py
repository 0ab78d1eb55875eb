"""The server's own secret: signs session cookies and form tokens."""

import hashlib
import hmac
import os
from functools import lru_cache

from forthwith.settings import settings


@lru_cache
def server_secret() -> bytes:
    """Return 32 random bytes kept in `home/keys/web`, made at first use with mode 600."""
    path = settings().home / "keys" / "web"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(32))
    return path.read_bytes()


def signature(purpose: str, text: str) -> str:
    """Return what proves that this server wrote `text` for `purpose`; a signature of one purpose fits no other."""
    return hmac.new(server_secret(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def fits(purpose: str, text: str, given: str) -> bool:
    """Return whether `given` is the signature, in a time that tells nothing of it."""
    return hmac.compare_digest(signature(purpose, text).encode(), given.encode())
