"""Okta: the call of an event hook, or events of the System Log API.

https://developer.okta.com/docs/concepts/event-hooks/
https://developer.okta.com/docs/reference/api/event-types/
"""

import re
from typing import Any

from forthwith.detection.parsed import ParsedSignal, at, code, ident, instant, items, severity, sha256_of

NAME = "okta"
HOOK = "com.okta.event_hook"
KIND = re.compile(r"[a-z0-9_]{2,40}(?:\.[a-z0-9_]{1,60}){1,6}")
WORD = re.compile(r"[A-Za-z_]{2,40}")
LEVELS = {"debug": "low", "info": "low", "warn": "medium", "error": "high"}
TELLING = ("security.", "user.account.report_suspicious", "user.risk.", "user.mfa.attempt_bypass",
           "user.session.impersonation.", "user.authentication.auth_via_mfa_abuse")  # fmt: skip
CAUSES: dict[str, dict[str, Any]] = {
    "security.attack.start": {"breach.cause": "credential_stuffing", "breach.actor": "external_malicious"},
    "security.breached_credential.detected": {"elements": ["online_credentials"]},
    "user.account.report_suspicious_activity_by_enduser": {"elements": ["online_credentials"]},
}  # fmt: skip


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an event hook's call or an event of the System Log."""
    return payload.get("eventType") == HOOK or _is_event(payload)


def _is_event(event: Any) -> bool:
    kind = code(at(event, "eventType"), KIND)
    return bool(kind) and kind != HOOK and isinstance(at(event, "actor"), dict) and bool(at(event, "published"))


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the events as signals. Actors, targets, clients and messages are not read: they name people."""
    events = items(payload, "data", "events") if payload.get("eventType") == HOOK else [payload]
    return [_signal(event) for event in events if _is_event(event)]


def _signal(event: dict[str, Any]) -> ParsedSignal:
    kind, digest = code(event["eventType"], KIND), sha256_of(event)
    telling = kind.startswith(TELLING)
    level = severity(event.get("severity"), LEVELS)
    return ParsedSignal(
        source=NAME, source_ref=ident(event.get("uuid")) or digest, payload_sha256=digest, title=f"Okta event {kind}",
        severity="high" if telling and level in ("low", "medium", "unknown") else level,
        occurred_at=instant(event.get("published")), detected_at=instant(event.get("published")),
        # an ordinary sign-in is kept as a signal, and opens nothing by itself
        open=telling or level in ("medium", "high"), suggests=CAUSES.get(kind, {}), details=_details(event),
    )  # fmt: skip


def _details(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "outcome": code(at(event, "outcome", "result"), WORD), "actor_type": code(at(event, "actor", "type"), WORD),
        "targets": len(items(event, "target")), "transaction": ident(at(event, "transaction", "id")),
        "proxy": at(event, "securityContext", "isProxy") is True,
    }  # fmt: skip
