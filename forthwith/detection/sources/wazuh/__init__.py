"""Wazuh: an alert as the manager writes it to `alerts.json`, and as an integration hands it over.

https://documentation.wazuh.com/current/user-manual/manager/event-logging.html
https://documentation.wazuh.com/current/user-manual/ruleset/rules/rules-classification.html
"""

import re
from typing import Any

from forthwith.detection.attack import TECHNIQUE, suggested, tactics, titled
from forthwith.detection.parsed import (
    ParsedSignal,
    at,
    code,
    codes,
    count,
    graded,
    ident,
    instant,
    items,
    sha256_of,
)

NAME = "wazuh"
RULE = re.compile(r"\d{1,8}")
GROUP = re.compile(r"[a-z][a-z0-9_]{1,40}")
GDPR = re.compile(r"[IVX]{1,4}_\d{1,2}(?:\.\d)?(?:\.[a-z])?")
LEVELS = ((0, "low"), (7, "medium"), (12, "high"), (15, "critical"))


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an alert: a rule with its level and the manager that applied it."""
    ruled = bool(code(at(payload, "rule", "id"), RULE)) and isinstance(at(payload, "rule", "level"), int)
    return ruled and isinstance(payload.get("manager"), dict) and "timestamp" in payload


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the alert as a signal. The rule's description, the log line and the agent's name are not read."""
    return [_signal(payload)] if recognises(payload) else []


def _signal(alert: dict[str, Any]) -> ParsedSignal:
    rule, digest = alert["rule"], sha256_of(alert)
    named = tactics(items(rule, "mitre", "tactic"))
    return ParsedSignal(
        source=NAME, source_ref=ident(alert.get("id")) or digest, payload_sha256=digest,
        title=titled(_what(rule), named), severity=graded(rule["level"], LEVELS),
        detected_at=instant(alert.get("timestamp")), suggests=_suggestions(rule, named), details=_details(alert),
    )  # fmt: skip


def _what(rule: dict[str, Any]) -> str:
    groups = codes(items(rule, "groups"), GROUP)
    told = f" ({', '.join(groups[:3])})" if groups else ""
    return f"Wazuh rule {code(rule['id'], RULE)}, level {rule['level']}{told}"


def _suggestions(rule: dict[str, Any], named: list[str]) -> dict[str, Any]:
    """Return what tactic and groups suggest; `syscheck` saw that files were changed."""
    changed = {"breach.properties": ["integrity"]} if "syscheck" in items(rule, "groups") else {}
    return {**changed, **suggested(named)}


def _details(alert: dict[str, Any]) -> dict[str, Any]:
    rule = alert["rule"]
    return {
        "rule": code(rule["id"], RULE), "level": count(rule["level"]), "fired": count(rule.get("firedtimes")),
        "groups": codes(items(rule, "groups"), GROUP), "agent": code(at(alert, "agent", "id"), RULE),
        "techniques": codes(items(rule, "mitre", "id"), TECHNIQUE), "gdpr": codes(items(rule, "gdpr"), GDPR),
    }  # fmt: skip
