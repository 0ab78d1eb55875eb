"""`forthwith remedy`: the codes with which affected people claim what is offered to them."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from forthwith.cli.console import actor, database, incident_of, show, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from models import Incident

app = App(name="remedy", help="Codes of a remedy, such as credit monitoring: one a person, never twice.")


@app.command
def load(ref: str, file: Path, *, provider: str, until: str, json: bool = False) -> None:
    """Load a FILE of codes for REF, one a line or in the first column of a CSV.

    The wording then tells each person a code of their own. Load before legal approves: more words are new words.

    Parameters
    ----------
    ref:
        The incident.
    file:
        The provider's file; it is read once and not kept.
    provider:
        Who serves the people, as the notice names them.
    until:
        The last day on which a code may be handed out, e.g. 2027-06-30.
    json:
        As one JSON document.
    """
    from dataclasses import asdict

    from forthwith.dispatch import remedies
    from models import Refusal

    if not file.is_file():
        raise Refusal("The file of codes isn't there.", "Check the path.")
    last = _day(until)
    with database() as session:
        incident = incident_of(session, ref)
        _state(session, incident, provider, last)
        done = remedies.load(session, incident, file.read_bytes(), provider=provider, until=last, actor=actor())
    aside = "".join(f", {n} set aside: {why}" for why, n in sorted(done.aside.items()))
    freed = f"; {done.released} who waited for one may go" if done.released else ""
    show(asdict(done), json, f"{done.rows} rows: {done.codes} codes loaded{aside}{freed}")


@app.command(name="show")
def listing(ref: str, *, json: bool = False) -> None:
    """Show the pools of REF: how many codes are given and free. No code is shown."""
    from forthwith.dispatch import remedies

    with database() as session:
        pools = remedies.stock(session, incident_of(session, ref))
    rows = [(one["provider"], one["until"], one["codes"], one["given"], one["free"]) for one in pools]
    show(pools, json, table(("provider", "until", "codes", "given", "free"), rows) if rows else "No codes are loaded.")


def _day(stated: str) -> date:
    from models import Refusal

    try:
        return date.fromisoformat(stated)
    except ValueError:
        raise Refusal("--until is no day.", "Write it as 2027-06-30.") from None


def _state(session: "Session", incident: "Incident", provider: str, until: date) -> None:
    """State what the wording says of the remedy. What it says already must hold for these codes as well."""
    from forthwith.detection.facts import state
    from forthwith.timeline.known import current
    from models import Refusal

    known = {name: fact.value for name, fact in current(session, incident).items()}
    named, last = known.get("words.offer.provider"), _as_day(known.get("words.offer.enrol_by"))
    if named and named != provider:
        raise Refusal("The wording names another provider.", "Give its name, or state words.offer.provider anew.")
    if last and until < last:
        raise Refusal(
            f"The wording lets people sign up until {last}, and these codes end before.", "State words.offer.enrol_by."
        )
    says: dict[str, Any] = {"words.offer.own_codes": "yes", "words.offer.provider": provider}
    state(session, incident, says | ({} if last else {"words.offer.enrol_by": until.isoformat()}), by=actor())


def _as_day(value: object) -> date | None:
    """Return the day of a fact, where it has one."""
    try:
        return datetime.fromisoformat(str(value)).date() if value else None
    except ValueError:
        return None
