"""Microsoft Sentinel: an incident of the SecurityInsights API, or what the Logic Apps trigger hands over (with alerts).

https://learn.microsoft.com/rest/api/securityinsights/incidents/get
"""

import re
from typing import Any

from forthwith.detection.attack import TECHNIQUE, suggested, titled
from forthwith.detection.parsed import (
    ParsedSignal,
    at,
    code,
    codes,
    count,
    instant,
    items,
    severity,
    sha256_of,
)

NAME = "microsoft_sentinel"
KIND = "microsoft.securityinsights/incidents"
TACTIC = re.compile(r"[A-Za-z]{3,40}")
PRODUCT = re.compile(r"(?:Microsoft|Azure|Office|Windows)[A-Za-z0-9 ().-]{0,80}")
GUID = re.compile(r"[0-9a-fA-F-]{8,40}")
LEVELS = {"informational": "low", "low": "low", "medium": "medium", "high": "high"}


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an incident, the trigger's envelope of one, or the API's list of incidents."""
    return any(_is_incident(one) for one in _incidents(payload))


def _incidents(payload: dict[str, Any]) -> list[Any]:
    envelope = at(payload, "object") or at(payload, "body", "object")
    return items(payload, "value") or [envelope or payload]


def _is_incident(incident: Any) -> bool:
    stated = str(at(incident, "type") or at(incident, "id") or "").lower()
    return KIND in stated and isinstance(at(incident, "properties"), dict)


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the incidents as signals. Titles, descriptions, owners and entities are not read: they name people."""
    return [_signal(one) for one in _incidents(payload) if _is_incident(one)]


def _signal(incident: dict[str, Any]) -> ParsedSignal:
    properties = incident["properties"]
    digest = sha256_of(incident)
    return ParsedSignal(
        source=NAME, source_ref=code(incident.get("name")).lower() or digest, payload_sha256=digest,
        title=_title(properties), severity=severity(properties.get("severity"), LEVELS),
        occurred_at=instant(properties.get("firstActivityTimeUtc")),
        detected_at=instant(properties.get("createdTimeUtc")), open=properties.get("status") != "Closed",
        suggests=suggested(_tactics(properties)), details=_details(properties),
    )  # fmt: skip


def _title(properties: dict[str, Any]) -> str:
    number = count(properties.get("incidentNumber"))
    return titled(f"Sentinel incident {number}", _tactics(properties))


def _tactics(properties: dict[str, Any]) -> list[str]:
    alerts = [tactic for alert in items(properties, "alerts") for tactic in items(alert, "properties", "tactics")]
    return codes([*items(properties, "additionalData", "tactics"), *alerts], TACTIC)


def _details(properties: dict[str, Any]) -> dict[str, Any]:
    more = properties.get("additionalData") or {}
    alerts = items(properties, "alerts")
    return {
        "number": count(properties.get("incidentNumber")), "status": code(properties.get("status")),
        "classification": code(properties.get("classification")), "tactics": _tactics(properties),
        "techniques": codes(items(more, "techniques"), TECHNIQUE),
        "products": codes(items(more, "alertProductNames"), PRODUCT),
        "alerts": max(count(at(more, "alertsCount")), len(alerts)),
        "alert_ids": codes([at(alert, "properties", "systemAlertId") for alert in alerts], GUID),
    }  # fmt: skip
