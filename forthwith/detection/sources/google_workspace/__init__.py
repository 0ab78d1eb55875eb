"""Google Workspace: an alert of the Alert Center API, its list, or what its Pub/Sub topic pushes.

https://developers.google.com/workspace/admin/alertcenter/reference/rest/v1beta1/alerts
https://developers.google.com/workspace/admin/alertcenter/reference/alert-types
"""

import re
from typing import Any

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

NAME = "google_workspace"
KIND = re.compile(r"type\.googleapis\.com/google\.apps\.alertcenter\.type\.([A-Za-z]{2,60})")
DETECTOR = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
LEVELS = {"low": "low", "medium": "medium", "high": "high"}
ELEMENTS = {
    "US_SOCIAL_SECURITY_NUMBER": "ssn", "CREDIT_CARD_NUMBER": "payment_card", "IBAN_CODE": "bank_account",
    "US_BANK_ROUTING_MICR": "bank_account", "EMAIL_ADDRESS": "contact", "PHONE_NUMBER": "contact",
    "DATE_OF_BIRTH": "dob", "PERSON_NAME": "name", "PASSPORT": "passport", "PASSWORD": "online_credentials",
    "US_INDIVIDUAL_TAXPAYER_IDENTIFICATION_NUMBER": "tax_id", "UK_NATIONAL_HEALTH_SERVICE_NUMBER": "medical_id",
}  # fmt: skip
ENDINGS = (("_PASSPORT", "passport"), ("_DRIVERS_LICENSE_NUMBER", "drivers_license"))
SUGGESTED: dict[str, dict[str, Any]] = {
    "DomainWideTakeoutInitiated": {"breach.exfiltration": "possible"},
    "PhishingSpike": {"breach.cause": "phishing"},
    "MailPhishing": {"breach.cause": "phishing"},
    "RansomwareFilesAlert": {"breach.cause": "ransomware", "breach.properties": ["availability"]},
}


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an alert or the API's list of alerts."""
    return any(_is_alert(one) for one in _alerts(payload))


def _alerts(payload: dict[str, Any]) -> list[Any]:
    return items(payload, "alerts") or [payload]


def _is_alert(alert: Any) -> bool:
    return isinstance(at(alert, "alertId"), str) and bool(_kind(alert))


def _kind(alert: Any) -> str:
    found = KIND.fullmatch(str(at(alert, "data", "@type")))
    return found[1] if found else ""


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the alerts as signals. E-mail addresses, titles of files, rules' names and recipients are not read."""
    return [_signal(alert) for alert in _alerts(payload) if _is_alert(alert)]


def _signal(alert: dict[str, Any]) -> ParsedSignal:
    kind, digest = _kind(alert), sha256_of(alert)
    ended = at(alert, "metadata", "status") == "CLOSED" or alert.get("deleted") is True
    return ParsedSignal(
        source=NAME, source_ref=ident(alert["alertId"]) or digest, payload_sha256=digest,
        title=f"Google Workspace alert {kind}", severity=severity(at(alert, "metadata", "severity"), LEVELS),
        occurred_at=instant(alert.get("startTime")), detected_at=instant(alert.get("createTime")), open=not ended,
        suggests=_suggestions(kind, alert), details=_details(alert),
    )  # fmt: skip


def _violation(alert: dict[str, Any]) -> Any:
    return at(alert, "data", "ruleViolationInfo")


def _detectors(alert: dict[str, Any]) -> list[str]:
    matches = items(_violation(alert), "matchInfo")
    return codes([at(match, "predefinedDetector", "detectorName") for match in matches], DETECTOR)


def _suggestions(kind: str, alert: dict[str, Any]) -> dict[str, Any]:
    """Return what kind and detectors suggest; a match is no proof that the data left."""
    found = sorted({element for name in _detectors(alert) if (element := _element(name))})
    left = {"breach.exfiltration": "possible"} if items(_violation(alert), "recipients") else {}
    return {**SUGGESTED.get(kind, {}), **left, **({"elements": found} if found else {})}


def _element(name: str) -> str:
    return ELEMENTS.get(name) or next((code for ending, code in ENDINGS if name.endswith(ending)), "")


def _details(alert: dict[str, Any]) -> dict[str, Any]:
    violation = _violation(alert)
    return {
        "status": code(at(alert, "metadata", "status"), DETECTOR),
        "data_source": code(at(violation, "dataSource"), DETECTOR),
        "detectors": _detectors(alert), "actions": codes(items(violation, "triggeredActionTypes"), DETECTOR),
        "recipients": len(items(violation, "recipients")), "ended": bool(instant(alert.get("endTime"))),
    }  # fmt: skip
