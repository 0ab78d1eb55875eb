"""`forthwith deadlines`: what is due until when."""

from typing import TYPE_CHECKING

from forthwith.cli.console import actor, database, incident_of, say, show, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from forthwith.timeline.deadlines import Deadline
    from models import Incident


def deadlines(
    ref: str | None = None,
    *,
    ics: bool = False,
    json: bool = False,
    explain: str | None = None,
    reason: str | None = None,
) -> None:
    """Show what is due until when, the earliest first.

    Parameters
    ----------
    ref:
        One incident; by default all that are open.
    ics:
        Write an iCalendar feed to standard output.
    explain:
        The key of a late duty whose delay you explain with --reason.
    reason:
        Why it was late, in a sentence that names nobody.
    """
    from forthwith.timeline.deadlines import due

    with database() as session:
        incident = incident_of(session, ref) if ref else None
        if explain:
            _explain(session, incident, explain, reason or "")
        elif ics:
            _feed(session, incident)
        else:
            found = due(session, incident)
            show([one.as_dict() for one in found], json, _human(found))


def _explain(session: "Session", incident: "Incident | None", key: str, reason: str) -> None:
    from forthwith.timeline.deadlines import explain_delay
    from models import Refusal

    if incident is None:
        raise Refusal("Whose duty is it?", "Name the incident: forthwith deadlines REF --explain KEY --reason ...")
    explain_delay(session, incident, key, reason=reason, actor=actor())
    say(f"The reason for {key} is recorded.")


def _feed(session: "Session", incident: "Incident | None") -> None:
    import sys

    from forthwith.timeline.feed import to_ics

    sys.stdout.buffer.write(to_ics(session, incident))


def _human(found: "list[Deadline]") -> str:
    if not found:
        return "Nothing is due."
    head = ("incident", "due (UTC)", "left", "state", "duty", "whom", "people")
    return table(head, [_line(one) for one in found])


def _line(one: "Deadline") -> tuple[object, ...]:
    at = one.due_at.strftime("%Y-%m-%d %H:%M") if one.due_at else "without delay"
    people = "" if one.count is None else one.count
    return (one.incident, at, _left(one), _state(one), one.key, one.recipient, people)


def _left(one: "Deadline") -> str:
    if one.met_at or one.left_seconds is None:
        return ""
    days, rest = divmod(abs(one.left_seconds), 86_400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    span = f"{days} d {hours} h" if days else f"{hours} h {minutes:02d} min"
    return f"-{span}" if one.left_seconds < 0 else span


def _state(one: "Deadline") -> str:
    if one.late:
        word = "met late" if one.met_at else "LATE"
        return f"{word}, needs a reason" if one.demands_reason else word
    if one.met_at:
        return "met"
    return "legal decides" if one.verdict == "review" else "open"
