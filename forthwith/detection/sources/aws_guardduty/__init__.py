"""Amazon GuardDuty: the EventBridge event `GuardDuty Finding`, a finding, or the API's list in either spelling.

https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
"""

import re
from typing import Any

from forthwith.detection.attack import suggested
from forthwith.detection.parsed import ParsedSignal, at, code, count, graded, ident, instant, items, sha256_of

NAME = "aws_guardduty"
TYPE = re.compile(r"[A-Za-z]{2,40}:[A-Za-z0-9]{1,40}/[A-Za-z0-9.!:-]{1,80}")
RESOURCE = re.compile(r"[A-Za-z0-9]{2,40}")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
LEVELS = ((0, "low"), (4, "medium"), (7, "high"), (9, "critical"))
OPENED_TO = {
    "Policy:S3/BucketAnonymousAccessGranted": "public",
    "Policy:S3/BucketPublicAccessGranted": "public",
    "Policy:S3/BucketBlockPublicAccessDisabled": "public",
    "Policy:S3/AccountBlockPublicAccessDisabled": "public",
}
ENDING = {"Exfiltration": ["Exfiltration"], "Impact": ["Impact"]}


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an event of GuardDuty, a finding, or a list of findings."""
    return any(_is_finding(one) for one in _findings(payload)) or payload.get("source") == "aws.guardduty"


def _findings(payload: dict[str, Any]) -> list[Any]:
    listed = items(payload, "findings") or items(payload, "Findings") or [payload.get("detail") or payload]
    return [_camel(one) if at(one, "Service", "ServiceName") == "guardduty" else one for one in listed]


def _camel(value: Any) -> Any:
    """Return keys as the event writes them: the command line writes `ServiceName` for `serviceName`."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(inner) for key, inner in value.items()}
    return [_camel(inner) for inner in value] if isinstance(value, list) else value


def _is_finding(finding: Any) -> bool:
    return bool(code(at(finding, "type"), TYPE)) and at(finding, "service", "serviceName") == "guardduty"


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the findings as signals. Titles, user names, addresses and object keys are not read."""
    return [_signal(finding) for finding in _findings(payload) if _is_finding(finding)]


def _signal(finding: dict[str, Any]) -> ParsedSignal:
    kind, digest, service = code(finding["type"], TYPE), sha256_of(finding), finding["service"]
    resource = code(at(finding, "resource", "resourceType"), RESOURCE)
    return ParsedSignal(
        source=NAME, source_ref=ident(finding.get("id")) or digest, payload_sha256=digest,
        title=f"{kind} on {resource}" if resource else kind, severity=graded(finding.get("severity"), LEVELS),
        occurred_at=instant(service.get("eventFirstSeen")), detected_at=instant(finding.get("createdAt")),
        open=service.get("archived") is not True, suggests=_suggestions(kind), details=_details(finding),
    )  # fmt: skip


def _suggestions(kind: str) -> dict[str, Any]:
    opened = {"breach.cause": "misconfiguration", "breach.recipients": OPENED_TO.get(kind)}
    purpose = ENDING.get(kind.split(":")[0], [])
    return {**(opened if opened["breach.recipients"] else {}), **suggested(purpose)}


def _details(finding: dict[str, Any]) -> dict[str, Any]:
    buckets = [code(at(bucket, "name"), BUCKET) for bucket in items(finding, "resource", "s3BucketDetails")]
    return {
        "region": code(finding.get("region")), "account": code(finding.get("accountId")),
        "occurrences": count(at(finding, "service", "count")), "buckets": [name for name in buckets if name],
        "instance": code(at(finding, "resource", "instanceDetails", "instanceId"), INSTANCE),
        "action": code(at(finding, "service", "action", "actionType")),
        "sample": at(finding, "service", "additionalInfo", "sample") is True,
    }  # fmt: skip
