"""What the doors for programs share: the shape of what is asked and told, and of refusals."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from forthwith.access.tokens import Bearer
from forthwith.web.failures import Forbidden
from models import UserRole

PAGE, MOST = 50, 200
NUMBER = 2**31 - 1
READERS = (UserRole.LEGAL, UserRole.RESPONDER, UserRole.APPROVER, UserRole.AUDITOR)
ANSWERERS = (UserRole.LEGAL, UserRole.RESPONDER)


class Refused(BaseModel):
    """Why something was refused, and what to do about it. It never repeats what was sent."""

    what: str = Field(description="What is wrong, in one sentence.")
    do: str = Field(description="What to do about it.")


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refused, "description": "Refused: it can't be done so, or not now."},
    401: {"model": Refused, "description": "No token that stands."},
    403: {"model": Refused, "description": "Not within the token's scopes, or not for its user here."},
    404: {"model": Refused, "description": "No such thing, or not for this user."},
    413: {"model": Refused, "description": "Too large: 128 KiB, and 64 MiB for a file of evidence."},
    422: {"model": Refused, "description": "Not understood: a field is missing, too long or of another kind."},
    500: {"model": Refused, "description": "A fault of ours. Nothing was half done."},
    429: {"model": Refused, "description": "Asked too often by this token."},
}


class Asked(BaseModel):
    """The body of a request. A field that nobody knows is refused: a misspelt one would be silently left out."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """An answer, made from rows and values of ours."""

    model_config = ConfigDict(from_attributes=True)


class Done(Told):
    """Something was done."""

    ok: bool = True


def _storable(told: Any) -> Any:
    """Return a value that the database can keep. Raises ValueError for a zero byte or half a letter anywhere in it."""
    waiting, seen = [told], 0
    while waiting:
        one, seen = waiting.pop(), seen + 1
        if seen > 20_000:
            raise ValueError("too many parts")
        if isinstance(one, str):
            _text(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return told


def _text(told: str) -> str:
    if "\0" in told or any("\ud800" <= letter <= "\udfff" for letter in told):
        raise ValueError("no text")
    return told


def proven(asks: Bearer) -> None:
    """Let on a token whose owner showed a second factor when it was made: a program holds none itself."""
    if asks.token.proven_at is None:
        raise Forbidden(
            "This takes a token that was made with a second factor, to approve or to change who has access.",
            "Make one on the account page, right after you showed your second factor.",
        )


def texts(words: Iterable[str] | None) -> list[str]:
    """Return codes as texts; nothing for none."""
    return [str(word) for word in words or ()]


def plain(row: Any) -> dict[str, Any]:
    """Return a dataclass as plain values."""
    return asdict(row)


PRINTABLE = r"^[^\x00]*$"
Line = Annotated[str, StringConstraints(max_length=300, pattern=PRINTABLE), AfterValidator(_text)]
Words = Annotated[str, StringConstraints(max_length=8000, pattern=PRINTABLE), AfterValidator(_text)]
Reason = Annotated[
    str, StringConstraints(max_length=1000, pattern=PRINTABLE), AfterValidator(_text),
    Field(description="Why. It stays in the timeline, and others read it: it must name no person."),
]  # fmt: skip
Anything = Annotated[Any, BeforeValidator(_storable)]
Ref = Annotated[str, Path(description="The incident's number, such as 2026-001.", max_length=40, pattern=r"^[\w-]+$")]
Number = Annotated[int, Path(description="A number within the incident, from 1.", ge=1, le=NUMBER)]
