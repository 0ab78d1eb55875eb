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


class ConfirmNeeded(Exception):
    """Signed in, and asked to show a second factor first; `after` is where they come back to."""

    def __init__(self, after: str) -> None:
        super().__init__()
        self.after = after


def no_incident() -> Missing:
    """Return the refusal of an incident that does not exist, or not for who asks: the words are the same."""
    return Missing("There is no such incident.", "Choose one from the list.")
