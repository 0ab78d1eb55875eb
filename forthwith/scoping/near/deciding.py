"""A person decides whether two people are one. `same` joins them; `different` binds every later load."""

from collections.abc import Sequence

from sqlmodel import Session, select

from forthwith import clock, keys
from forthwith.scoping import copying, gathering, storing
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import held_people, opened
from forthwith.scoping.near.proposing import DIFFERENT, SAME, follow, pair_of
from forthwith.scoping.numbered import named, reason_for, refuse
from forthwith.scoping.suppressing import rematch
from forthwith.scoping.versions import next_version, settle
from forthwith.timeline import record
from models import Incident, NearMatch, Person, Refusal

EXAMPLE = "one customer with two accounts"
BY_A_PERSON = "decided by a person"


def decide(
    session: Session, incident: Incident, pair: tuple[int, int], verdict: str, *, reason: str, actor: str
) -> NearMatch:  # fmt: skip
    """Decide about two people in scope, by number. `same` makes the one of them who has no delivery the other's.

    Raises Refusal where a number is unknown or out of scope, where both have a delivery already, and where the reason
    is missing or names one of them.
    """
    if verdict not in (SAME, DIFFERENT):
        raise Refusal(f"There is no verdict {verdict!r}.", "Say `same` or `different`.")
    version, people = next_version(session, incident), _two(session, incident, pair)
    words = reason_for(incident, people, reason, EXAMPLE)
    row = noted(session, incident, people, verdict, reason=words, actor=actor)
    if verdict == SAME:
        _join(session, incident, people, version, words, actor)
    else:
        _enter(session, incident, actor, "told_apart", f"Two people are not one: {words}", list(pair))
    return row


def _two(session: Session, incident: Incident, pair: tuple[int, int]) -> list[Person]:
    """Return two different people who are in scope."""
    if pair[0] == pair[1]:
        raise Refusal(f"No. {pair[0]} is one person.", "Name two: `forthwith people near` lists the pairs.")
    people = named(session, incident, pair)
    out = (person.number for person in people if person.removed_at)
    refuse(out, "out of scope", "Take them back first, with `forthwith people restore`.")
    return people


def noted(
    session: Session, incident: Incident, people: Sequence[Person], verdict: str, *, reason: str, actor: str,
    why: str = BY_A_PERSON,
) -> NearMatch:  # fmt: skip
    """Note a decision about two people, in place of an earlier one."""
    one, other = pair_of(people[0].id, people[1].id)
    wanted = select(NearMatch).where(
        NearMatch.incident_id == incident.id, NearMatch.one_id == one, NearMatch.other_id == other
    )
    row = session.exec(wanted).first() or NearMatch(incident_id=incident.id, one_id=one, other_id=other, why=why)
    row.verdict, row.decided_by, row.decided_at, row.reason = verdict, actor, clock.now(), reason
    session.add(row)
    session.flush()
    return row


def _join(
    session: Session, incident: Incident, people: Sequence[Person], version: int, reason: str, actor: str
) -> None:  # fmt: skip
    """Make two people one, as a later row that shows them to be one would."""
    key, held = keys.unwrap(incident.id, incident.wrapped_key), held_people(session, incident)
    numbers = [person.number for person in people]
    both = [person.number for person in people if person.id in held]
    if len(both) > 1:
        do = "Take one of them out of scope instead, with `forthwith people remove`."
        refuse(both, "both have a delivery already", do)
    kept, absorbed = sorted((opened(one, key) for one in people), key=lambda s: (s.id not in held, s.number))
    before = kept.elements, kept.jurisdiction
    gathering.join(kept, absorbed, clock.today())
    grown = _grown(kept, before, version)
    pairs = [(kept.id, absorbed.id, BY_A_PERSON)]
    follow(session, incident, pairs)
    copying.absorb(session, pairs)
    storing.change(session, key, [kept])
    rematch(session, incident)
    form_cohorts(session, incident)
    settle(session, incident, version, by=actor, what="same", reason=reason, joined=1, changed=grown)
    _enter(session, incident, actor, "joined", f"Two people are one: {reason}", numbers, version)


def _grown(kept: Subject, before: tuple[tuple[str, ...], str], version: int) -> int:
    """Note the version with somebody who has more exposed data now, or another home. Returns 1 for yes."""
    if before == (kept.elements, kept.jurisdiction):
        return 0
    kept.changes = [*kept.changes, version]
    return 1


def _enter(
    session: Session, incident: Incident, actor: str, verb: str, words: str, numbers: list[int],
    version: int | None = None,
) -> None:  # fmt: skip
    """Write a decision's entry into the timeline: numbers, no name."""
    data = {"numbers": sorted(numbers)} | ({"scope_version": version} if version else {})
    record(session, incident.id, actor=actor, verb=verb, object_type="scope", text=words, data=data)
