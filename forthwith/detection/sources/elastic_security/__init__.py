"""Elastic Security: detection alerts, as documents of the index, as a search answers, or by a webhook connector.

The connector's body is to be `{"alerts": {{{context.alerts}}}}`. Fields stand flat (`kibana.alert.uuid`) or nested.
https://www.elastic.co/guide/en/security/current/alert-schema.html
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
    ident,
    instant,
    items,
    severity,
    sha256_of,
)

NAME = "elastic_security"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40,64}")
WORD = re.compile(r"[a-z][a-z_]{1,30}")
LEVELS = {"low": "low", "medium": "medium", "high": "high", "critical": "critical"}


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an alert, a list in a connector's envelope, or the hits of a search."""
    return any(_is_alert(one) for one in _alerts(payload))


def _alerts(payload: dict[str, Any]) -> list[Any]:
    listed = items(payload, "alerts") or items(payload, "context", "alerts") or items(payload, "hits", "hits")
    return [at(one, "_source") or one for one in listed or [payload]]


def _is_alert(alert: Any) -> bool:
    return isinstance(_field(alert, "uuid"), str) and _field(alert, "rule.uuid") is not None


def _field(alert: Any, name: str) -> Any:
    """Return `kibana.alert.<name>`, written as one key or as keys within keys."""
    path = ["kibana", "alert", *name.split(".")]
    for split in range(len(path), 0, -1):
        inner = at(alert, ".".join(path[:split]))
        if inner is not None:
            return at(inner, *path[split:])
    return None


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the alerts as signals. Reasons, rules' names, hosts and users are not read."""
    return [_signal(alert) for alert in _alerts(payload) if _is_alert(alert)]


def _signal(alert: dict[str, Any]) -> ParsedSignal:
    digest, named = sha256_of(alert), _tactics(alert)
    kind = code(_field(alert, "rule.type"), WORD)
    return ParsedSignal(
        source=NAME, source_ref=ident(_field(alert, "uuid"), UUID) or digest, payload_sha256=digest,
        title=titled(f"Elastic {kind.replace('_', ' ')} rule" if kind else "Elastic rule", named),
        severity=severity(_field(alert, "severity"), LEVELS), occurred_at=instant(_field(alert, "original_time")),
        detected_at=instant(_field(alert, "start") or at(alert, "@timestamp")),
        open=_field(alert, "workflow_status") != "closed", suggests=suggested(named), details=_details(alert, named),
    )  # fmt: skip


def _threats(alert: dict[str, Any]) -> list[Any]:
    found = _field(alert, "rule.threat")
    return found if isinstance(found, list) else []


def _tactics(alert: dict[str, Any]) -> list[str]:
    return tactics([at(threat, "tactic", "id") for threat in _threats(alert)])


def _details(alert: dict[str, Any], named: list[str]) -> dict[str, Any]:
    techniques = [at(one, "id") for threat in _threats(alert) for one in items(threat, "technique")]
    score = _field(alert, "risk_score")
    return {
        "rule": code(_field(alert, "rule.rule_id") or _field(alert, "rule.uuid"), UUID), "tactics": named,
        "techniques": codes(techniques, TECHNIQUE), "status": code(_field(alert, "workflow_status"), WORD),
        "risk_score": count(int(score)) if isinstance(score, int | float) else 0,
        "depth": count(_field(alert, "depth")),
    }  # fmt: skip
