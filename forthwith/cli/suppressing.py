"""`forthwith people suppress`: lists of addresses that must not be written to."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from forthwith.cli.console import actor, database, incident_of, show

Class = Annotated[str | None, Parameter(name="--class")]


def suppress(
    ref: str, path: Path, *, reason: str, class_: Class = None, lift: bool = False, json: bool = False
) -> None:  # fmt: skip
    """Take up a list of e-mail addresses, telephones, postal addresses or people that must not be written to.

    A legal stop (wrong person, deceased, protected address, a hold of law enforcement) holds whoever is on it, and
    `forthwith send status` shows it; an opt-out of marketing is noted: it neither blocks nor satisfies a legal duty.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    path:
        The list, a table. A column `person` has people's numbers; without one, addresses are taken.
    reason:
        Why. It stays in the timeline for ever and stands beside what is held: name no person in it.
    class_:
        marketing or legal.
    lift:
        Take the list back instead; what it held may go again.
    """
    from forthwith import dispatch, scoping

    with database() as session:
        incident = incident_of(session, ref)
        if lift:
            data = {"incident": ref, "lifted": scoping.lift(session, incident, path, reason=reason, actor=actor())}
        else:
            done = scoping.suppress(session, incident, path, purpose=class_ or "", reason=reason, actor=actor())
            data = {"incident": ref, **done.as_dict()}
        data["deliveries"] = dispatch.hold_stopped(session, incident)
    show(data, json, _told(data, lift=lift))


def _told(data: dict[str, object], *, lift: bool) -> str:
    """Return what a list did, for people."""
    changed = f"{data['deliveries']:,} deliveries changed. Next: forthwith send status {data['incident']}"
    if lift:
        return f"{data['lifted']:,} entries were lifted. {changed}"
    told = f"{data['entries']:,} entries ({data['unusable']:,} rows name nothing); {data['people']:,} people are on it."
    if data["purpose"] == "marketing":
        return f"{told}\nA marketing opt-out neither blocks nor satisfies a legal duty: nothing is held."
    return f"{told}\nTheir notices are held. {changed}"
