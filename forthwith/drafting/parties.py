"""Notices to organisations: authorities, police, bureaus and media by the law's code; partners by their role."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from forthwith.approval import law_folder
from forthwith.drafting.grouping import Group, asked
from forthwith.filling.labels import read, shipped
from models import Audience, Cohort, Incident, IncidentRole, Obligation, Party

BODIES = {Audience.REGULATOR: "authority", Audience.POLICE: "police", Audience.CRA: "bureau", Audience.MEDIA: "media"}
ROLES = {
    Audience.CONTROLLER: ("controller", "joint_controller", "owner"),
    Audience.OWNER: ("owner", "controller", "joint_controller"),
    Audience.PROCESSOR: ("processor",),
    Audience.CONTRACT_PARTY: ("contract_party", "controller", "owner"),
}


def recipient_record(duty: Obligation) -> dict[str, Any]:
    """Return what the law's record says of a duty's recipient; empty where it names none."""
    record = read(law_folder(duty.law) / "law.yaml")
    found: dict[str, Any] = (record.get("recipients") or {}).get(duty.recipient) or {}
    return found


def body_of(session: Session, duty: Obligation) -> Party:
    """Return the authority or bureau of a duty, found by its code or made from the law's record."""
    found = session.exec(select(Party).where(Party.code == duty.recipient)).first()
    if found is not None:
        return found
    record = recipient_record(duty)
    languages = [one for one in record.get("languages") or [] if shipped(one) == one]
    portal = str(record.get("portal") or "").split(" ")[0]
    made = Party(
        name=record.get("name") or duty.detail.get("recipient_name") or duty.recipient.replace("_", " ").capitalize(),
        code=duty.recipient, kind=BODIES[Audience(duty.audience)], country=record.get("jurisdiction"),
        language=languages[0] if languages else "en", email=record.get("email"),
        postal=list(record.get("postal") or []), portal_url=portal if portal.startswith("https://") else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def partners(session: Session, incident: Incident, duty: Obligation, cohorts: Sequence[Cohort]) -> list[Party]:
    """Return the organisations that a duty reaches: by code, by their role, else those whose people are affected.

    Where nobody is known yet, a party without a name stands for them, so that the duty shows as a gap.
    """
    by_code = session.exec(select(Party).where(Party.code == duty.recipient)).all()
    roles = ROLES[Audience(duty.audience)]
    held = select(Party).join(IncidentRole, col(IncidentRole.party_id) == col(Party.id)).distinct()
    by_role = session.exec(held.where(IncidentRole.incident_id == incident.id, col(IncidentRole.role).in_(roles))).all()
    whose = {one.party_id for one in cohorts if one.party_id}
    by_people = session.exec(select(Party).where(col(Party.id).in_(whose))).all()
    found = by_code or sorted({party.id: party for party in (*by_role, *by_people)}.values(), key=lambda one: one.name)
    return list(found) or [_unnamed(session, incident, duty)]


def _unnamed(session: Session, incident: Incident, duty: Obligation) -> Party:
    """Return the party that stands for one whom nobody has named."""
    code = f"unnamed:{incident.id}:{duty.audience}"
    found = session.exec(select(Party).where(Party.code == code)).first()
    if found is not None:
        return found
    made = Party(name=f"{duty.audience.replace('_', ' ').capitalize()} not named yet", code=code)
    session.add(made)
    session.flush()
    return made


def unnamed(party: Party) -> bool:
    """Return whether a party only stands for one whom nobody has named."""
    return (party.code or "").startswith("unnamed:")


def party_groups(
    session: Session, incident: Incident, duty: Obligation, cohorts: Sequence[Cohort], everyone: Sequence[Cohort],
    people: Sequence[Group],
) -> list[Group]:  # fmt: skip
    """Return the notices of one duty that goes to organisations or to the public."""
    reached = tuple(cohorts or everyone)
    if duty.audience == Audience.PUBLIC:
        return [_group(duty, "public", reached, everyone, people, None)]
    if duty.audience in BODIES:
        trait = "public" if duty.audience == Audience.MEDIA else "party"
        return [_group(duty, trait, reached, everyone, people, body_of(session, duty))]
    found = partners(session, incident, duty, reached)
    return [_group(duty, "party", _theirs(reached, party), everyone, (), party) for party in found]


def _theirs(cohorts: tuple[Cohort, ...], party: Party) -> tuple[Cohort, ...]:
    """Return a partner's own people; where no people are marked with a partner, all."""
    if any(one.party_id for one in cohorts):
        return tuple(one for one in cohorts if one.party_id == party.id)
    return cohorts


def _group(
    duty: Obligation, trait: str, cohorts: tuple[Cohort, ...], everyone: Sequence[Cohort], people: Sequence[Group],
    party: Party | None,
) -> Group:  # fmt: skip
    """Return one notice to an organisation."""
    elements = tuple(sorted({code for one in cohorts for code in one.elements}))
    told = tuple(one for one in people if any(other.law == duty.law for other in one.duties)) or tuple(people)
    counted = cohorts if duty.audience in ROLES else tuple(everyone)
    return Group(
        audience=duty.audience, duties=(duty,), content=asked(duty), trait=trait, elements=elements, cohorts=cohorts,
        party=party, everyone=counted, people=told,
    )  # fmt: skip
