"""`forthwith retention`: destroy what is no longer needed, and record that it was."""

from cyclopts import App

from forthwith.cli.console import actor, database, show, table

app = App(name="retention", help="The end of retention.")


@app.command
def run(*, after: int | None = None, dry_run: bool = False, json: bool = False) -> None:
    """Destroy the keys and personal data of incidents that were closed long enough ago. It can't be undone.

    What people wrote in reports that were set aside goes after FORTHWITH_REPORT_DAYS.

    Parameters
    ----------
    after:
        Days after closing; by default FORTHWITH_RETENTION_DAYS.
    dry_run:
        Only show which incidents are due.
    """
    from dataclasses import asdict
    from datetime import timedelta

    from forthwith import db
    from forthwith.settings import settings
    from forthwith.timeline.retention import expired, forget_calls, forget_reports, scrub
    from forthwith.timeline.retention import run as shred_all

    span = timedelta(days=settings().retention_days if after is None else after)
    with database() as session:
        due = [incident.ref for incident in expired(session, after=span)]
        done = [] if dry_run else shred_all(session, after=span, actor=actor())
        emptied = 0 if dry_run else forget_reports(session, after=timedelta(days=settings().report_days))
        if not dry_run:
            forget_calls(session)
    if done or emptied:
        scrub(db.engine())
    rows = [(one.ref, one.people, one.quarantined, one.files) for one in done]
    human = (
        table(("shredded", "people", "quarantined rows", "files"), rows)
        if rows
        else f"Due: {', '.join(due) or 'nothing'}."
    )
    human += f"\nReports that were set aside and are emptied now: {emptied}." if emptied else ""
    show(due if dry_run else [asdict(one) for one in done], json, human)
