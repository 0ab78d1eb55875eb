"""GitHub secret scanning: the webhook `secret_scanning_alert` (and its locations), or the alert of the REST API.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#secret_scanning_alert
"""

import re
from typing import Any

from forthwith.detection.parsed import ParsedSignal, at, code, count, instant, items, sha256_of

NAME = "github_secret_scanning"
SECRET_TYPE = re.compile(r"[a-z0-9][a-z0-9_-]{1,99}")
ALERT_URL = re.compile(
    r"https://[a-z0-9.-]+/(?:api/v3/)?repos/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)/secret-scanning/alerts/(\d+)"
)
REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
NUMBER = re.compile(r"\d{1,20}")
COMMIT = re.compile(r"[0-9a-f]{40,64}")


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is a webhook of secret scanning or one of its alerts."""
    alert = payload.get("alert", payload)
    return bool(code(at(alert, "secret_type"), SECRET_TYPE)) and "/secret-scanning/" in str(at(alert, "url"))


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the alert as a signal. The secret itself, comments and people are not read."""
    alert = payload.get("alert", payload)
    return [_signal(payload, alert)] if recognises(payload) else []


def _signal(payload: dict[str, Any], alert: dict[str, Any]) -> ParsedSignal:
    kind, number = code(alert["secret_type"], SECRET_TYPE), count(alert.get("number"))
    repository = payload.get("repository") or alert.get("repository")
    return ParsedSignal(
        source=NAME, source_ref=_reference(repository, alert), payload_sha256=sha256_of(payload),
        title=f"Exposed secret {kind}, alert {number}{_place(repository)}", severity=_severity(alert),
        detected_at=instant(alert.get("created_at")), open=_open(payload, alert),
        suggests={"elements": ["security_token"], "breach.cause": "unauthorised_disclosure", **_reach(alert)},
        details=_details(payload, alert),
    )  # fmt: skip


def _reference(repository: Any, alert: dict[str, Any]) -> str:
    """Return the tool's own name of an alert; the webhook and the REST API give the same."""
    found = ALERT_URL.fullmatch(str(alert.get("url")))
    if found:
        return f"{found[1].lower()}#{found[2]}"
    name = code(at(repository, "full_name"), REPOSITORY).lower()
    return f"{name}#{count(alert.get('number'))}" if name else sha256_of(alert)


def _place(repository: Any) -> str:
    """Return where a secret was found. A repository of a person is named by its number, not by its owner."""
    owned = at(repository, "owner", "type") == "Organization"
    name = code(at(repository, "full_name"), REPOSITORY) if owned else code(at(repository, "id"), NUMBER)
    return f" in repository {name}" if name else ""


def _severity(alert: dict[str, Any]) -> str:
    """Return how bad it is: a secret that still works or lies in public is critical."""
    if alert.get("validity") == "inactive":
        return "medium"
    return "critical" if alert.get("validity") == "active" or alert.get("publicly_leaked") is True else "high"


def _open(payload: dict[str, Any], alert: dict[str, Any]) -> bool:
    return payload.get("action") not in ("resolved", "revoked") and alert.get("state", "open") == "open"


def _reach(alert: dict[str, Any]) -> dict[str, str]:
    return {"breach.recipients": "public"} if alert.get("publicly_leaked") is True else {}


def _details(payload: dict[str, Any], alert: dict[str, Any]) -> dict[str, Any]:
    places = [*items(payload, "locations"), *([payload["location"]] if payload.get("location") else [])]
    commits = [code(at(place, "details", "commit_sha"), COMMIT) for place in places]
    return {
        "action": code(payload.get("action")), "state": code(alert.get("state")),
        "resolution": code(alert.get("resolution")), "validity": code(alert.get("validity")),
        "publicly_leaked": alert.get("publicly_leaked") is True, "multi_repo": alert.get("multi_repo") is True,
        "push_protection_bypassed": alert.get("push_protection_bypassed") is True,
        "locations": len(places), "location_types": sorted({code(at(place, "type")) for place in places} - {""}),
        "commits": sorted({commit for commit in commits if commit}),
    }  # fmt: skip
