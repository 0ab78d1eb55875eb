"""CrowdStrike Falcon: an alert of the Alerts API (v2), or its answer with `resources`.

https://www.falconpy.io/Service-Collections/Alerts.html#postentitiesalertsv2
"""

import re
from typing import Any

from forthwith.detection.attack import TECHNIQUE, suggested, tactics, titled
from forthwith.detection.parsed import (
    ParsedSignal,
    at,
    code,
    codes,
    graded,
    ident,
    instant,
    items,
    severity,
    sha256_of,
)

NAME = "crowdstrike_falcon"
HEX = re.compile(r"[0-9a-f]{16,64}")
DOMAIN = re.compile(r"[A-Za-z]{2,30}")
PRODUCT = re.compile(r"[a-z][a-z0-9_-]{1,40}")
LEVELS = {"informational": "low", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
STEPS = ((0, "low"), (40, "medium"), (60, "high"), (80, "critical"))


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an alert or an answer with alerts."""
    return any(_is_alert(one) for one in _alerts(payload))


def _alerts(payload: dict[str, Any]) -> list[Any]:
    return items(payload, "resources") or [payload]


def _is_alert(alert: Any) -> bool:
    return isinstance(at(alert, "composite_id"), str) and isinstance(at(alert, "cid"), str)


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the alerts as signals. Hosts, users, files, command lines and descriptions are not read."""
    return [_signal(alert) for alert in _alerts(payload) if _is_alert(alert)]


def _signal(alert: dict[str, Any]) -> ParsedSignal:
    digest, named = sha256_of(alert), _tactics(alert)
    product = code(alert.get("product"), PRODUCT)
    return ParsedSignal(
        source=NAME, source_ref=ident(alert["composite_id"]) or digest, payload_sha256=digest,
        title=titled(f"Falcon alert of {product}" if product else "Falcon alert", named), severity=_severity(alert),
        occurred_at=instant(alert.get("context_timestamp") or alert.get("timestamp")),
        detected_at=instant(alert.get("created_timestamp")), open=alert.get("status") != "closed",
        suggests=suggested(named), details=_details(alert),
    )  # fmt: skip


def _severity(alert: dict[str, Any]) -> str:
    said = severity(alert.get("severity_name"), LEVELS)
    return said if said != "unknown" else graded(alert.get("severity"), STEPS)


def _tactics(alert: dict[str, Any]) -> list[str]:
    more = [at(one, "tactic") for one in items(alert, "mitre_attack")]
    return tactics([alert.get("tactic"), alert.get("tactic_id"), *more])


def _details(alert: dict[str, Any]) -> dict[str, Any]:
    more = [at(one, "technique_id") for one in items(alert, "mitre_attack")]
    return {
        "status": code(alert.get("status"), PRODUCT), "tactics": _tactics(alert),
        "techniques": codes([alert.get("technique_id"), *more], TECHNIQUE),
        "device": code(at(alert, "device", "device_id"), HEX), "aggregate": ident(alert.get("aggregate_id")),
        "type": code(alert.get("type"), PRODUCT), "domains": codes(items(alert, "data_domains"), DOMAIN),
    }  # fmt: skip
