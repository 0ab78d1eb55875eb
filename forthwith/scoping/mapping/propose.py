"""Propose what each column of a sheet means, with masked examples for the person who confirms it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace

import polars as pl

from forthwith.scoping.heads import Field, fields, known_heads, like_heads
from forthwith.scoping.mapping import profiles
from forthwith.scoping.normalising.dates import order_of
from models import Refusal

SAMPLE = 300
FLAGS = 3  # distinct values up to which an unknown column of numbers is a flag
OTHER = "other"
PEOPLE = {"given", "family", "full_name", "email", "phone", "mobile", "fax", "address", "street", "customer_id"}
LOOSE = {"communications_content", "contact"}  # what the head of a column of anything exposes
PEOPLE |= {"employee_id", "ssn", "national_id"}


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means, and why we think so."""

    name: str
    field: str
    how: str  # head like values saved stated none
    elements: tuple[str, ...] = ()
    filled: int = 0
    examples: tuple[str, ...] = ()  # masked: shapes alone
    order: str = ""  # of dates: ymd dmy mdy unclear
    note: str = ""  # what a person should look at


@dataclass(frozen=True, slots=True)
class Mapping:
    """What all columns of one sheet mean."""

    columns: list[Column]
    confirmed: bool = False  # by a person, now or before
    order: dict[str, str] = field(default_factory=dict)

    def of(self, *names: str) -> list[str]:
        """Return the columns that have one of these fields."""
        return [column.name for column in self.columns if column.field in names]

    def order_of(self, column: str) -> str:
        """Return the date order of a column."""
        return next((entry.order for entry in self.columns if entry.name == column), "") or "unclear"

    @property
    def knows_people(self) -> bool:
        """Tell whether a row of this sheet can tell of a person at all."""
        return any(column.field in PEOPLE for column in self.columns)

    @property
    def review(self) -> list[Column]:
        """Return the columns that a person should look at."""
        return [column for column in self.columns if column.note]


def propose(
    rows: pl.DataFrame | Iterable[pl.DataFrame], columns: Sequence[str], stated: Dict[str, str] | None = None
) -> Mapping:  # fmt: skip
    """Return a mapping: what was stated, else what heads say and values don't veto, else what values alone show.

    `rows`: all of a sheet, at once or in parts that can be gone through again. Raises Refusal where `stated` names no
    column or no field.
    """
    said = _checked(stated or {}, columns)
    parts = [rows] if isinstance(rows, pl.DataFrame) else rows
    filled = _filled(parts, columns)
    samples = _samples(parts, filled)
    chosen = [said.get(name) or _guess(name, samples[name]) for name in columns]
    chosen = _names_if_none(_one_each(chosen), samples)
    orders = _orders(parts, [column.name for column in chosen if column.field == "birth_date" and not column.order])
    return Mapping([_described(column, filled[column.name], samples[column.name], orders) for column in chosen])


def _checked(stated: Dict[str, str], columns: Sequence[str]) -> dict[str, Column]:
    """Return the columns whose meaning a person or a saved mapping stated (`birth_date:dmy` states an order)."""
    for name, meant in stated.items():
        if name not in columns:
            raise Refusal(f"There is no column {name!r}.", "`forthwith people map` shows the columns.")
        if meant.partition(":")[0] not in fields():
            raise Refusal(f"There is no field {meant!r}.", f"Fields: {', '.join(fields())}.")
        if meant.partition(":")[2] not in ("", "dmy", "mdy", "ymd"):
            raise Refusal(f"There is no date order {meant!r}.", "Say birth_date:dmy, birth_date:mdy or birth_date:ymd.")
    return {
        name: Column(name, meant.partition(":")[0], "stated", order=meant.partition(":")[2])
        for name, meant in stated.items()
    }


def _filled(parts: Iterable[pl.DataFrame], columns: Sequence[str]) -> Counter[str]:
    """Return how many cells of each column are filled."""
    filled = Counter(dict.fromkeys(columns, 0))
    for part in parts:
        filled.update({name: part.height - part[name].null_count() for name in columns})
    return filled


def _samples(parts: Iterable[pl.DataFrame], filled: Dict[str, int]) -> dict[str, list[str]]:
    """Return up to 300 filled values of each column, taken from all over it."""
    samples: dict[str, list[str]] = {name: [] for name in filled}
    seen = Counter[str]()
    for part in parts:
        for name, count in filled.items():
            step, values = max(1, count // SAMPLE), part[name].drop_nulls()
            samples[name] += values.gather_every(step, -seen[name] % step).to_list()[: SAMPLE - len(samples[name])]
            seen[name] += len(values)
    return samples


def _orders(parts: Iterable[pl.DataFrame], names: Sequence[str]) -> dict[str, str]:
    """Return the date order of each of these columns."""
    if not names:
        return {}
    values = {name: pl.Series(dtype=pl.String) for name in names}
    for part in parts:
        values = {name: pl.concat([held, part[name].unique()]).unique() for name, held in values.items()}
    return {name: order_of(column) for name, column in values.items()}


def _guess(name: str, values: list[str]) -> Column:
    """Return what one column seems to be."""
    for how, found in (("head", known_heads(name)), ("like", like_heads(name))):
        if found and profiles.fits(fields()[found].profile, values):
            return _contradicted(name, found, values) or Column(name, found, how)
        if found:
            claim = profiles.claimed(values)
            note = f"the head says {found}, the values don't"
            return Column(name, claim or OTHER, "values" if claim else "none", note=note)
    if claim := profiles.claimed(values):
        return Column(name, claim, "values", note="by its values alone")
    return Column(name, OTHER, "none", note="nobody knows this column" if _worth_a_look(values) else "")


def _contradicted(name: str, found: str, values: list[str]) -> Column | None:
    """Return what values make certain under a head that would let anything pass, such as notes.

    A head that names a sensitive kind of data is believed: nothing that it exposes may be lost.
    """
    loose = fields()[found].profile is None and set(fields()[found].elements) <= LOOSE
    claim = profiles.claimed(values) if loose else None
    if claim is None or claim == found:
        return None
    return Column(name, claim, "values", note=f"the head says {found}, the values say {claim}")


def _worth_a_look(values: list[str]) -> bool:
    """Tell whether an unknown column holds words, or numbers that differ: a salary is no words."""
    wordy = profiles.share(values, lambda value: sum(char.isalpha() for char in value) >= 3)
    return bool(values) and (wordy >= 0.5 or len(set(values)) > FLAGS)


STRENGTH = {"stated": 0, "saved": 0, "head": 1, "like": 2, "values": 3, "none": 4}


def _one_each(columns: list[Column]) -> list[Column]:
    """Keep one column for a field that can have but one: the surest, then the first; the others are `other`."""
    taken: Counter[str] = Counter()
    result = dict.fromkeys((column.name for column in columns), columns[0]) if columns else {}
    for column in sorted(columns, key=lambda column: STRENGTH[column.how]):
        kind: Field = fields()[column.field]
        taken[column.field] += 1
        again = taken[column.field] > 1 and not kind.many and column.how not in ("stated", "saved")
        note = f"a second column for {column.field}"
        result[column.name] = replace(column, field=OTHER, how="none", note=note) if again else column
    return list(result.values())


def _names_if_none(columns: list[Column], samples: dict[str, list[str]]) -> list[Column]:
    """Where no column is a name, take an unknown one whose values are people's names."""
    if any(column.field in ("given", "family", "full_name") for column in columns):
        return columns
    found = next((c for c in columns if c.how == "none" and profiles.names(samples[c.name])), None)
    named = Column(found.name, "full_name", "values", note="by its values alone") if found else None
    return [named if named and column.name == named.name else column for column in columns]


def _described(column: Column, filled: int, sample: list[str], orders: Dict[str, str]) -> Column:
    """Return a column with its elements, masked examples and, for dates, their order."""
    order = column.order or orders.get(column.name, "")
    note = "day and month can't be told apart: state birth_date:dmy or :mdy" if order == "unclear" else column.note
    shapes = tuple(dict.fromkeys(profiles.masked(value) for value in sample[:40]))[:5]
    return replace(
        column, elements=fields()[column.field].elements, order=order, note=note, filled=filled, examples=shapes
    )
