"""Notices to organisations: authorities, police, bureaus and media by the law's code; partners by their role."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from forthwith.approval import law_folder
from forthwith.drafting.grouping import Group, asked, compatible, joint
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


def body_groups(
    session: Session, duty: Obligation, cohorts: Sequence[Cohort], everyone: Sequence[Cohort], people: Sequence[Group]
) -> list[Group]:
    """Return the one notice of a duty that goes to an authority, police, a bureau, the media or the public."""
    reached = tuple(cohorts or everyone)
    told = tuple(one for one in people if any(other.law == duty.law for other in one.duties)) or tuple(people)
    trait = "public" if duty.audience in (Audience.PUBLIC, Audience.MEDIA) else "party"
    return [
        Group(
            audience=duty.audience, duties=(duty,), content=asked(duty), trait=trait, elements=_elements(reached),
            cohorts=reached, party=None if duty.audience == Audience.PUBLIC else body_of(session, duty),
            everyone=tuple(everyone), people=told,
        )
    ]  # fmt: skip


def partner_groups(
    session: Session, incident: Incident, duties: Sequence[Obligation],
    reach: Mapping[uuid.UUID, Sequence[Cohort]], everyone: Sequence[Cohort],
) -> list[Group]:  # fmt: skip
    """Return the notices to partners: one a partner and audience, where the contents agree, with its own people."""
    wanted: dict[tuple[str, uuid.UUID], list[tuple[Obligation, Party, tuple[Cohort, ...]]]] = defaultdict(list)
    for duty in duties:
        reached = tuple(reach.get(duty.id) or everyone)
        for party in partners(session, incident, duty, reached):
            if theirs := _theirs(reached, party):
                wanted[duty.audience, party.id].append((duty, party, theirs))
    return [
        _partner(bucket, rows)
        for _, rows in sorted(wanted.items(), key=lambda item: (item[0][0], item[1][0][1].name))
        for bucket in compatible([duty for duty, _, _ in rows])
    ]


def _partner(duties: list[Obligation], rows: list[tuple[Obligation, Party, tuple[Cohort, ...]]]) -> Group:
    """Return one notice to one partner."""
    ids = {duty.id for duty in duties}
    theirs = {one.id: one for duty, _, cohorts in rows if duty.id in ids for one in cohorts}
    cohorts = tuple(sorted(theirs.values(), key=lambda one: one.fingerprint))
    return Group(
        audience=duties[0].audience, duties=tuple(duties), content=joint(duties), trait="party",
        elements=_elements(cohorts), cohorts=cohorts, party=rows[0][1], everyone=cohorts,
    )  # fmt: skip


def _theirs(cohorts: tuple[Cohort, ...], party: Party) -> tuple[Cohort, ...]:
    """Return a partner's own people: none where all belong to others; all where nobody is marked with a partner."""
    marked = {one.party_id for one in cohorts if one.party_id}
    if not marked or unnamed(party):
        return cohorts
    return tuple(one for one in cohorts if one.party_id == party.id)


def _elements(cohorts: Sequence[Cohort]) -> tuple[str, ...]:
    """Return all data that is exposed of some of the people."""
    return tuple(sorted({code for one in cohorts for code in one.elements}))
