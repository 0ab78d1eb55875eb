"""What may cross into Prefect: ids, numbers, and errors that name no person.

An exception's text often holds a value, and Prefect would store it, show it and log it. So whatever is raised inside
a flow or a task is replaced by a `SafeError`: what kind, where in our own code, and a reference.
"""

import functools
import secrets
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

from pydantic import StringConstraints

from models import Refusal

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
IncidentId = Annotated[str, StringConstraints(pattern=UUID)]
SignalId = Annotated[str, StringConstraints(pattern=UUID)]
BatchSize = Annotated[int, "500 to 5000 people"]

HOUSE = Path(__file__).parents[1]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class SafeError(Exception):
    """An error that may be shown and stored anywhere. `code` is its kind, `ref` finds it in the log of the process."""

    def __init__(self, code: str, ref: str, where: str = "") -> None:
        super().__init__(f"{code} [{ref}] {where}".rstrip())
        self.code = code
        self.ref = ref
        self.where = where

    def __reduce__(self) -> tuple[type["SafeError"], tuple[str, str, str]]:
        """Pickle what may be shown: Prefect keeps a failed run's exception on disk, whatever it is told."""
        return SafeError, (self.code, self.ref, self.where)


def safe(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Wrap `function` so that it raises nothing but `SafeError`, with no cause and no context attached."""

    @functools.wraps(function)
    def wrapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except SafeError:
            raise
        except Exception as failure:
            told = described(failure)
        raise told  # outside the handler: an error raised inside would carry the first one as its context

    return wrapped


def described(failure: Exception) -> SafeError:
    """Return the `SafeError` that tells of `failure`. A Refusal's line is safe by its own rule; no other text is."""
    code = f"refused: {failure}" if isinstance(failure, Refusal) else type(failure).__name__
    return SafeError(code, secrets.token_hex(4), f"at {whence(failure)}")


def whence(failure: BaseException) -> str:
    """Return where in our own code it happened: file, line and function, innermost last, no values."""
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if _ours(frame.filename)]
    return " > ".join(f"{Path(frame.filename).relative_to(HOUSE)}:{frame.lineno} {frame.name}" for frame in ours[-4:])


def _ours(filename: str) -> bool:
    parts = Path(filename).parts[len(HOUSE.parts) :] if filename.startswith(str(HOUSE)) else ()
    return bool(parts) and parts[0] in {"flows", "forthwith", "models"} and not filename.endswith("safe.py")
