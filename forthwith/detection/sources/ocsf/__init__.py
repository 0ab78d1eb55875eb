"""OCSF (Open Cybersecurity Schema Framework): security, detection, incident and data security findings of any tool.

https://schema.ocsf.io/classes/detection_finding (class 2004; 2001, 2005 and 2006 beside it)
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
    sha256_of,
)

NAME = "ocsf"
CLASSES = {
    2001: "Security finding", 2004: "Detection finding", 2005: "Incident finding", 2006: "Data security finding",
}  # fmt: skip
LEVELS = {1: "low", 2: "low", 3: "medium", 4: "high", 5: "critical", 6: "critical"}
DATA = {1: "personal", 2: "governmental", 3: "financial", 4: "business", 5: "military", 6: "security"}
SUPPRESSED, RESOLVED, ARCHIVED, CLOSE = 3, 4, 5, 3
PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{1,60}")


def recognises(payload: dict[str, Any]) -> bool:
    """Return whether a payload is a finding of a class that may tell of a breach."""
    return _class(payload) in CLASSES and isinstance(payload.get("metadata"), dict)


def _class(payload: dict[str, Any]) -> int:
    return count(payload.get("class_uid"))


def parse(payload: dict[str, Any]) -> list[ParsedSignal]:
    """Return the finding as a signal. Titles, descriptions, actors, files and observables are not read."""
    return [_signal(payload)] if recognises(payload) else []


def _signal(finding: dict[str, Any]) -> ParsedSignal:
    named, digest, first = _tactics(finding), sha256_of(finding), _infos(finding)[0]
    return ParsedSignal(
        source=NAME, source_ref=_reference(finding, first) or digest, payload_sha256=digest,
        title=titled(CLASSES[_class(finding)], named),
        severity=LEVELS.get(count(finding.get("severity_id")), "unknown"),
        occurred_at=instant(at(first, "first_seen_time")),
        detected_at=instant(at(first, "created_time") or finding.get("time")), open=_open(finding),
        suggests=suggested(named), details=_details(finding),
    )  # fmt: skip


def _infos(finding: dict[str, Any]) -> list[Any]:
    """Return what the finding, or each of an incident's findings, tells; 2001 calls it `finding`."""
    single = finding.get("finding_info") or finding.get("finding")
    return [*([single] if single else []), *items(finding, "finding_info_list")] or [{}]


def _reference(finding: dict[str, Any], first: Any) -> str:
    """Return the finding's uid; an incident has its own in its metadata."""
    own = at(finding, "metadata", "uid") if _class(finding) == 2005 else None
    return ident(own or at(first, "uid"))


def _open(finding: dict[str, Any]) -> bool:
    ended = count(finding.get("status_id")) in (SUPPRESSED, RESOLVED, ARCHIVED)
    return not ended and count(finding.get("activity_id")) != CLOSE


def _attacks(finding: dict[str, Any]) -> list[Any]:
    told = [attack for info in _infos(finding) for attack in items(info, "attacks")]
    return [*told, *items(finding, "attacks")]


def _tactics(finding: dict[str, Any]) -> list[str]:
    older = [one for attack in _attacks(finding) for one in items(attack, "tactics")]
    named = [at(attack, "tactic") for attack in _attacks(finding)]
    return tactics([word for one in [*named, *older] for word in (at(one, "uid"), at(one, "name"))])


def _details(finding: dict[str, Any]) -> dict[str, Any]:
    kinds = [*items(finding, "data_classifications"), finding.get("data_security")]
    data = {DATA.get(count(at(kind, "category_id")), "") for kind in kinds} - {""}
    return {
        "class": _class(finding), "status": count(finding.get("status_id")), "tactics": _tactics(finding),
        "techniques": codes([at(one, "technique", "uid") for one in _attacks(finding)], TECHNIQUE),
        "suspected_breach": finding.get("is_suspected_breach") is True, "data": sorted(data),
        "product": code(at(finding, "metadata", "product", "name"), PRODUCT),
        "resources": len(items(finding, "resources")), "findings": len(_infos(finding)),
    }  # fmt: skip
