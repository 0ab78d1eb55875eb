"""Microsoft Defender: an alert (`alerts_v2`) or an incident of Microsoft Graph's security API, or a list of either.

https://learn.microsoft.com/graph/api/resources/security-alert
https://learn.microsoft.com/graph/api/resources/security-incident
"""

import re
from typing import Any

from forthwith.detection.attack import TECHNIQUE, suggested, tactics, titled
from forthwith.detection.parsed import (
    ParsedSignal,
    at,
    code,
    codes,
    ident,
    instant,
    items,
    severity,
    sha256_of,
)

NAME = "microsoft_defender"
NUMBER = re.compile(r"\d{1,20}")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9]{1,60}")
LEVELS = {"informational": "low", "low": "low", "medium": "medium", "high": "high"}
ENDED = ("resolved", "redirected")


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an alert, an incident, or the API's list of them."""
    return any(_is_known(one) for one in _listed(payload))


def _listed(payload: dict[str, Any]) -> list[Any]:
    return items(payload, "value") or [payload]


def _is_known(one: Any) -> bool:
    """Both carry the portal's address of their incident, and the time as Graph names it."""
    return isinstance(at(one, "incidentWebUrl"), str) and isinstance(at(one, "createdDateTime"), str)


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return alerts and incidents as signals. Titles, descriptions, evidence and people are not read."""
    return [_signal(one) for one in _listed(payload) if _is_known(one)]


def _signal(one: dict[str, Any]) -> ParsedSignal:
    digest, alert = sha256_of(one), "serviceSource" in one
    named, key = _tactics(one), ident(one.get("id"))
    return ParsedSignal(
        source=NAME, source_ref=f"{'alert' if alert else 'incident'}/{key}" if key else digest, payload_sha256=digest,
        title=titled(_what(one, alert, key), named), severity=severity(one.get("severity"), LEVELS),
        occurred_at=instant(one.get("firstActivityDateTime")), detected_at=instant(one.get("createdDateTime")),
        open=one.get("status") not in ENDED, suggests=suggested(named), details=_details(one),
    )  # fmt: skip


def _what(one: dict[str, Any], alert: bool, key: str) -> str:
    if not alert:
        return f"Defender incident {key[:20]}"
    service = code(one.get("serviceSource"), WORD)
    return f"Alert of {service}" if service else "Defender alert"


def _tactics(one: dict[str, Any]) -> list[str]:
    """Return the tactics: an alert's category is one; an incident may bring its alerts."""
    return tactics([one.get("category"), *(at(alert, "category") for alert in items(one, "alerts"))])


def _details(one: dict[str, Any]) -> dict[str, Any]:
    alerts = [one, *items(one, "alerts")]
    found = [technique for alert in alerts for technique in items(alert, "mitreTechniques")]
    return {
        "status": code(one.get("status"), WORD), "classification": code(one.get("classification"), WORD),
        "determination": code(one.get("determination"), WORD), "tactics": _tactics(one),
        "techniques": codes(found, TECHNIQUE),
        "incident": code(one.get("incidentId" if "serviceSource" in one else "id"), NUMBER),
        "services": codes([at(alert, "serviceSource") for alert in alerts], WORD),
        "alerts": len(items(one, "alerts")), "evidence": len(items(one, "evidence")),
    }  # fmt: skip
