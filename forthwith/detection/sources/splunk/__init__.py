"""Splunk: what the webhook alert action posts, or notable events of Enterprise Security.

https://help.splunk.com/en/splunk-enterprise/alert-and-respond/alerting-manual/10.0/configure-alert-actions/use-a-webhook-alert-action
"""

import hashlib
import re
from typing import Any

from forthwith.detection.attack import TECHNIQUE, suggested, tactics, titled
from forthwith.detection.parsed import ParsedSignal, at, code, codes, instant, items, severity, sha256_of

NAME = "splunk"
NOTABLE = re.compile(r"[0-9A-Fa-f-]{36}@@notable@@[0-9a-f]{32}")
APP = re.compile(r"[A-Za-z][A-Za-z0-9_-]{1,60}")
NUMBER = re.compile(r"\d{1,12}")
LEVELS = {"informational": "low", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
DOMAINS = ("access", "endpoint", "network", "threat", "identity", "audit")
ENDED = ("4", "5", "resolved", "closed")
TACTIC, TECHNIQUES = "annotations.mitre_attack.mitre_tactic", "annotations.mitre_attack"


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is a webhook's alert, a notable event, or a search's results with notables."""
    return _is_alert(payload) or any(_is_notable(one) for one in _rows(payload))


def _is_alert(payload: dict[str, Any]) -> bool:
    stated = all(isinstance(payload.get(name), str) for name in ("sid", "results_link"))
    return stated and isinstance(payload.get("result"), dict)


def _is_notable(row: Any) -> bool:
    return bool(NOTABLE.fullmatch(str(at(row, "event_id"))))


def _rows(payload: dict[str, Any]) -> list[Any]:
    return items(payload, "results") or [payload]


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the alert as a signal. The search's name, its owner and the row's other fields are not read."""
    if _is_alert(payload):
        return [_signal(payload, payload["result"])]
    return [_signal({}, row) for row in _rows(payload) if _is_notable(row)]


def _signal(alert: dict[str, Any], row: dict[str, Any]) -> ParsedSignal:
    digest, named = sha256_of(alert or row), tactics(_listed(row, TACTIC))
    return ParsedSignal(
        source=NAME, source_ref=_reference(alert, row), payload_sha256=digest, title=titled(_what(row), named),
        severity=severity(row.get("urgency") or row.get("severity"), LEVELS), detected_at=_time(row),
        open=not {str(row.get(name)).lower() for name in ("status", "status_label")} & set(ENDED),
        suggests=suggested(named), details=_details(alert, row, named),
    )  # fmt: skip


def _reference(alert: dict[str, Any], row: dict[str, Any]) -> str:
    """Return the notable's id, or a hash of the search's: that one holds the owner's name."""
    if _is_notable(row):
        return str(row["event_id"])
    return hashlib.sha256(str(alert.get("sid")).encode()).hexdigest()


def _what(row: dict[str, Any]) -> str:
    domain = row.get("security_domain")
    kind = "notable event" if _is_notable(row) else "alert"
    return f"Splunk {kind} of {domain}" if domain in DOMAINS else f"Splunk {kind}"


def _time(row: dict[str, Any]) -> Any:
    """Return when it was seen: seconds since 1970 come as text here."""
    stated = row.get("_time")
    seconds = isinstance(stated, str) and re.fullmatch(r"\d{9,11}(\.\d{1,9})?", stated)
    return instant(float(str(stated)) if seconds else stated)


def _listed(row: dict[str, Any], name: str) -> list[Any]:
    """Return a field with several values: a list, or one text with its values on lines."""
    found = row.get(name)
    return found if isinstance(found, list) else str(found or "").split("\n")


def _details(alert: dict[str, Any], row: dict[str, Any], named: list[str]) -> dict[str, Any]:
    return {
        "app": code(alert.get("app"), APP), "tactics": named,
        "techniques": codes(_listed(row, TECHNIQUES), TECHNIQUE), "status": code(row.get("status"), NUMBER),
        "events": code(row.get("count"), NUMBER), "notable": _is_notable(row),
    }  # fmt: skip
