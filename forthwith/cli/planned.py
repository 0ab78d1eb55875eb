"""A plan and its forecast as people read them: on `send plan`, and before legal decides."""

from typing import TYPE_CHECKING, Any

from forthwith.cli.console import table

if TYPE_CHECKING:
    from datetime import datetime

    from forthwith.dispatch import Forecast

DAYS = 10  # waves that are listed; the rest is counted


def told(seen: "Forecast") -> str:
    """Return the plan: each notice's legs, what they cost, when they end, and what to look at."""
    parts = [_notice(plan) for plan in seen.notices] or ["No notice is to be sent."]
    if seen.channels:
        parts += [_channels(seen), _deadlines(seen)]
    if seen.waves:
        parts.append(_waves(seen.waves))
    if seen.remedy:
        parts.append(f"codes of the remedy: {seen.remedy['needed']} needed, {seen.remedy['free']} free")
    if seen.warnings:
        parts.append("\n".join(["Look at this:", *(f"  - {line}" for line in seen.warnings)]))
    return "\n\n".join(parts)


def _notice(plan: Any) -> str:
    """Return how one notice travels."""
    rows = [(leg.leg, leg.medium, leg.channel, leg.people, leg.why) for leg in plan.legs]
    rows += [("-", "held", "-", one["people"], one["why"]) for one in plan.held]
    rows += [("-", f"not by {one['medium']}", "-", one["people"], one["why"]) for one in plan.unused]
    head = f"“{plan.title}”: {plan.people} people, due {_at(plan.due_at)}"
    return f"{head}\n{table(('leg', 'medium', 'channel', 'people', 'why'), rows)}" if rows else head


def _channels(seen: "Forecast") -> str:
    """Return what each channel carries."""
    rows = [
        (one.channel, one.medium, one.messages, _rate(one.per_second),
         "no price set" if one.cost is None else f"{one.cost} {seen.currency}".strip())
        for one in seen.channels
    ]  # fmt: skip
    whole = "not known: no price set for every channel" if seen.cost is None else f"{seen.cost} {seen.currency}".strip()
    return f"{table(('channel', 'medium', 'messages', 'rate', 'cost'), rows)}\ncost of the first legs: {whole}"


def _rate(per_second: float | None) -> str:
    if per_second is None:
        return "not set up"
    return f"{per_second:g} a second" if per_second else "no limit"


def _deadlines(seen: "Forecast") -> str:
    """Return when each deadline's last message goes."""
    words = {None: "-", True: "in time", False: "LATE"}
    rows = [(_at(one.due_at), one.people, _at(one.ends_at, "not known"), words[one.in_time]) for one in seen.deadlines]
    return table(("deadline", "messages", "sent by, at the earliest", ""), rows)


def _waves(waves: dict[str, Any]) -> str:
    """Return what each day takes."""
    days = waves["days"]
    rows = [(_at(one["from"], "at once"), one["people"]) for one in days[:DAYS]]
    more = f"\nand {len(days) - DAYS} days more" if len(days) > DAYS else ""
    return f"in waves of {waves['per_day']} people a day\n{table(('from', 'people'), rows)}{more}"


def _at(at: "datetime | None", none: str = "no set hour") -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else none
