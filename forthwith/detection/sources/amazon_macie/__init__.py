"""Amazon Macie: the EventBridge event `Macie Finding`, or the finding itself as the API gives it.

https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
"""

import re
from typing import Any

from forthwith.detection.parsed import ParsedSignal, at, code, codes, count, instant, items, severity, sha256_of
from forthwith.detection.sources.amazon_macie.elements import elements_of

NAME = "amazon_macie"
TYPE = re.compile(r"(?:SensitiveData|Policy):[A-Za-z0-9]{1,40}/[A-Za-z0-9]{1,60}")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
LEVELS = {"low": "low", "medium": "medium", "high": "high", "critical": "critical"}
OPENED_TO = {
    "Policy:IAMUser/S3BucketPublic": "public",
    "Policy:IAMUser/S3BlockPublicAccessDisabled": "public",
    "Policy:IAMUser/S3BucketSharedExternally": "known_many",
    "Policy:IAMUser/S3BucketReplicatedExternally": "known_one",
    "Policy:IAMUser/S3BucketSharedWithCloudFront": "public",
}


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is an event of Macie, a finding, or the API's list of findings."""
    return any(_is_finding(one) for one in _findings(payload)[:1]) or payload.get("source") == "aws.macie"


def _is_finding(finding: Any) -> bool:
    return bool(code(at(finding, "type"), TYPE)) and isinstance(at(finding, "resourcesAffected"), dict)


def _findings(payload: dict[str, Any]) -> list[Any]:
    """Return the findings of an event (`detail`), of an answer of GetFindings (`findings`), or the one itself."""
    if isinstance(payload.get("detail"), dict):
        return [payload["detail"]]
    return items(payload, "findings") or [payload]


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the findings as signals. Object keys and sampled data are not read: they may hold people's names."""
    return [_signal(finding) for finding in _findings(payload) if _is_finding(finding)]


def _signal(finding: dict[str, Any]) -> ParsedSignal:
    kind = code(finding["type"], TYPE)
    bucket = code(at(finding, "resourcesAffected", "s3Bucket", "name"), BUCKET)
    digest = sha256_of(finding)
    return ParsedSignal(
        source=NAME, source_ref=code(finding.get("id")) or digest, payload_sha256=digest,
        title=f"{kind} in S3 bucket {bucket}" if bucket else kind,
        severity=severity(at(finding, "severity", "description"), LEVELS),
        detected_at=instant(finding.get("createdAt")), open=not finding.get("archived"),
        suggests=_suggestions(kind, finding), details=_details(finding),
    )  # fmt: skip


def _suggestions(kind: str, finding: dict[str, Any]) -> dict[str, Any]:
    opened = {"breach.cause": "misconfiguration", "breach.recipients": OPENED_TO.get(kind)}
    found = elements_of(_detections(finding))
    elements = {"elements": found} if found else {}
    return {**(opened if opened["breach.recipients"] else {}), **elements}


def _details(finding: dict[str, Any]) -> dict[str, Any]:
    bucket = at(finding, "resourcesAffected", "s3Bucket") or {}
    return {
        "buckets": codes([at(bucket, "name")], BUCKET), "region": code(finding.get("region")),
        "account": code(finding.get("accountId")),
        "occurrences": count(finding.get("count")), "detections": _detections(finding),
        "public": code(at(bucket, "publicAccess", "effectivePermission")),
        "encryption": code(at(bucket, "defaultServerSideEncryption", "encryptionType")),
        "sample": finding.get("sample") is True,
    }  # fmt: skip


def _detections(finding: dict[str, Any]) -> dict[str, int]:
    """Return how often each type of sensitive data was found."""
    found: dict[str, int] = {}
    for group in items(finding, "classificationDetails", "result", "sensitiveData"):
        for detection in items(group, "detections"):
            if name := code(at(detection, "type")):
                found[name] = found.get(name, 0) + count(at(detection, "count"))
    return found
