"""What a provider's answer means: accepted, clearly refused, or in doubt. One rule for every HTTP channel."""

import socket
from collections.abc import Iterator, Mapping

from pydantic import SecretStr

from models import Outcome, ProviderEvent, Refusal, Refused, Unknown

WRONG_KEY, WRONG_PLACE = (401, 403), (404, 405, 410, 415)
LONGEST_WAIT = 3600.0  # seconds


def by_status(provider: str, status: int, retry_after: float = 0.0) -> Refused | Unknown:
    """Return the meaning of an HTTP status that isn't the one hoped for. Only a clear 4xx is a refusal."""
    said = f"{provider} answered {status}"
    if status in WRONG_KEY:
        return Refused(f"{said}: it does not accept our credentials", permanent=False, stop=True)
    if status in WRONG_PLACE:
        return Refused(f"{said}: the address of the provider is wrong", permanent=False, stop=True)
    if status == 429:
        return Refused(f"{said}: too many at once", permanent=False, retry_after=retry_after or 1.0)
    if 400 <= status < 500 and status != 408:
        return Refused(f"{said}: it can't take this message", permanent=True)
    return Unknown(f"{said}: nobody can say whether it took the message")


def by_failure(provider: str, failure: BaseException) -> Refused | Unknown:
    """Return the meaning of a broken call: refused where no byte left, in doubt otherwise. Quotes nothing."""
    kinds = {type(cause) for cause in _causes(failure)}
    if kinds & {ConnectionRefusedError, socket.gaierror}:
        return Refused(f"{provider} can't be reached", permanent=False, retry_after=5.0)
    why = "no answer in time" if any(issubclass(kind, TimeoutError) for kind in kinds) else "no clear answer"
    return Unknown(f"{provider} gave {why}")


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """Walk through whatever the failure wraps: causes, contexts, `reason`, arguments."""
    seen: set[int] = set()
    waiting: list[object] = [failure]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def wait_of(headers: Mapping[str, str] | None) -> float:
    """Return the seconds that a provider asks us to wait, 0 where it doesn't say."""
    stated = (headers or {}).get("Retry-After") or ""
    return min(float(stated), LONGEST_WAIT) if stated.strip().isdigit() else 0.0


def secret(value: SecretStr | None) -> str | None:
    """Return a secret's text."""
    return value.get_secret_value() if value else None


def needed(value: str | None, setting: str) -> str:
    """Return a credential. Raises Refusal naming the setting where it is missing."""
    if not value:
        raise Refusal(f"{setting} is not set.", f"Set {setting}, or choose the channel `outbox`.")
    return value


class Silent:
    """A channel that never calls back."""

    name: str

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:  # noqa: ARG002
        """Refuse: there is no webhook."""
        raise Refusal(f"The channel {self.name!r} has no webhook.", "Take the call's address out of the provider.")


class Forgetful:
    """A channel whose provider can't be asked by our id."""

    def look_up(self, key: str) -> Outcome | None:  # noqa: ARG002
        """Return None: this provider can't tell."""
        return None
