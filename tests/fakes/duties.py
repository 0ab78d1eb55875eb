"""Duties for tests that need some, without a law being assessed."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from models import Incident, Obligation

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def add_duty(session: Session, incident: Incident, key: str = "eu.gdpr.authority", **fields: Any) -> Obligation:
    """Add one current duty; what isn't named is that of GDPR Art. 33(1)."""
    usual: dict[str, Any] = {
        "incident_id": incident.id, "assessment": 1, "key": key, "law": "eu.gdpr", "duty": "authority",
        "law_sha256": "0" * 64, "audience": "regulator", "recipient": "lead_supervisory_authority",
        "jurisdiction": "IE", "count": 24, "verdict": "notify", "citation": "Regulation (EU) 2016/679 Art. 33(1)",
    }  # fmt: skip
    duty = Obligation(**{**usual, **fields})
    session.add(duty)
    session.flush()
    return duty
