"""`forthwith detect`: take in the alert of a tool, or let it hand in its alerts itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from forthwith.cli.console import actor, database, say, show, table

if TYPE_CHECKING:
    from forthwith.detection import Detected
    from models import AlertDoor, Signal

app = App(name="detect", help="Take in alerts of tools.")
File = Annotated[Path, Parameter(allow_leading_hyphen=True)]


@app.default
def detect(
    file: File, *, source: str | None = None, mapping: Path | None = None, open: bool = False, json: bool = False
) -> None:
    """Take in an alert of a known tool. The same alert counts once, however often it comes.

    Parameters
    ----------
    file:
        The alert as the tool sends it (JSON); `-` reads standard input.
    source:
        The tool; by default it is known by the alert's shape.
    mapping:
        For any other tool: a YAML file that tells which field stands where.
    open:
        Open an incident for it, unless it has one.
    """
    from forthwith.detection import detect as take_in
    from forthwith.detection import read_payload
    from forthwith.detection.mapping import read_mapping

    payload = read_payload(_read(file))
    rules = read_mapping(mapping) if mapping else None
    with database() as session:
        found = take_in(session, payload, actor=actor(), source_name=source, mapping=rules, open=open)
        show(_data(found), json, _human(found))


@app.command
def secret(
    source: str, *, way: str | None = None, open: bool = False, certificate: Path | None = None,
    topic: str | None = None, json: bool = False,
) -> None:  # fmt: skip
    """Let a source hand in alerts over the web, and print its secret, once. An older secret of it ends.

    Parameters
    ----------
    way:
        How it proves itself: `signed` (Standard Webhooks), `github`, `bearer` (a fixed header), `sns`.
    open:
        Open an incident for each alert; else it waits as a signal on the responders' desk.
    certificate:
        For Amazon SNS: the PEM file at the topic's SigningCertURL. Without it nothing of SNS is taken.
    topic:
        For Amazon SNS: the ARN of the one topic that may call.
    """
    from forthwith.detection import doors

    pem = _read(certificate) if certificate else None
    with database() as session:
        door, shown = doors.make(
            session, source, by=actor(), way=way, open=open, certificate=pem, topic=topic
        )  # fmt: skip
        show({**_door(door), "secret": shown}, json, _secret_text(door, shown))


@app.command
def doors(*, json: bool = False) -> None:
    """Show which sources may hand in alerts over the web, and what Amazon SNS wants a person to confirm."""
    from forthwith.detection import doors as standing

    with database() as session:
        found = [_door(door) for door in standing.listing(session)]
    rows = [(one["source"], one["way"], "opens" if one["open"] else "signal", one["confirm"] or "-") for one in found]
    show(found, json, table(("source", "way", "an alert", "to confirm"), rows) if rows else "No source may call.")


@app.command
def shut(source: str) -> None:
    """End a source's door at once."""
    from forthwith.detection import doors as standing

    with database() as session:
        standing.end(session, source)
    say(f"{source} can hand in no alerts any more.")


def _door(door: "AlertDoor") -> dict[str, Any]:
    from forthwith.settings import settings

    url = f"{settings().public_url.rstrip('/')}/hooks/alerts/{door.source}"
    return {"source": door.source, "way": door.way, "open": door.open, "url": url, "topic": door.topic,
            "confirm": door.confirm_url}  # fmt: skip


def _secret_text(door: "AlertDoor", secret: str) -> str:
    url = _door(door)["url"]
    if door.way == "sns":
        return f"Subscribe the topic to:\n\n    {url}\n\n`forthwith detect doors` then shows what to confirm."
    return f"Secret of {door.source}, shown this once:\n\n    {secret}\n\nIt posts to: {url}"


def _read(file: Path) -> bytes:
    import sys

    from models import Refusal

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as failure:
        raise Refusal(f"{file.name} can't be read: {failure.strerror}.", "Check its path.") from None


def _data(found: "Detected") -> dict[str, Any]:
    return {
        "new": found.new,
        "opened": found.opened,
        "incident": found.incident.ref if found.incident else None,
        "signals": [_signal(signal) for signal in found.signals],
    }


def _signal(signal: "Signal") -> dict[str, Any]:
    names = ("source", "source_ref", "title", "severity", "seen", "occurred_at", "detected_at", "payload_sha256")
    return {**{name: getattr(signal, name) for name in names}, "suggests": signal.hints.get("suggests", {})}


def _human(found: "Detected") -> str:
    rows = [(one.source, one.severity, one.seen, one.title) for one in found.signals]
    listed = table(("source", "severity", "seen", "what"), rows)
    if found.incident is None:
        return f"{listed}\n\nNo incident yet: repeat with --open, or open one by hand."
    return f"{listed}\n\nIncident {found.incident.ref}{' opened' if found.opened else ''}."
