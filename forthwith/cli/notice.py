"""Notices: write them, see them as their recipients will, and read what the lint says."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

app = App(name="notice", help="Write notices, preview them as they will arrive, and lint them.")
Json = Annotated[bool, Parameter(name="--json", negative="")]


@app.command
def draft(ref: str, *, json: Json = False) -> None:
    """Write the notices that an incident's duties ask for. What has not changed stays as it is.

    Parameters
    ----------
    ref
        The incident, e.g. 2026-001.
    json
        Print one JSON document.
    """
    from forthwith import db, drafting
    from forthwith.cli.console import actor, incident_of, show

    with db.session() as session:
        report = drafting.draft(session, incident_of(session, ref), actor=actor())
    show(report.as_dict(), json, _told(ref, report.as_dict()))


def _told(ref: str, report: dict[str, Any]) -> str:
    """Return a draft's report for people."""
    if not report["notices"]:
        return f"No duty asks for a notice. `forthwith assess {ref}` shows the duties and what must still be answered."
    return (
        f"{report['notices']} notices in {report['variants']} wordings, for {report['duties']} duties and "
        f"{report['people']} people: {report['written']} new or changed, {report['withdrawn']} withdrawn, "
        f"{report['warnings']} warnings.\nNext: `forthwith notice preview {ref}`, then `forthwith review list {ref}`."
    )


@app.command
def preview(ref: str, *, out: Path | None = None, json: Json = False) -> None:
    """Write what each recipient would see, with invented sample data: mail, text message, letter, report.

    Parameters
    ----------
    ref
        The incident, e.g. 2026-001.
    out
        The folder to write into; default: previews/REF under the data folder.
    json
        Print one JSON document.
    """
    from forthwith import db
    from forthwith.cli.console import incident_of, show, table
    from forthwith.drafting.preview import preview as write
    from forthwith.settings import settings

    with db.session() as session:
        shown = write(session, incident_of(session, ref), out or settings().home / "previews" / ref)
    rows = [
        (one.audience, one.language, f"{one.medium} ({one.parts} parts)" if one.parts else one.medium,
         len(one.warnings), path)
        for one in shown for path in one.files
    ]  # fmt: skip
    show([one.as_dict() for one in shown], json, table(("audience", "language", "medium", "warnings", "file"), rows))


@app.command
def lint(ref: str, *, json: Json = False) -> None:
    """Show how readable each wording is, and what a reviewer should know of it.

    Parameters
    ----------
    ref
        The incident, e.g. 2026-001.
    json
        Print one JSON document.
    """
    from forthwith import db
    from forthwith.cli.console import incident_of, show
    from forthwith.drafting.preview import variants_of

    with db.session() as session:
        found = [
            {"notice": notice.title, "language": one.language, "medium": one.medium, "version": one.version, **one.lint}
            for notice, one in variants_of(session, incident_of(session, ref))
        ]
    show(found, json, "\n".join(line for one in found for line in _lines(one)))


def _lines(one: dict[str, Any]) -> list[str]:
    """Return a wording's lint for people."""
    reading, sms = one.get("readability"), one.get("sms")
    scored = f"{reading['scale'].replace('_', ' ')} {reading['value']}" if reading else ""
    cost = f"{sms['parts']} parts, {sms['encoding']}" if sms else ""
    head = f"{one['notice']}: {one['language']} {one['medium']} v{one['version']}  {scored}{cost}"
    warnings = [f"  {'ERROR' if each['error'] else '-'} {each['code'].replace('_', ' ')}: {each['detail']}"
                for each in one["warnings"]]  # fmt: skip
    return [head, *warnings]
