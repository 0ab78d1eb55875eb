"""Which people get the same notice: those whom the same duties reach, in the same voice."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session, col, select

from forthwith.filling.labels import FALLBACK, layout, shipped
from forthwith.timeline.record import canonical
from models import Audience, Cohort, Incident, Obligation, ObligationCohort, Party, Verdict

OWED = (Verdict.NOTIFY, Verdict.REVIEW)
PEOPLE = (Audience.INDIVIDUALS, Audience.PUBLIC, Audience.MEDIA)  # written in the words for people
AMERICAN = ("US", "PR", "GU", "VI")


@dataclass(frozen=True, slots=True, order=True)
class Content:
    """What the laws behind a notice ask of its words."""

    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    def bars(self) -> frozenset[str]:
        """Return every block that must not appear: the forbidden codes, and what would tell the same."""
        table: dict[str, list[str]] = layout("notices")["forbidden"]
        return frozenset(self.forbid).union(*(table.get(code, []) for code in self.forbid))

    def agrees(self, other: "Content") -> bool:
        """Return whether one document can satisfy both."""
        same_form = not self.headings or not other.headings or self.headings == other.headings
        return same_form and not self.bars() & set(other.require) and not other.bars() & set(self.require)

    def joined(self, other: "Content") -> "Content":
        """Return what both ask."""
        require = tuple(dict.fromkeys((*self.require, *other.require)))
        forbid = tuple(dict.fromkeys((*self.forbid, *other.forbid)))
        return Content(require, forbid, self.headings or other.headings)


@dataclass(frozen=True, slots=True)
class Group:
    """One notice to be: its duties, the people or party that it reaches, and the voice that it speaks in."""

    audience: str
    duties: tuple[Obligation, ...]
    content: Content
    trait: str  # adult child deceased public party
    elements: tuple[str, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    party: Party | None = None  # whom it goes to, or whose customers the people are
    everyone: tuple[Cohort, ...] = field(default=())  # all people of the incident, for counts
    people: tuple["Group", ...] = field(default=())  # the notices to people that a report tells of

    @property
    def key(self) -> str:
        """Return the hash by which the same facts find the same notice again, and alike people share one.

        Exposed data has no part in it: each person reads their own, and more data later must not make a second notice.
        """
        party = str(self.party.id) if self.party else ""
        asked = [sorted(self.content.require), sorted(self.content.forbid), self.content.headings]
        traits = [self.audience, self.trait, party, self.american]
        channels = sorted({name for duty in self.duties for name in offered(duty)})
        duties = sorted({f"{duty.law}.{duty.duty}" for duty in self.duties})
        if self.audience != Audience.INDIVIDUALS:
            duties = sorted(duty.key for duty in self.duties)
        return hashlib.sha256(
            canonical([*traits, duties, channels, [list(map(str, one)) for one in asked]])
        ).hexdigest()

    @property
    def common(self) -> frozenset[str]:
        """Return the data that is exposed of every one of its people; the rest only of some."""
        sets = [frozenset(one.elements) for one in self.cohorts]
        return frozenset.intersection(*sets) if sets else frozenset(self.elements)

    @property
    def is_for_people(self) -> bool:
        """Whether it is written for affected people, not for an authority or a partner."""
        return self.audience in PEOPLE

    @property
    def countries(self) -> tuple[str, ...]:
        """Return where its people live, as far as is known."""
        return tuple(sorted({one.country for one in self.cohorts if one.country not in ("", "unknown")}))

    @property
    def states(self) -> tuple[str, ...]:
        """Return the jurisdictions of its people."""
        return tuple(sorted({one.jurisdiction for one in self.cohorts}))

    @property
    def american(self) -> bool:
        """Whether all its people live in the United States and their territories."""
        return bool(self.countries) and all(country in AMERICAN for country in self.countries)

    @property
    def count(self) -> int:
        """Return how many people it reaches or reports."""
        return sum(one.count for one in self.cohorts)

    @property
    def local_count(self) -> int:
        """Return how many of them live where the duty's law asks; what the engine counted where that isn't told."""
        places = {duty.jurisdiction for duty in self.duties}
        local = sum(one.count for one in self.cohorts if one.jurisdiction in places)
        counted = next((duty.count for duty in self.duties if duty.count), None)
        return local or counted or self.count

    @property
    def readers(self) -> tuple[str, ...]:
        """Return the languages of those who will read it."""
        if self.party is not None and self.audience != Audience.INDIVIDUALS:
            return (self.party.language,)
        return tuple(sorted({one.language for one in self.cohorts})) or (FALLBACK,)

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages to write in: the readers' own where templates are shipped, else English."""
        return tuple(sorted({shipped(language) for language in self.readers}))

    @property
    def not_shipped(self) -> tuple[str, ...]:
        """Return the readers' languages that no templates exist for: they get English."""
        return tuple(one for one in self.readers if shipped(one) != one.lower().replace("_", "-").split("-")[0])


def owed(session: Session, incident: Incident) -> list[Obligation]:
    """Return the current duties to tell somebody, in a fixed order."""
    rows = session.exec(select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current)))
    return sorted((row for row in rows if row.effective in OWED), key=lambda row: row.key)


def asked(duty: Obligation) -> Content:
    """Return what one duty asks of the words, from the engine's answer."""
    content = duty.detail.get("content") or {}
    return Content(
        tuple(map(_code, content.get("require") or ())),
        tuple(map(_code, content.get("forbid") or ())),
        tuple(content.get("headings") or ()),
    )


def _code(entry: Any) -> str:
    """Return a content code, whether it stands alone or as a record."""
    return str(entry["code"]) if isinstance(entry, Mapping) else str(entry)


def reached(session: Session, incident: Incident) -> dict[uuid.UUID, list[Cohort]]:
    """Return which people each duty reaches."""
    found = select(ObligationCohort.obligation_id, Cohort).join(
        Cohort, col(Cohort.id) == col(ObligationCohort.cohort_id)
    )
    out: dict[uuid.UUID, list[Cohort]] = defaultdict(list)
    rows = session.exec(found.where(Cohort.incident_id == incident.id, Cohort.count > 0))
    for duty, cohort in sorted(rows, key=lambda row: row[1].fingerprint):
        out[duty].append(cohort)
    return out


def cohorts_of(session: Session, incident: Incident) -> list[Cohort]:
    """Return all people of an incident as cohorts, in a fixed order."""
    found = select(Cohort).where(Cohort.incident_id == incident.id, Cohort.count > 0)
    return sorted(session.exec(found), key=lambda row: row.fingerprint)


def people_groups(
    duties: list[Obligation], reach: Mapping[uuid.UUID, list[Cohort]], parties: Mapping[uuid.UUID, Party]
) -> list[Group]:
    """Return the notices for affected people. Every cohort that a duty reaches is in one of them for that duty."""
    by_cohort: dict[uuid.UUID, list[Obligation]] = defaultdict(list)
    cohorts: dict[uuid.UUID, Cohort] = {}
    for duty in duties:
        for cohort in reach.get(duty.id, ()):
            by_cohort[cohort.id].append(duty)
            cohorts[cohort.id] = cohort
    same: dict[str, list[Group]] = defaultdict(list)
    for identity, cohort in cohorts.items():
        for bucket in compatible(by_cohort[identity]):
            alone = _alone(cohort, bucket, parties)
            same[alone.key].append(alone)
    return [_together(groups) for groups in same.values()]


def offered(duty: Obligation) -> frozenset[str]:
    """Return the channels that a duty permits, as the law's record names them."""
    return frozenset(duty.channels or duty.detail.get("channels") or ())


def voice(cohort: Cohort, bucket: Iterable[Obligation]) -> str:
    """Return who is spoken to: the person, a child's parent or guardian, or a dead person's family."""
    if cohort.deceased or any(duty.recipient == "next_of_kin" for duty in bucket):
        return "deceased"
    return "child" if cohort.age_class == "child" else "adult"


def compatible(duties: list[Obligation]) -> list[list[Obligation]]:
    """Sort duties into as few documents as their contents allow: what one law demands another may forbid."""
    buckets: list[tuple[Content, list[Obligation]]] = []
    for duty in duties:
        wants = asked(duty)
        for i, (content, members) in enumerate(buckets):
            if content.agrees(wants):
                buckets[i] = (content.joined(wants), [*members, duty])
                break
        else:
            buckets.append((wants, [duty]))
    return [members for _, members in buckets]


def joint(duties: Iterable[Obligation]) -> Content:
    """Return what several duties ask together."""
    content = Content()
    for duty in duties:
        content = content.joined(asked(duty))
    return content


def _alone(cohort: Cohort, bucket: list[Obligation], parties: Mapping[uuid.UUID, Party]) -> Group:
    """Return the notice that one cohort would get if it were the only one; its key says with whom it shares it."""
    return Group(
        audience=Audience.INDIVIDUALS, duties=tuple(bucket), content=joint(bucket), trait=voice(cohort, bucket),
        elements=tuple(sorted(cohort.elements)), cohorts=(cohort,),
        party=parties.get(cohort.party_id) if cohort.party_id else None,
    )  # fmt: skip


def _together(groups: list[Group]) -> Group:
    """Return one notice for people whose notices would be the same."""
    duties = {duty.id: duty for one in groups for duty in one.duties}
    return replace(
        groups[0], duties=tuple(sorted(duties.values(), key=lambda duty: duty.key)),
        elements=tuple(sorted({code for one in groups for code in one.elements})),
        cohorts=tuple(cohort for one in groups for cohort in one.cohorts),
    )  # fmt: skip
