"""Affected people for programs: counts, versions, a list by number, near pairs; a record for a stated reason."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlmodel import Session

import models
from forthwith import db, scoping
from forthwith.access.tokens import Bearer
from forthwith.web import pairs, people, roster
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import ANSWERERS, MOST, NUMBER, PAGE, READERS, Asked, Done, Number, Reason, Ref, Told
from forthwith.web.revealing import revealed
from models import Incident, PersonRecord

routes = APIRouter(tags=["people"])
Reads = Annotated[Bearer, Depends(Scoped("read", roles=READERS))]
Responds = Annotated[Bearer, Depends(Scoped("respond"))]
Opens = Annotated[Bearer, Depends(Scoped("people", roles=ANSWERERS))]
Limit = Annotated[int, Query(ge=1, le=MOST)]


class PeopleCounts(Told):
    """How many people are affected; each of `by` counts the same people by another column."""

    people: int = Field(description="In scope.")
    out: int = Field(description="Taken out of scope, and still on record.")
    by: dict[str, dict[str, int]] = Field(description="places ages kinds languages elements channels")


class PersonLine(Told):
    """One person without a value that tells who it is."""

    number: int
    jurisdiction: str = Field(description="ISO 3166-1 or -2; unknown where nothing tells.")
    age_class: str = Field(description="adult child elderly unknown")
    kind: str
    language: str
    elements: list[str] = Field(description="Which data of theirs was exposed.")
    channels: list[str] = Field(description="How they can be reached.")
    removed_at: datetime | None = Field(description="When they were taken out of scope.")


class PeoplePage(Told):
    """People by number."""

    people: list[PersonLine]
    after: int | None = Field(description="Ask with this for the next page; nothing: there is none.")


class Version(Told):
    """One change of the scope; the counts are of people."""

    version: int
    at: datetime
    by: str
    what: str = Field(description="load remove restore same part correct")
    reason: str | None
    added: int
    removed: int
    joined: int
    changed: int
    people: int = Field(description="In scope after it.")


class Lies(Told):
    """What lies between two versions at one place, or at all of them."""

    before: int
    came: int
    went: int
    changed: int
    after: int


class Difference(Lies):
    """What lies between two versions."""

    first: int
    last: int
    places: dict[str, Lies]


class Why(Asked):
    """Why personal data are looked at."""

    reason: Reason


class Source(Told):
    """A row of a file that told of a person, and why it was held to be theirs."""

    source: str
    row: int = Field(description="Data row, from 0.")
    reason: str
    elements: list[str]


class Sent(Told):
    """One delivery to a person."""

    title: str
    medium: str
    channel: str
    leg: int
    state: str
    reason: str | None
    state_at: datetime | None
    due_at: datetime | None
    attempts: int


class Person(PersonLine):
    """One person, opened. That this was asked, and why, is in the timeline."""

    record: dict[str, Any] = Field(description="Name, addresses, birth date, identifiers: personal data.")
    rows: list[Source]
    deliveries: list[Sent]


class Moving(Asked):
    """People to take out of scope, or back in."""

    numbers: list[Annotated[int, Field(ge=1, le=NUMBER)]] = Field(min_length=1, max_length=roster.MOST)
    reason: Reason


class Fall(Told):
    """An approval that falls when these people come or go."""

    notice: str
    language: str
    medium: str
    by: str
    at: datetime


class Foreseen(Told):
    """What moving these people would do."""

    falls: list[Fall]
    waiting: int = Field(description="Notices to them that wait to leave.")


class NearPair(Told):
    """Two people who may be one, without a value of either."""

    id: uuid.UUID
    one: int | None
    other: int | None
    why: str
    score: float = Field(description="0 to 1.")
    shared: list[str]
    differing: list[str]
    verdict: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class NearPage(Told):
    """Pairs, the nearest first."""

    pairs: list[NearPair]
    after: uuid.UUID | None
    searched_at: datetime | None = Field(description="When the people were last searched; nothing: never.")
    left_out: int = Field(description="Pairs beyond the nearest ones.")


class Deciding(Asked):
    """Whether two people are one."""

    verdict: Literal["same", "different"]
    reason: Reason


@routes.get("/incidents/{ref}/people/counts")
def counts(ref: Ref, asks: Reads) -> PeopleCounts:  # noqa: ARG001 - the guard itself
    """Count the people in scope by place, age class, kind, language, exposed data and channel."""
    with db.session() as session:
        return PeopleCounts.model_validate(roster.counts(session, found(session, ref)))


@routes.get("/incidents/{ref}/people")
def listing(
    ref: Ref,
    asks: Reads,  # noqa: ARG001 - the guard itself
    after: Annotated[int, Query(ge=0, le=NUMBER)] = 0,
    limit: Limit = PAGE,
    out: bool = False,
) -> PeoplePage:
    """List people by number, without personal data. `out`: those who were taken out of scope alone."""
    with db.session() as session:
        rows = roster.lines(session, found(session, ref), after=after, out=out, most=limit)
    told = [PersonLine.model_validate(row) for row in rows]
    return PeoplePage(people=told, after=told[-1].number if len(told) == limit else None)


@routes.get("/incidents/{ref}/people/versions")
def versions(ref: Ref, asks: Reads) -> list[Version]:  # noqa: ARG001 - the guard itself
    """List every change of the scope, the oldest first."""
    with db.session() as session:
        return [Version(**row) for row in scoping.scope_versions(session, found(session, ref))]


@routes.get("/incidents/{ref}/people/difference")
def difference(
    ref: Ref, asks: Reads,  # noqa: ARG001 - the guard itself
    first: Annotated[int, Query(ge=0, le=NUMBER)] = 0,
    last: Annotated[int | None, Query(ge=0, le=NUMBER)] = None,
) -> Difference:  # fmt: skip
    """Tell how many came, went and changed between two versions; `last` is the present one unless stated."""
    with db.session() as session:
        told = scoping.difference(session, found(session, ref), first, last)
    total = {name: told[name] for name in Lies.model_fields}
    places = {place: Lies(**row) for place, row in told["jurisdictions"].items()}
    return Difference(first=told["from"], last=told["to"], places=places, **total)


@routes.post("/incidents/{ref}/people/foresee")
def foresee(ref: Ref, asks: Responds, body: Moving) -> Foreseen:  # noqa: ARG001 - the guard itself
    """Tell which approvals would fall if these people came or went. Nothing is changed."""
    with db.session() as session:
        told = people.foreseen(session, found(session, ref), body.numbers)
    return Foreseen.model_validate(told)


@routes.post("/incidents/{ref}/people/remove")
def remove(ref: Ref, asks: Responds, body: Moving) -> Version:
    """Take people out of scope, all or none. Who was told already can't be."""
    with db.session() as session:
        made = scoping.remove(session, found(session, ref), body.numbers, reason=body.reason, actor=asks.user.name)
        return Version.model_validate(made)


@routes.post("/incidents/{ref}/people/restore")
def restore(ref: Ref, asks: Responds, body: Moving) -> Version:
    """Take people back into scope, all or none."""
    with db.session() as session:
        made = scoping.restore(session, found(session, ref), body.numbers, reason=body.reason, actor=asks.user.name)
        return Version.model_validate(made)


@routes.get("/incidents/{ref}/people/near")
def near(
    ref: Ref,
    asks: Reads,  # noqa: ARG001 - the guard itself
    after: uuid.UUID | None = None,
    limit: Limit = PAGE,
    decided: bool = False,
) -> NearPage:
    """List pairs who may be one person, as the last search found them. `decided`: what somebody decided instead."""
    with db.session() as session:
        incident = found(session, ref)
        rows = pairs.waiting(session, incident, after=after, decided=decided, most=limit)
        last = pairs.last_search(session, incident)
        told = [NearPair.model_validate(row) for row in rows]
        return NearPage(
            pairs=told, after=told[-1].id if len(told) == limit else None, left_out=last.left_out if last else 0,
            searched_at=last.searched_at if last else None,
        )  # fmt: skip


@routes.post("/incidents/{ref}/people/near", status_code=202)
def search(ref: Ref, asks: Responds) -> Done:  # noqa: ARG001 - the guard itself
    """Search for near pairs among the people as they are now; of many it goes on after the answer (`ok` false)."""
    with db.session() as session:
        return Done(ok=pairs.begin(session, found(session, ref)))


@routes.post("/incidents/{ref}/people/near/{pair_id}")
def decide(ref: Ref, pair_id: uuid.UUID, asks: Responds, body: Deciding) -> Done:
    """Decide whether a pair is one person."""
    with db.session() as session:
        incident = found(session, ref)
        pairs.settle(session, incident, pair_id, body.verdict, reason=body.reason, actor=asks.user.name)
    return Done()


@routes.post("/incidents/{ref}/people/{number}")
def look(ref: Ref, number: Number, asks: Opens, body: Why) -> Person:
    """Open one person for a stated reason, which becomes an entry of the timeline."""
    with db.session() as session:
        incident = found(session, ref)
        one = roster.person(session, incident, number)
        revealed(session, incident, asks, f"person {one.number}", body.reason)
        return opened(session, incident, one)


def opened(session: Session, incident: Incident, one: models.Person) -> Person:
    """Return a person's record, rows and deliveries. The caller has entered who looks, and why."""
    told = roster.shown(session, incident, one)
    record = told.record.model_dump(include=set(PersonRecord.model_fields) - {"seen"})
    line = PersonLine.model_validate(told.person).model_dump()
    return Person(
        **line, record=record, rows=[Source.model_validate(row) for row in told.rows],
        deliveries=[Sent.model_validate(row) for row in told.deliveries],
    )  # fmt: skip
