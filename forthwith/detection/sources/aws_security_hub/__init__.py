"""AWS Security Hub: findings in the AWS Security Finding Format, by EventBridge or as the API lists them.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
"""

import re
from typing import Any

from forthwith.detection.attack import TACTICS, suggested, tactics
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

NAME = "aws_security_hub"
SCHEMA = "2018-10-08"
ARN = re.compile(r"arn:aws[a-z-]*:(?!iam|sts)[a-z0-9-]+:[a-z0-9-]*:\d{12}:[A-Za-z0-9./-]{1,160}")
KIND = re.compile(r"(?:Software and Configuration Checks|TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications)"
                  r"(?:/[A-Za-z0-9 -]{1,50}){0,2}")  # fmt: skip
RESOURCE = re.compile(r"(?:Aws|AWS)[A-Za-z0-9:]{1,50}")
LEVELS = {"informational": "low", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
ENDED = ("RESOLVED", "SUPPRESSED")


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an event with findings, a list of them, or one of them."""
    return any(_is_finding(one) for one in _findings(payload))


def _findings(payload: dict[str, Any]) -> list[Any]:
    return items(payload, "detail", "findings") or items(payload, "Findings") or [payload]


def _is_finding(finding: Any) -> bool:
    return at(finding, "SchemaVersion") == SCHEMA and bool(at(finding, "ProductArn"))


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the findings as signals. Titles, descriptions and the ids of resources are not read."""
    return [_signal(finding) for finding in _findings(payload) if _is_finding(finding)]


def _signal(finding: dict[str, Any]) -> ParsedSignal:
    kinds, digest = codes(items(finding, "Types"), KIND), sha256_of(finding)
    return ParsedSignal(
        source=NAME, source_ref=ident(finding.get("Id"), ARN) or digest, payload_sha256=digest,
        title=_title(kinds, finding), severity=severity(at(finding, "Severity", "Label"), LEVELS),
        occurred_at=instant(finding.get("FirstObservedAt")), detected_at=instant(finding.get("CreatedAt")),
        open=_open(finding), suggests=_suggestions(kinds), details=_details(finding, kinds),
    )  # fmt: skip


def _title(kinds: list[str], finding: dict[str, Any]) -> str:
    on = codes([at(one, "Type") for one in items(finding, "Resources")], RESOURCE)
    kind = kinds[0] if kinds else "Security Hub finding"
    return f"{kind} on {', '.join(on[:3])}" if on else kind


def _open(finding: dict[str, Any]) -> bool:
    ended = at(finding, "Workflow", "Status") in ENDED or finding.get("RecordState") == "ARCHIVED"
    return not ended and at(finding, "Compliance", "Status") != "PASSED"


def _suggestions(kinds: list[str]) -> dict[str, Any]:
    """Return what the taxonomy of types suggests: its second part names a tactic or an effect."""
    parts = [part for kind in kinds for part in kind.split("/")[1:]]
    named = set(tactics([re.sub(r"^Data ", "", part) for part in parts])) & set(TACTICS.values())
    lost = {"Data Destruction", "Denial of Service", "Resource Consumption"} & set(parts)
    exposed = {"breach.exfiltration": "possible"} if "Data Exposure" in parts else {}
    damage = {"breach.properties": ["availability"]} if lost else {}
    secrets = {"elements": ["online_credentials"]} if "Passwords" in parts else {}
    return {**exposed, **suggested(named), **damage, **secrets}


def _details(finding: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
    return {
        "types": kinds, "account": code(finding.get("AwsAccountId")), "region": code(finding.get("Region")),
        "product": code(finding.get("ProductName"), re.compile(r"[A-Z][A-Za-z0-9 ]{1,40}")),
        "workflow": code(at(finding, "Workflow", "Status")), "record": code(finding.get("RecordState")),
        "resources": codes([at(one, "Type") for one in items(finding, "Resources")], RESOURCE),
    }  # fmt: skip
