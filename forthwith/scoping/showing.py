"""Who is affected, in counts; and the list that names nobody."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith.scoping.versions import taken_out
from models import Incident

PEOPLE = text(
    "select id::text as person_id, number, jurisdiction, country, age_class, language, elements, channels from person"
    " where incident_id = :incident and removed_at is null order by number"
)
LINKS = text(
    "select e.name as source, s.row, s.person_id::text, '' as reason from person_source s"
    " join evidence e on e.id = s.evidence_id where s.incident_id = :incident"
    " union all select e.name, q.row, '', q.reason from quarantine q"
    " join evidence e on e.id = q.evidence_id where q.incident_id = :incident order by 1, 2"
)
BY_PARTY = text(
    "select coalesce(p.code, p.name, 'own'), count(distinct s.person_id) from person_source s"
    " join evidence e on e.id = s.evidence_id left join party p on p.id = e.party_id"
    " join person on person.id = s.person_id and person.removed_at is null"
    " where s.incident_id = :incident group by 1 order by 2 desc, 1"
)
FILES = text(
    "select e.name, e.sha256, e.rows_in, e.rows_loaded, e.rows_quarantined, coalesce(p.name, '') as party"
    " from evidence e left join party p on p.id = e.party_id where e.incident_id = :incident"
    " order by e.created_at, e.name"
)
ASIDE = text("select reason, count(*) from quarantine where incident_id = :incident group by 1 order by 2 desc, 1")
MERGED = text(
    "select split_part(reason, ' (', 1), count(*) from person_source"
    " where incident_id = :incident and reason <> 'first' group by 1 order by 2 desc, 1"
)


def people_lines(session: Session, incident: Incident) -> Iterator[dict[str, Any]]:
    """Yield one line a person in scope, without personal data."""
    for row in session.execute(PEOPLE, {"incident": incident.id}):
        yield dict(row._mapping)


def links(session: Session, incident: Incident) -> Iterator[dict[str, Any]]:
    """Yield source (file), row (from 0), person_id, reason why there is none: each row of the evidence once."""
    for row in session.execute(LINKS, {"incident": incident.id}):
        yield dict(row._mapping)


def people_by_party(session: Session, incident: Incident) -> dict[str, int]:
    """Return how many people each partner's evidence told of; somebody whom two partners know counts for both."""
    return _pairs(session, BY_PARTY, incident)


def _pairs(session: Session, query: Any, incident: Incident) -> dict[str, int]:
    """Return a query's two columns as a mapping."""
    return {str(name): int(count) for name, count in session.execute(query, {"incident": incident.id})}


def _by(session: Session, incident: Incident, what: str) -> dict[str, int]:
    """Return people in scope counted by a clear column, the most first."""
    scope = "incident_id = :incident and removed_at is null"
    query = text(f"select {what}, count(*) from person where {scope} group by 1 order by 2 desc, 1")
    return _pairs(session, query, incident)


def overview(session: Session, incident: Incident) -> dict[str, Any]:
    """Return the people of an incident in counts, and what became of every row."""
    jurisdictions = _by(session, incident, "jurisdiction")
    return {
        "incident": incident.ref, "people": sum(jurisdictions.values()), "scope_version": incident.scope_version,
        "out_of_scope": len(taken_out(session, incident)),
        "jurisdictions": jurisdictions, "possible": possible(jurisdictions),
        "age_classes": _by(session, incident, "age_class"),
        "languages": _by(session, incident, "language"), "elements": _by(session, incident, "unnest(elements)"),
        "channels": _by(session, incident, "unnest(channels)"), "kinds": _by(session, incident, "kind"),
        "unreachable": _by(session, incident, "channels <@ array['email_consent']::varchar[]").get("True", 0),
        "parties": people_by_party(session, incident), "merged": _pairs(session, MERGED, incident),
        "quarantined": _pairs(session, ASIDE, incident),
        "files": [dict(row._mapping) for row in session.execute(FILES, {"incident": incident.id})],
    }  # fmt: skip


def possible(jurisdictions: dict[str, int]) -> dict[str, int]:
    """Return the most people that each jurisdiction may have: who has no known state or country may live there."""
    nowhere = jurisdictions.get("unknown", 0)
    return {
        name: count + nowhere + (jurisdictions.get(name.split("-")[0], 0) if "-" in name else 0)
        for name, count in jurisdictions.items()
        if name != "unknown"
    }
