"""One load under way: what was taken in, who is known, what changed."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl
from sqlmodel import Session

from forthwith import clock
from forthwith.keys import DataKey
from forthwith.scoping.knowing import Known
from forthwith.scoping.merging import SCHEMA, Coder, shelved
from forthwith.scoping.progress import Watch
from forthwith.scoping.reading import BadRow
from forthwith.scoping.reporting import FileReport
from forthwith.scoping.spool import Spool
from models import Incident, Party, utc_now

SHELF = 0  # buckets of coded traits: this and those after it, a column in each
ARRIVED = len(SCHEMA)  # the bucket of rows as they came
KNOWN = ARRIVED + 1  # buckets of the rows of known people: this and those after it, then those of new ones
KNOWN_AT_ONCE, PEOPLE_AT_ONCE = 25_000, 100_000  # known people whose records are open together; new ones


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
    files: list[Taken] = field(default_factory=list)
    rows_in: int = 0  # of people, of all files
    held: set[bytes] = field(default_factory=set)  # people who have a delivery (their ids)
    joined: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)  # kept, absorbed, reason
    new: int = 0  # people
    told: int = 0  # known people of whom rows tell
    told_while_out: int = 0  # of these, people who were taken out of scope before: they stay out
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

    def put_traits(self, traits: pl.DataFrame) -> None:
        """Put aside what is compared of known people or rows (`traits.SCHEMA`), as numbers."""
        for at, columns in enumerate(shelved(self.coder.coded(traits))):
            self.rows.put(SHELF + at, columns)

    def shelves(self) -> Iterator[Iterator[pl.DataFrame]]:
        """Yield the coded traits by shelf, in parts; they are gone then."""
        return (self.rows.parts(SHELF + at) for at in range(len(SCHEMA)))

    @property
    def nodes(self) -> int:
        """Known people and rows so far."""
        return len(self.known.ids) + self.rows_in

    @property
    def first_new(self) -> int:
        """The first bucket of new people."""
        return KNOWN + len(self.known.ids) // KNOWN_AT_ONCE + 1

    def buckets(self, root: pl.Series, person: pl.Series) -> pl.Series:
        """Return the bucket of each row, by the node of its person, and the person's number among their kind from 0."""
        of_known, of_new = KNOWN + person // KNOWN_AT_ONCE, self.first_new + person // PEOPLE_AT_ONCE
        return pl.select(pl.when(root < len(self.known.ids)).then(of_known).otherwise(of_new)).to_series()
