"""`forthwith timeline`: show, hand out and verify the record of an incident."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from forthwith.cli.console import database, incident_of, say, show, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from forthwith.timeline.verify import Report
    from models import Incident

Out = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]

app = App(name="timeline", help="The record of who did what when, which a regulator can verify.")


@app.command(name="show")
def show_timeline(ref: str, *, json: bool = False) -> None:
    """Show an incident's entries in order."""
    from forthwith.timeline.export import as_dict, entries

    with database() as session:
        rows = [as_dict(entry) for entry in entries(session, incident_of(session, ref))]
    shown = [(row["seq"], row["at"][:19].replace("T", " "), row["actor"], row["verb"], row["text"]) for row in rows]
    show(rows, json, table(("no.", "at (UTC)", "who", "step", "what"), shown))


@app.command
def export(ref: str, *, format: Literal["pdf", "json", "csv"] = "json", out: Out = None) -> None:
    """Write the timeline to a file.

    Parameters
    ----------
    format:
        json: signed, for verifying. pdf: for people, with the JSON inside. csv: for reading.
    out:
        The file; by default REF-timeline.FORMAT here. `-` writes to standard output.
    """
    with database() as session:
        content = _content(session, incident_of(session, ref), format)
    _write(content, out or Path(f"{ref}-timeline.{format}"))


def _content(session: "Session", incident: "Incident", format: str) -> bytes:
    from forthwith.timeline.export import to_csv, to_json

    if format == "pdf":
        return pdf(session, incident)
    return to_json(session, incident) if format == "json" else to_csv(session, incident)


def pdf(session: "Session", incident: "Incident") -> bytes:
    """Return the timeline as PDF/A-3 with its signed JSON attached."""
    from forthwith import clock
    from forthwith.filling import typesetting
    from forthwith.timeline.chronology import chronology

    return typesetting.compile("timeline.typ", chronology(session, incident), timestamp=clock.now())


def _write(content: bytes, out: Path) -> None:
    import sys

    from models import Refusal

    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as failure:
        raise Refusal(f"{out.name} can't be written: {failure.strerror}.", "Choose another place with --out.") from None
    say(f"{out} ({len(content):,} bytes)")


@app.command
def verify(target: str, *, key: str | None = None, earlier: Path | None = None, json: bool = False) -> None:
    """Verify an export (JSON, or the PDF that carries it), or the rows of an incident in the database.

    Parameters
    ----------
    target:
        A file, or an incident's number.
    key:
        Fingerprint or base64 of the key that must have signed it.
    earlier:
        An earlier export: it must be the beginning of this one.
    """
    import sys
    from dataclasses import asdict

    from forthwith.timeline.verify import in_words

    report = _verified(target, key, earlier)
    show({**asdict(report), "sound": report.sound}, json, in_words(report, key is not None).rstrip())
    if not report.sound:
        sys.exit(1)


def _verified(target: str, key: str | None, earlier: Path | None) -> "Report":
    from forthwith.timeline import verify as checks
    from forthwith.timeline.export import entries, verify_rows

    before = _export_in(earlier) if earlier else None
    if Path(target).is_file():
        return checks.verify(_export_in(Path(target)), key, before)
    with database() as session:
        incident = incident_of(session, target)
        report = verify_rows(incident, entries(session, incident))
        if report.sound and (key or earlier):
            return checks.verify(_content(session, incident, "json"), key, before)
        return report


def _export_in(path: Path) -> bytes:
    """Return the export that a file holds: the file itself, or what is attached to a PDF."""
    from models import Refusal

    try:
        content = path.read_bytes()
    except OSError as failure:
        raise Refusal(f"{path.name} can't be read: {failure.strerror}.", "Check its path.") from None
    return _attached(content, path.name) if content.startswith(b"%PDF-") else content


def _attached(content: bytes, name: str) -> bytes:
    from io import BytesIO

    import pikepdf

    from models import Refusal

    try:
        with pikepdf.open(BytesIO(content)) as document:
            found = [file for title, file in document.attachments.items() if title.endswith(".json")]
            return found[0].get_file().read_bytes()
    except (pikepdf.PdfError, IndexError):
        raise Refusal(f"{name} carries no timeline.", "Verify the JSON export instead.") from None
