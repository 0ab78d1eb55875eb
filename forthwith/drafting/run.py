"""Draft an incident's notices: same facts, same notices, same bytes; only what changed gets a new version."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlmodel import Session, col, select

from forthwith.approval import laws_sha256, sha256, template_sha256
from forthwith.drafting import grouping, media
from forthwith.drafting.contents import content
from forthwith.drafting.grouping import Group
from forthwith.drafting.known import Known, known
from forthwith.drafting.lint import lint
from forthwith.drafting.parties import ROLES, body_groups, partner_groups
from forthwith.drafting.wording import MissingFactRefusal
from forthwith.filling.content import slots_of
from forthwith.timeline import record
from models import Audience, Incident, Notice, NoticeCohort, NoticeDuty, Party, Refusal, Variant


@dataclass(slots=True)
class DraftReport:
    """What a run came to."""

    notices: int = 0
    variants: int = 0
    written: int = 0  # variants that are new or changed
    withdrawn: int = 0  # notices that no duty asks for any more
    duties: int = 0
    people: int = 0
    warnings: int = 0
    hashes: dict[str, str] = field(default_factory=dict)  # variant id -> content hash
    templates: dict[str, str] = field(default_factory=dict, repr=False)  # language -> hash of its words

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {name: value for name, value in asdict(self).items() if name != "templates"}


@dataclass(frozen=True, slots=True)
class Draft:
    """One wording before it is stored."""

    language: str
    medium: str
    content: bytes
    lint: dict[str, Any]


def draft(session: Session, incident: Incident, *, actor: str) -> DraftReport:
    """Write every notice that the current duties ask for, and one timeline entry.

    Raises Refusal, naming all that is missing at once, before anything is written.
    """
    facts = known(session, incident)
    groups = groups_of(session, incident)
    drafts = _all_drafts(facts, groups)
    words = {one.language: "" for _, made in drafts for one in made}
    report = DraftReport(
        templates={language: template_sha256(language) for language in words},
        duties=sum(len(one.duties) for one in groups),
    )
    stored = [_store(session, incident, group, made, actor, report) for group, made in drafts]
    report.withdrawn = _withdraw(session, incident, {one.id for one in stored})
    report.people = _people(groups)
    session.flush()
    _record(session, incident, actor, report)
    return report


def groups_of(session: Session, incident: Incident) -> list[Group]:
    """Return the notices that the current duties ask for."""
    duties = grouping.owed(session, incident)
    reach, everyone = grouping.reached(session, incident), grouping.cohorts_of(session, incident)
    parties = {one.id: one for one in session.exec(select(Party))}
    direct = [duty for duty in duties if duty.audience == Audience.INDIVIDUALS]
    people = grouping.people_groups(direct, reach, parties)
    partnered = [duty for duty in duties if duty.audience in ROLES]
    filed = [duty for duty in duties if duty.audience != Audience.INDIVIDUALS and duty.audience not in ROLES]
    return [
        *people, *partner_groups(session, incident, partnered, reach, everyone),
        *(group for duty in filed for group in body_groups(session, duty, reach.get(duty.id, ()), everyone, people)),
    ]  # fmt: skip


def _people(groups: Iterable[Group]) -> int:
    """Return how many people the notices reach directly, each once."""
    reached = {one.id: one.count for group in groups if group.audience == Audience.INDIVIDUALS for one in group.cohorts}
    return sum(reached.values())


def _all_drafts(facts: Known, groups: list[Group]) -> list[tuple[Group, list[Draft]]]:
    """Return every wording. Raises one Refusal with all missing facts, so that they can be stated in one go."""
    drafts, lacking = [], dict[str, str]()
    for group in groups:
        try:
            drafts.append((group, wordings(facts, group)))
        except MissingFactRefusal as refusal:
            lacking[refusal.fact] = refusal.what
    if lacking:
        raise Refusal(" ".join(lacking.values()), f"State: {', '.join(sorted(lacking))}.")
    return drafts


def wordings(facts: Known, group: Group) -> list[Draft]:
    """Return a group's wordings: each language of its readers in each lawful medium."""
    out = []
    for language in group.languages:
        for medium in media.written(media.lawful(group)):
            made, body = content(facts, group, language, medium)
            out.append(Draft(language, medium, made, lint(facts, group, orjson.loads(made), body)))
    return out


def _store(
    session: Session, incident: Incident, group: Group, drafts: list[Draft], actor: str, report: DraftReport
) -> Notice:  # fmt: skip
    """Write a notice with its duties, people and wordings; what is there already stays as it is."""
    notice = _notice(session, incident, group, drafts)
    _link(session, NoticeDuty, notice.id, "obligation_id", {duty.id for duty in group.duties})
    direct = group.audience in (Audience.INDIVIDUALS, Audience.PUBLIC)
    _link(session, NoticeCohort, notice.id, "cohort_id", {one.id for one in group.cohorts} if direct else set())
    law = laws_sha256(law for duty in group.duties for law in duty.laws)
    keep = {(one.language, one.medium) for one in drafts}
    for one in drafts:
        _variant(session, notice, one, law, actor, report)
    for old in session.exec(select(Variant).where(Variant.notice_id == notice.id, col(Variant.current))):
        if (old.language, old.medium) not in keep:
            old.current = False
    report.notices += 1
    return notice


def _notice(session: Session, incident: Incident, group: Group, drafts: list[Draft]) -> Notice:
    """Return the notice of this group: found again by its key, or made."""
    found = session.exec(select(Notice).where(Notice.incident_id == incident.id, Notice.key == group.key)).first()
    notice = found or Notice(incident_id=incident.id, key=group.key, title="", audience=group.audience)
    notice.title = title(group)
    notice.party_id = group.party.id if group.party and group.audience != Audience.INDIVIDUALS else None
    notice.content_codes = sorted({code for one in drafts for code in one.lint["codes"]})
    notice.media = media.lawful(group)
    notice.current = True
    session.add(notice)
    session.flush()
    return notice


def title(group: Group) -> str:
    """Return how a notice is called here: audience, laws, and for people where they live and who is spoken to."""
    laws = ", ".join(dict.fromkeys(duty.law for duty in group.duties))
    if group.audience != Audience.INDIVIDUALS:
        return f"{group.party.name if group.party else 'The public'} ({laws})"
    who = {"child": "children, through a parent or guardian", "deceased": "next of kin"}.get(group.trait, "people")
    where = f"{', '.join(group.states[:4])}{' and others' if len(group.states) > 4 else ''}"
    whose = f", customers of {group.party.name}" if group.party else ""
    return f"{who.capitalize()} in {where}{whose} ({laws})"


def _link(session: Session, table: Any, notice_id: uuid.UUID, column: str, wanted: set[uuid.UUID]) -> None:
    """Make a notice's links exactly the wanted ones."""
    for row in session.exec(select(table).where(table.notice_id == notice_id)).all():
        if getattr(row, column) in wanted:
            wanted = wanted - {getattr(row, column)}
        else:
            session.delete(row)
    session.add_all([table(notice_id=notice_id, **{column: one}) for one in sorted(wanted)])


def _variant(
    session: Session, notice: Notice, one: Draft, law: str, actor: str, report: DraftReport
) -> None:  # fmt: skip
    """Store a wording as a new version where bytes, words or law changed."""
    older = session.exec(
        select(Variant)
        .where(Variant.notice_id == notice.id, Variant.language == one.language, Variant.medium == one.medium)
        .order_by(col(Variant.version).desc())
    ).all()
    hashes = (sha256(one.content), report.templates[one.language], law)
    newest = older[0] if older else None
    report.variants += 1
    report.warnings += len(one.lint["warnings"])
    if newest and newest.current and (newest.content_sha256, newest.template_sha256, newest.law_sha256) == hashes:
        newest.lint = one.lint
        report.hashes[str(newest.id)] = newest.content_sha256
        return
    for old in older:
        old.current = False
    made = Variant(
        incident_id=notice.incident_id, notice_id=notice.id, language=one.language, medium=one.medium,
        version=newest.version + 1 if newest else 1, content=one.content, content_sha256=hashes[0],
        template_sha256=hashes[1], law_sha256=law, slots=slots_of(one.content), lint=one.lint, drafted_by=actor,
    )  # fmt: skip
    session.add(made)
    report.written += 1
    report.hashes[str(made.id)] = made.content_sha256


def _withdraw(session: Session, incident: Incident, standing: set[uuid.UUID]) -> int:
    """Take notices back that no current duty asks for; their wordings stay as history."""
    old = session.exec(select(Notice).where(Notice.incident_id == incident.id, col(Notice.current))).all()
    gone = [one for one in old if one.id not in standing]
    for one in gone:
        one.current = False
    return len(gone)


def _record(session: Session, incident: Incident, actor: str, report: DraftReport) -> None:
    """Write the timeline entry: counts and hashes, no words."""
    text = (
        f"{report.notices} notices in {report.variants} wordings for {report.duties} duties; "
        f"{report.written} new or changed, {report.withdrawn} withdrawn."
    )
    data = {name: value for name, value in report.as_dict().items() if name != "hashes"}
    hashes = sorted(report.hashes.values())
    record(session, incident.id, actor=actor, verb="drafted", text=text, data={**data, "content_sha256": hashes})
