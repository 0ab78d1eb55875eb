"""A small real breach: three customers in Germany. Every stage that follows is the real one."""

import uuid
from pathlib import Path

from sqlmodel import select

from forthwith import db, detection, review, scoping
from forthwith.detection.facts import state
from forthwith.review import users
from forthwith.review.duties import undecided
from models import Incident, User, Variant

CANARIES = ("Zyxwanda", "Quorvex", "zyxwanda.quorvex", "Krumbachstiege", "Plovdrin", "0176 5550123")
PEOPLE = """first name,last name,email,phone,street,postcode,city,country,national id
Zyxwanda,Quorvex,zyxwanda.quorvex@example.org,+49 176 5550123,Krumbachstiege 7,10115,Berlin,DE,A1234567
Odo,Plovdrin,odo.plovdrin@example.org,+49 176 5550124,Krumbachstiege 9,10115,Berlin,DE,A1234568
Mira,Plovdrin,,,Krumbachstiege 11,10115,Berlin,DE,A1234569
"""
FACTS = {
    "entity.name": "Example Ltd", "entity.role": "controller", "entity.home": "DE", "entity.sector": "retail",
    "entity.regimes": [], "clocks.aware_at": "2026-11-01T09:00:00Z", "breach.properties": ["confidentiality"],
    "breach.cause": "hacking", "breach.actor": "external_malicious", "breach.source": "own",
    "breach.exfiltration": "confirmed", "breach.recipients": "attacker", "breach.media": ["electronic"],
    "breach.protection.unintelligible": "no", "breach.misuse": "likely", "breach.systemic": "no",
    "breach.mitigations": ["access_disabled", "credentials_reset"],
    "answers.eu.gdpr.risk": "high_risk",
}  # fmt: skip


def breach(folder: Path, title: str = "Shop database copied") -> uuid.UUID:
    """Open the incident, state its facts, load its people; return its id."""
    path = folder / "customers.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    with db.session() as session:
        incident = detection.open_incident(session, title=title, actor="ana")
        state(session, incident, FACTS, by="ana")
        scoping.load(session, incident, [path], actor="ana")
        return incident.id


def reviewer(name: str = "Lena Legal") -> User:
    """Return the legal reviewer, added where there is none."""
    with db.session() as session:
        found = session.exec(select(User).where(User.name == name)).first()
        return found or users.add(session, name, role="legal")[0]


def decide_duties(incident_id: uuid.UUID) -> int:
    """Let legal decide that every duty in doubt must be met; return how many there were."""
    user = reviewer()
    with db.session() as session:
        open_ones = undecided(session, session.get_one(Incident, incident_id))
        for duty in open_ones:
            review.decide_duty(session, duty, verdict="notify", user=user, reason="to be safe")
        return len(open_ones)


def approve_all(incident_id: uuid.UUID, verdict: str = "approve") -> int:
    """Let legal approve every current wording; return how many."""
    user = reviewer()
    with db.session() as session:
        incident = session.get_one(Incident, incident_id)
        wordings = session.exec(select(Variant).where(Variant.incident_id == incident_id, Variant.current)).all()
        for variant in wordings:
            comment = None if verdict == "approve" else "say it more plainly"
            review.decide(session, incident, variant, verdict=verdict, user=user, comment=comment)
        return len(wordings)
