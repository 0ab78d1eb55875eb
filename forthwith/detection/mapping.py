"""Read the alerts of any tool that writes JSON, by a mapping file: which field stands where."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forthwith.detection.files import load_yaml
from forthwith.detection.parsed import ParsedSignal, at, code, instant, scrubbed, sha256_of
from models import Refusal


class Fields(BaseModel):
    """Where each field stands: a JSON pointer (`/event/id`, RFC 6901) or a dotted path (`event.id`)."""

    model_config = ConfigDict(extra="forbid")

    source_ref: str | None = None  # without it the alert's own bytes are its name
    title: str | None = None
    kind: str | None = None
    resource: str | None = None
    severity: str | None = None
    occurred_at: str | None = None
    detected_at: str | None = None
    time: str | None = None  # the same as detected_at


class Mapping(BaseModel):
    """One tool's shape."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    each: str | None = None  # where the list of alerts stands
    fields: Fields
    severity: dict[str, Literal["low", "medium", "high", "critical", "unknown"]] = {}
    closed: dict[str, list[str]] = {}  # path -> values that mean: the tool has closed it


def read_mapping(path: Path) -> Mapping:
    """Return what a mapping file says. Raises Refusal with the field that is wrong."""
    try:
        document = load_yaml(path.read_text("utf-8"), path.name)
        return Mapping.model_validate(document)
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{path.name} can't be read.", "Check its path; it must be UTF-8.") from None
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise Refusal(f"{path.name}: {field}: {first['msg']}.", "Mend that field.") from None


def steps(path: str) -> list[str | int]:
    """Return the steps of a JSON pointer or dotted path; a step of digits is tried as the place in a list."""
    if path.startswith("/"):
        raw = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    else:
        raw = path.removeprefix("$").removeprefix(".").replace("[", ".").replace("]", "").split(".")
    return [int(step) if step.isdecimal() else step for step in raw if step or path.startswith("/")]


def look(payload: Any, path: str | None) -> Any:
    """Return what stands at `path`, or None."""
    if not path:
        return None
    for step in steps(path):
        payload = at(payload, step if isinstance(payload, list) else str(step))
    return payload


def parse_mapped(payload: Any, mapping: Mapping) -> list[ParsedSignal]:
    """Return the alerts of a payload as a mapping reads them. Raises Refusal where it finds none."""
    alerts = look(payload, mapping.each) if mapping.each else payload
    listed = alerts if isinstance(alerts, list) else [alerts]
    found = [_signal(alert, mapping) for alert in listed if isinstance(alert, dict)]
    if not found:
        raise Refusal("The mapping finds no alert in this payload.", "Check `each:` in the mapping file.")
    return found


def _signal(alert: dict[str, Any], mapping: Mapping) -> ParsedSignal:
    fields, digest = mapping.fields, sha256_of(alert)
    reference = scrubbed(look(alert, fields.source_ref) or "", 200)
    level = str(look(alert, fields.severity) or "")
    return ParsedSignal(
        source=mapping.source, source_ref=reference or digest, payload_sha256=digest,
        title=_title(alert, mapping), severity=mapping.severity.get(level, _usual(level)),
        occurred_at=instant(look(alert, fields.occurred_at)),
        detected_at=instant(look(alert, fields.detected_at or fields.time)),
        open=not any(str(look(alert, path)) in values for path, values in mapping.closed.items()),
    )  # fmt: skip


def _title(alert: dict[str, Any], mapping: Mapping) -> str:
    """Return a title of type and resource; of the mapped free text only what holds no address or number."""
    fields = mapping.fields
    kind, resource = code(look(alert, fields.kind)), code(look(alert, fields.resource))
    named = f"{kind} in {resource}" if kind and resource else kind
    return named or scrubbed(look(alert, fields.title) or "") or f"Alert of {mapping.source}"


def _usual(level: str) -> str:
    return level.lower() if level.lower() in ("low", "medium", "high", "critical") else "unknown"
