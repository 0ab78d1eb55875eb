"""One load under way: what was taken in, who is known, what changed."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl
from sqlmodel import Session

from forthwith import clock
from forthwith.keys import DataKey
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import Known
from forthwith.scoping.merging import Coder, scope_of
from forthwith.scoping.progress import Watch
from forthwith.scoping.reading import BadRow
from forthwith.scoping.reporting import FileReport
from forthwith.scoping.spool import Spool
from models import Incident, Party, utc_now

ARRIVED, KNOWN, NEW = 0, 1, 2  # buckets of rows: as they came, those of known people, and from here on of new ones


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of which the rows were put aside."""

    report: FileReport
    size: int
    bad: list[BadRow] = field(repr=False)


@dataclass(slots=True, repr=False)
class Work:
    """One load under way."""

    session: Session
    incident: Incident
    key: DataKey
    actor: str
    party: Party | None
    kind: str
    version: int  # of the scope, once this load is done
    rows: Spool
    watch: Watch
    known: Known = field(default_factory=Known)
    coder: Coder = field(default_factory=Coder)
    traits: list[pl.DataFrame] = field(default_factory=list)  # coded, of the rows
    files: list[Taken] = field(default_factory=list)
    rows_in: int = 0  # of people, of all files
    held: set[uuid.UUID] = field(default_factory=set)  # people who have a delivery
    changed: dict[uuid.UUID, Subject] = field(default_factory=dict)
    before: dict[uuid.UUID, tuple[tuple[str, ...], str]] = field(default_factory=dict)  # elements and home
    joined: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)  # kept, absorbed, reason
    new: int = 0  # people
    written: int = 0  # rows
    people: int = 0  # in scope, after the load
    cohorts: int = 0
    today: date = field(default_factory=clock.today)
    grown: int = 0  # known people in scope with more elements or another home
    incident_id: uuid.UUID = field(init=False)
    party_id: uuid.UUID | None = field(init=False)
    now: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        # plain values: while COPY runs, the connection can't load a row again
        self.incident_id, self.party_id = self.incident.id, self.party.id if self.party else None

    def scope(self, number: int) -> str:
        """Return whose customer numbers a file has, by the file's number."""
        return scope_of(self.party, self.files[number].report.name)

    def scopes(self) -> pl.Expr:
        """Return an expression that tells of rows whose customer numbers they have, by the number of their `file`."""
        return pl.lit(pl.Series(map(self.scope, range(len(self.files))), dtype=pl.String())).gather("file")

    @property
    def nodes(self) -> int:
        """Known people and rows so far."""
        return len(self.known.ids) + self.rows_in

    @property
    def told_while_out(self) -> int:
        """People of whom the load told, and who were taken out of scope before: they stay out."""
        return sum(subject.removed for subject in self.changed.values())
