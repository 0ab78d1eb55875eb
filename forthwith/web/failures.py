"""What the web refuses, and how it says so: one line, and what to do."""

from models import Refusal


class Forbidden(Refusal):
    """Signed in, but not allowed: 403."""


class Missing(Refusal):
    """There is no such thing: 404."""


class TooMany(Refusal):
    """Asked too often: 429."""


class SignInNeeded(Exception):
    """Nobody is signed in; `path` is where they wanted to go, empty where it was a form."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class Outside(Exception):
    """An affected person has shown no code, or too long ago: they are asked for it."""
