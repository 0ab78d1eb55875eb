"""An incident with people and duties, so that notices can be drafted without an assessment."""

from typing import Any

from fakes.duties import add_duty
from sqlmodel import Session

from models import Cohort, Fact, Incident, Obligation, ObligationCohort, new_id, utc_now

FACTS: dict[str, Any] = {
    "entity.name": "Example Ltd",
    "breach.cause": "hacking",
    "breach.exfiltration": "confirmed",
    "breach.properties": ["confidentiality"],
    "breach.actor": "external_malicious",
    "breach.recipients": "attacker",
    "breach.mitigations": ["access_disabled", "credentials_reset"],
    "clocks.occurred_from": "2026-11-02",
    "clocks.occurred_to": "2026-11-09",
    "clocks.discovered_at": "2026-11-10",
    "clocks.aware_at": "2026-11-11T08:30:00Z",
    "words.contact_phone": "+1 800 555 0199",
    "words.offer.provider": "Sample Credit Watch",
    "words.offer.months": 12,
    "words.offer.url": "https://offer.example.com",
}
GDPR = ["what_happened", "dpo_contact", "consequences", "measures_taken", "mitigation", "complaint_rights"]
CALIFORNIA = ["Notice of Data Breach", "What Happened", "What Information Was Involved", "What We Are Doing",
              "What You Can Do", "For More Information"]  # fmt: skip


def state(session: Session, incident: Incident, facts: dict[str, Any] | None = None) -> None:
    """State facts; without `facts` all the usual ones."""
    for name, value in (FACTS if facts is None else facts).items():
        session.add(Fact(incident_id=incident.id, name=name, value=value, known_at=utc_now(), stated_by="ana"))
    session.flush()


def add_cohort(session: Session, incident: Incident, jurisdiction: str = "DE", **fields: Any) -> Cohort:
    """Add people; what isn't named is that of ten adult customers."""
    usual: dict[str, Any] = {
        "incident_id": incident.id, "fingerprint": new_id().hex, "jurisdiction": jurisdiction,
        "country": jurisdiction.split("-")[0], "elements": ["name", "contact"], "age_class": "adult", "language": "en",
        "channels": ["email", "letter", "sms"], "count": 10,
    }  # fmt: skip
    cohort = Cohort(**{**usual, **fields})
    session.add(cohort)
    session.flush()
    return cohort


def people_duty(
    session: Session, incident: Incident, cohorts: list[Cohort], *, law: str = "eu.gdpr",
    require: list[str] | None = None, forbid: list[str] | None = None, headings: list[str] | None = None,
    channels: list[str] | None = None, jurisdiction: str = "DE", **fields: Any,
) -> Obligation:  # fmt: skip
    """Add a duty to tell people, and the people whom it reaches."""
    content = {"require": GDPR if require is None else require, "forbid": forbid or [], "headings": headings or []}
    duty = add_duty(
        session, incident, fields.pop("key", f"{law}.individuals:{jurisdiction}"), law=law, duty="individuals",
        audience=fields.pop("audience", "individuals"), recipient=fields.pop("recipient", "data_subjects"),
        jurisdiction=jurisdiction, channels=channels or ["email", "letter", "sms"], detail={"content": content},
        **fields,
    )  # fmt: skip
    session.add_all([ObligationCohort(obligation_id=duty.id, cohort_id=one.id) for one in cohorts])
    session.flush()
    return duty
