"""`forthwith people near`, `merges`, `decide` and `part`: who may be one person, and merges taken back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from forthwith.cli.console import actor, database, incident_of, show, table
from forthwith.cli.people import Columns, stated_columns

if TYPE_CHECKING:
    from models import ScopeChange

Rows = Annotated[list[str], Parameter(name="--rows", negative=())]
Files = Annotated[list[Path], Parameter(name="--evidence", negative=())]
SHOWN = 50  # pairs on the screen; --json has all


def near(ref: str, *, decided: bool = False, json: bool = False) -> None:
    """List the pairs of people who may be one, the nearest first, for somebody to decide. Nobody is named.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    decided:
        List what was decided instead, with who did it, when and why.
    """
    from forthwith import scoping

    with database() as session:
        data = scoping.queue(session, incident_of(session, ref), decided=decided)
    show(data, json, _queue(data, decided=decided))


def merges(ref: str, number: int, *, json: bool = False) -> None:
    """Show the rows of one person, and why each was held to be theirs.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    number:
        Their number, as `forthwith people export` shows it.
    """
    from forthwith import scoping

    with database() as session:
        data = scoping.merges(session, incident_of(session, ref), number)
    show(data, json, _merges(data))


def decide(ref: str, pair: str, verdict: str, *, reason: str, json: bool = False) -> None:
    """Decide whether two people are one: `same` joins them, `different` keeps every later load from joining them.

    Approvals of the notices that they are in fall where they are joined.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    pair:
        Their numbers, such as 12-57, as `forthwith people near` shows them.
    verdict:
        same or different.
    reason:
        Why. It stays in the timeline for ever and others read it: name no person in it.
    """
    from forthwith import scoping

    with database() as session:
        incident = incident_of(session, ref)
        row = scoping.decide(session, incident, _numbers(pair), verdict, reason=reason, actor=actor())
        data = {"incident": ref, "pair": pair, **row.model_dump(include={"verdict", "decided_by", "reason"})}
    what = "They are one person now." if verdict == "same" else "They stay two, whatever a later load tells."
    show(data, json, f"{what}\nNext: forthwith people near {ref}")


def part(
    ref: str, number: int, *, rows: Rows, evidence: Files, reason: str, set: Columns = None,
    country: str | None = None, json: bool = False,
) -> None:  # fmt: skip
    """Take a merge back: rows of one person become a person of their own, and no later load joins the two again.

    Whoever keeps the number keeps what was sent. Approvals of the notices that they are in fall.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    number:
        The person, as `forthwith people export` shows them.
    rows:
        The rows that leave, as FILE:ROW,ROW (`forthwith people merges` lists them); may stand several times.
    evidence:
        The files in which the person stands, as they were loaded; may stand several times.
    reason:
        Why. It stays in the timeline for ever and others read it: name no person in it.
    set:
        What a column means, as COLUMN=FIELD, where that was stated at the load.
    country:
        Where people live whose row states no country, where that was stated at the load.
    """
    from forthwith import scoping

    with database() as session:
        made: ScopeChange = scoping.part(
            session, incident_of(session, ref), number, _places(rows), evidence=evidence, reason=reason,
            actor=actor(), columns=stated_columns(set), country=country,
        )  # fmt: skip
        data = {"incident": ref, **made.model_dump(include={"version", "what", "added", "people", "reason"})}
    show(data, json, _parted(data))


def _numbers(pair: str) -> tuple[int, int]:
    """Return the two numbers of a pair. Raises Refusal where it is none."""
    from models import Refusal

    one, dash, other = pair.partition("-")
    if not (dash and one.isdigit() and other.isdigit()):
        raise Refusal(f"{pair!r} is no pair of people.", "Write their numbers with a dash between them: 12-57")
    return int(one), int(other)


def _places(rows: list[str]) -> list[tuple[str, int]]:
    """Return file and row of each of the rows. Raises Refusal where one is none."""
    from models import Refusal

    found: list[tuple[str, int]] = []
    for entry in rows:
        file, colon, numbers = entry.rpartition(":")
        if not (colon and file and all(number.strip().isdigit() for number in numbers.split(","))):
            raise Refusal(f"{entry!r} names no rows.", "Write --rows FILE:ROW,ROW, such as kunden.csv:12,40")
        found += [(file, int(number)) for number in numbers.split(",")]
    return found


def _queue(data: dict[str, Any], *, decided: bool) -> str:
    """Return the pairs, for people."""
    if not data["pairs"]:
        return "Nothing was decided yet." if decided else "No two people look near enough to be asked about."
    head = ("pair", "initials", "why", "score", "same", "differ", "rows to look at", *(("decided",) if decided else ()))
    lines = [table(head, [_pair(one, decided=decided) for one in data["pairs"][:SHOWN]])]
    more = max(0, len(data["pairs"]) - SHOWN)
    lines += [f"{more:,} more: --json has them."] if more else []
    if data["left_out"] and not decided:
        lines.append(f"{data['left_out']:,} more pairs were left out, less near than these.")
    if data["crowded"] and not decided:
        lines.append(f"{data['crowded']:,} identifiers have too many people for each to be compared with each.")
    return "\n".join([*lines, f"Next: forthwith people decide {data['incident']} PAIR same|different --reason ..."])


def _pair(one: dict[str, Any], *, decided: bool) -> tuple[object, ...]:
    """Return one pair's line."""
    told = (f"{one['verdict']} by {one['decided_by']}: {one['reason']}",) if decided else ()
    return (
        "-".join(map(str, one["pair"])), " / ".join(one["initials"]), one["why"], f"{one['score']:.2f}",
        ", ".join(one["shared"]), ", ".join(one["differing"]), " / ".join(", ".join(some) for some in one["places"]),
        *told,
    )  # fmt: skip


def _merges(data: dict[str, Any]) -> str:
    """Return one person's rows, for people."""
    told = ", ".join(f"{count} {kind}" for kind, count in data["values"].items())
    rows = [(row["source"], row["row"], row["reason"], ", ".join(row["elements"])) for row in data["rows"]]
    return "\n".join([
        f"No. {data['number']} ({data['initials']}), {data['jurisdiction']}; different values: {told}", "",
        table(("file", "row", "because of", "exposes"), rows), "",
        f"Wrong? forthwith people part {data['incident']} {data['number']} --rows FILE:ROW --evidence PATH",
    ])  # fmt: skip


def _parted(data: dict[str, Any]) -> str:
    """Return what taking a merge back did, for people."""
    return (
        f"They are two people now. People in scope: {data['people']:,} (version {data['version']}).\n"
        "Approvals of the notices that they are in fall: assess, draft and have them approved again.\n"
        f"Next: forthwith people scope {data['incident']}"
    )
