"""`forthwith people`: load evidence, confirm what its columns mean, show who is affected, export the list.

Who is in scope, and since when, is in `scope.py`; who may be one person, in `near.py`.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from forthwith.cli.console import actor, database, incident_of, say, show, table
from forthwith.cli.watching import watched

if TYPE_CHECKING:
    from sqlmodel import Session

    from forthwith.scoping import LoadReport, Preview
    from models import Party

app = App(
    name="people",
    help="Affected people: load evidence, search loose files, show, export, take out of scope, tell apart.",
)
for name in ("remove", "restore", "scope"):
    app.command(f"forthwith.cli.scope:{name}", name=name)
for name in ("near", "merges", "decide", "part"):
    app.command(f"forthwith.cli.near:{name}", name=name)
app.command("forthwith.cli.searching:search", name="search")
app.command("forthwith.cli.suppressing:suppress", name="suppress")
Columns = Annotated[list[str] | None, Parameter(name="--set", negative=())]


@app.command
def load(
    ref: str, *paths: Path, party: str | None = None, kind: str = "customer", set: Columns = None,
    country: str | None = None, yes: bool = False, json: bool = False,
) -> None:  # fmt: skip
    """Load evidence: CSV, TSV, XLSX, ODS, JSON, Parquet, SQL dumps, mail (mbox, EML), or ZIP files of these.

    Each row ends as a person's or in quarantine, with its reason. What the columns are taken for is shown first.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    paths:
        The files.
    party:
        Whose customers these are: a party's code or name.
    kind:
        What the people are to it: customer, employee, patient ...
    set:
        What a column means, as COLUMN=FIELD; may stand several times.
    country:
        Where people live whose row states no country, such as DE.
    yes:
        Accept what the columns are taken for, without being asked.
    """
    from forthwith import scoping

    _some(paths)
    with database() as session:
        incident = incident_of(session, ref)
        owner = _party(session, party)
        stated = stated_columns(set)
        for path in () if yes else paths:
            _agree(session, scoping.preview(session, path, stated))
        with watched() as watch:
            report = scoping.load(
                session, incident, paths, actor=actor(), party=owner, kind=kind, columns=stated, country=country,
                watch=watch,
            )  # fmt: skip
    show(report.as_dict(), json, _told(ref, report))


@app.command(name="map")
def map_(ref: str, file: Path, *, set: Columns = None, confirm: bool = False, json: bool = False) -> None:
    """Show what a file's columns are taken for, with masked examples; confirm it, so that the next one loads unasked.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    file:
        The file.
    set:
        What a column means, as COLUMN=FIELD (birth_date:dmy or birth_date:mdy states the order of dates).
    confirm:
        Keep this for every file with the same header.
    """
    from forthwith import scoping
    from forthwith.timeline import record

    with database() as session:
        incident = incident_of(session, ref)
        seen = scoping.preview(session, file, stated_columns(set))
        if confirm:
            kept = scoping.confirm(session, seen, by=actor())
            text, data = (
                "The meaning of the columns of an evidence file was confirmed.",
                {"sha256": seen.sha256, "headers": kept},
            )
            record(session, incident.id, actor=actor(), verb="confirmed", text=text, object_type="columns", data=data)
    show(seen.as_dict() | {"saved": confirm}, json, _mapping(seen, saved=confirm))


@app.command(name="show")
def show_(ref: str, *, json: bool = False) -> None:
    """Show who is affected, in counts: where, how old, which data, how to reach them, and what became of every row.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    """
    from forthwith import scoping

    with database() as session:
        data = scoping.overview(session, incident_of(session, ref))
    show(data, json, _overview(data))


@app.command
def export(ref: str, *, links: bool = False, json: bool = False) -> None:
    """Print one line a person in scope, without personal data (JSON Lines); with --links which row told of whom (CSV).

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    links:
        CSV of source (file), row (data row, from 0), person_id, reason (why there is no person).
    """
    import csv

    import orjson

    from forthwith import scoping

    with database() as session:
        incident = incident_of(session, ref)
        rows: Iterable[dict[str, Any]] = (scoping.links if links else scoping.people_lines)(session, incident)
        if json:
            show(list(rows), True, "")
        elif links:
            writer = csv.DictWriter(sys.stdout, ("source", "row", "person_id", "reason"), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        else:
            for row in rows:
                say(orjson.dumps(row).decode())


def _some(paths: tuple[Path, ...]) -> None:
    """Raise Refusal where no file is named."""
    from models import Refusal

    if not paths:
        raise Refusal("No file was named.", "Say which: forthwith people load REF FILE...")


def stated_columns(pairs: list[str] | None) -> dict[str, str]:
    """Return field by column. Raises Refusal where a pair is none."""
    from models import Refusal

    stated = dict(pair.rpartition("=")[::2] for pair in pairs or [])
    if not all(stated) or not all(stated.values()):
        raise Refusal("--set takes COLUMN=FIELD.", 'For example: --set "Kd-Nr"=customer_id')
    return stated


def _party(session: "Session", wanted: str | None) -> "Party | None":
    """Return the party with this code or name. Raises Refusal where there is none."""
    from sqlmodel import or_, select

    from models import Party, Refusal

    if wanted is None:
        return None
    found = session.exec(select(Party).where(or_(Party.code == wanted, Party.name == wanted))).first()
    if found is None:
        raise Refusal(f"No party is called {wanted!r}.", "State it in the incident file, under `parties`.")
    return found


def _agree(session: "Session", seen: "Preview") -> None:
    """Have a person confirm what a file's columns mean, unless somebody did. Raises Refusal where nobody can."""
    from forthwith import scoping
    from models import Refusal

    if seen.confirmed:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal(
            f"Nobody has confirmed what the columns of {seen.name} mean.",
            "Look with `forthwith people map REF FILE`, then add --confirm there, or --yes here.",
        )
    say(_mapping(seen, saved=False))
    if input("Is that right? [y/N] ").strip().lower() not in ("y", "yes"):
        raise Refusal("Nothing was loaded.", 'State what is wrong: --set "COLUMN"=FIELD')
    scoping.confirm(session, seen, by=actor())


def _mapping(seen: "Preview", *, saved: bool) -> str:
    """Return a preview for people."""
    lines = [f"{seen.name}: {seen.rows_in:,} rows" + (f", {seen.encoding}" if seen.encoding else "")]
    head = ("column", "taken for", "because of", "exposes", "filled", "looks like", "look at")
    for sheet in dict.fromkeys(line["sheet"] for line in seen.columns):
        rows = [_column(line) for line in seen.columns if line["sheet"] == sheet]
        lines += ["", *([f"Sheet {sheet}"] if sheet else []), table(head, rows)]
    lines += ["", "Saved for every file with this header." if saved else "Not saved yet: --confirm keeps it."]
    return "\n".join(lines)


HOW = {
    "head": "its head",
    "like": "a head like it",
    "values": "its values",
    "saved": "a person",
    "stated": "you",
    "none": "",
}


def _column(line: dict[str, Any]) -> tuple[object, ...]:
    """Return one column's line of the table."""
    meant = f"{line['field']} ({line['order']})" if line["order"] in ("dmy", "mdy") else line["field"]
    return (
        line["column"], "-" if line["field"] == "other" else meant, HOW[line["how"]], ", ".join(line["elements"]),
        line["filled"], "  ".join(line["examples"][:2]), line["note"],
    )  # fmt: skip


def _told(ref: str, report: "LoadReport") -> str:
    """Return what a load did, for people."""
    lines = []
    for file in report.files:
        if file.already_loaded:
            lines.append(f"{file.name}: loaded before, nothing changed.")
            continue
        loaded, aside = f"{file.rows_loaded:,} loaded", f"{file.rows_quarantined:,} in quarantine"
        lines.append(f"{file.name}: {file.rows_in:,} rows = {loaded} + {aside}")
        lines += [f"    {count:>7,}  {reason}" for reason, count in file.quarantined.items()]
        lines += [f"    {rows:>7,}  born on {day}: the system fills it in, it counts as unknown"
                  for day, rows in file.filled_in.items()]  # fmt: skip
        lines += [f"    look at column {name!r}: nobody knows it" for name in file.unmapped]
    told = f"{report.people_new:,} new, {report.people_changed:,} known before and told of again"
    lines.append(f"People: {report.people:,} ({told}) in {report.cohorts:,} cohorts")
    lines.append(f"{report.unreachable:,} of them have no address at all.")
    if report.people_out:
        lines.append(
            f"{report.people_out:,} more were told of again, but were taken out of scope before: they stay out."
        )
    if report.kept_apart:
        lines.append(f"{report.kept_apart:,} pairs look alike but contradict each other: they were kept apart.")
        lines.append(f"Who may be one person after all: forthwith people near {ref}")
    if report.crowded:
        lines.append(
            f"{report.crowded:,} groups, such as those born on one day in one country, have too many names to compare"
            " each with each: misspelt names were not looked for in them."
        )
    return "\n".join([*lines, f"Next: forthwith people show {ref}"])


def _overview(data: dict[str, Any]) -> str:
    """Return the overview for people."""
    lines = [f"{data['people']:,} people in {data['incident']}; {data['unreachable']:,} with no address at all"]
    if data["out_of_scope"]:
        lines.append(
            f"{data['out_of_scope']:,} more were taken out of scope: forthwith people scope {data['incident']}"
        )
    lines.append("")
    where = [(n, f"{c:,}", f"{data['possible'].get(n, c):,}") for n, c in data["jurisdictions"].items()]
    lines += [table(("where", "known", "possible"), where), ""]
    for title, key in (
        ("age", "age_classes"),
        ("exposed", "elements"),
        ("reachable by", "channels"),
        ("told by", "parties"),
    ):
        lines += [table((title, "people"), [(name, f"{count:,}") for name, count in data[key].items()]), ""]
    for title, key in (("merged because of", "merged"), ("in quarantine because", "quarantined")):
        if data[key]:
            lines += [table((title, "rows"), [(name, f"{count:,}") for name, count in data[key].items()]), ""]
    files = [
        (f["name"], f["party"], f["rows_in"], f["rows_loaded"], f["rows_quarantined"], f["sha256"][:12])
        for f in data["files"]
    ]
    return "\n".join([*lines, table(("file", "whose", "rows", "loaded", "quarantine", "sha256"), files)])
