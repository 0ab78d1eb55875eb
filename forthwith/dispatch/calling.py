"""Calls of a batch: together or one by one, and none that could outlive the lease."""

from collections.abc import Iterable
from datetime import datetime

from forthwith import clock
from forthwith.channels import Batching
from forthwith.dispatch.claiming import Claimed
from forthwith.dispatch.settling import BUSY, pause
from forthwith.dispatch.states import NOT_HANDED_OVER
from forthwith.dispatch.valve import Valve, failed
from forthwith.settings import settings
from models import Channel, Message, Outcome, Refused


def parted(messages: list[Message], rows: list[Claimed], channel: Channel) -> tuple[list[Message], list[Message]]:
    """Part a batch into those that go together and those that were refused before."""
    if not isinstance(channel, Batching):
        return [], messages
    again = {row.key for row in rows if row.n > 1}
    if not again:
        return messages, []
    return [one for one in messages if one.key not in again], [one for one in messages if one.key in again]


def calls(told: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes of requests: the messages of one request all share its outcome, the very object."""
    return list({id(one): one for one in told}.values())


def not_called(rows: Iterable[Claimed]) -> dict[str, Outcome]:
    """Return the outcome of rows that were claimed and are given back without a call."""
    return {row.key: Refused(NOT_HANDED_OVER, permanent=False) for row in rows}


def one_by_one(
    messages: list[Message], channel: Channel, valve: Valve, *, until: datetime, failures: int
) -> dict[str, Outcome]:  # fmt: skip
    """Call once a message, while the lease lasts, the channel takes them and not too many fail in a row."""
    outcomes: dict[str, Outcome] = {}
    halted: Refused | None = None
    for message in messages:
        if halted is None and not (valve.wait(room(until)) and in_time(until)):
            halted = Refused(NOT_HANDED_OVER, permanent=False)
        if halted is not None:
            outcomes[message.key] = Refused(NOT_HANDED_OVER, permanent=False, retry_after=pause(halted))
            continue
        outcomes[message.key] = told = channel.send(message)
        failures = failures + 1 if failed(told) else 0
        if isinstance(told, Refused) and (told.stop or told.retry_after >= BUSY):
            halted = told
        elif failures >= settings().breaker_after:
            halted = Refused(NOT_HANDED_OVER, permanent=False, retry_after=settings().breaker_pause)
    return outcomes


def in_time(until: datetime) -> bool:
    """Return whether one more call can end before the lease does."""
    return room(until) > 0


def room(until: datetime) -> float:
    """Return the seconds until the last moment at which a call can begin and end before the lease does."""
    return (until - clock.now()).total_seconds() - settings().provider_timeout
