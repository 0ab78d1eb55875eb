"""`forthwith detect`: take in the alert of a tool."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from forthwith.cli.console import actor, database, show, table

if TYPE_CHECKING:
    from forthwith.detection import Detected
    from models import Signal

File = Annotated[Path, Parameter(allow_leading_hyphen=True)]


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
