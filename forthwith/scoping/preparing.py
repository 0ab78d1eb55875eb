"""A file read, its columns understood, its rows cleaned: all that happens before anything is written."""

import uuid
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl
from sqlmodel import Session

from forthwith.scoping.cleaning import clean
from forthwith.scoping.mapping import Mapping, propose, saved
from forthwith.scoping.normalising.forgetting import forget
from forthwith.scoping.reading import ROW, BadRow, Document, Sheet
from forthwith.scoping.rows import SCHEMA, Clean, to_rows
from models import Refusal, new_id

UNKNOWN_SHEET = "no column of its sheet is known"


@dataclass(frozen=True, slots=True)
class Understood:
    """One sheet with what its columns mean."""

    sheet: Sheet
    mapping: Mapping


@dataclass(frozen=True)
class Prepared:
    """One file, ready to be merged and written. `frame`: its cleaned rows, see rows.SCHEMA."""

    document: Document
    sheets: list[Understood]
    frame: pl.DataFrame = field(repr=False)
    bad: list[BadRow] = field(repr=False)
    dropped: Counter[str] = field(default_factory=Counter)
    evidence_id: uuid.UUID = field(default_factory=new_id)

    @cached_property
    def people(self) -> list[Clean]:
        """The cleaned rows as objects."""
        return to_rows(self.frame)


def check_columns(documents: Iterable[Document], columns: Dict[str, str]) -> None:
    """Raise Refusal where a stated column is in none of the files."""
    there = {name for document in documents for sheet in document.sheets for name in sheet.columns}
    for name in columns:
        if name not in there:
            raise Refusal(f"There is no column {name!r}.", f"There are: {', '.join(sorted(there))}.")


def understand(session: Session, document: Document, columns: Dict[str, str] | None = None) -> list[Understood]:
    """Return each sheet with its mapping: stated columns, else the saved mapping of its header, else a proposal."""
    return [_understood(session, sheet, dict(columns or {})) for sheet in document.sheets]


def check_people(name: str, sheets: Iterable[Understood]) -> None:
    """Raise Refusal where no sheet of the file `name` has a column that tells of people."""
    if not any(entry.mapping.knows_people for entry in sheets):
        raise Refusal(
            f"No column of {name} is known to tell of a person.",
            f"`forthwith people map REF {name.partition('/')[0]}` shows them; state them, e.g. --set Wer=full_name.",
        )


def _understood(session: Session, sheet: Sheet, stated: Dict[str, str]) -> Understood:
    """Return one sheet with its mapping."""
    before = saved(session, sheet.columns)
    here = {name: meant for name, meant in stated.items() if name in sheet.columns}
    mapping = propose(sheet.frame, sheet.columns, {**(before or {}), **here})
    covered = set(before or {}) | set(here)
    if before:
        marked = [replace(c, how="saved") if c.name in before and c.name not in here else c for c in mapping.columns]
        mapping = replace(mapping, columns=marked)
    return Understood(sheet, replace(mapping, confirmed=covered >= set(sheet.columns)))


def cleaned(document: Document, session: Session, columns: Dict[str, str] | None = None, country: str = "") -> Prepared:
    """Understand and clean a file that was read. `country`: of rows that state none."""
    sheets = understand(session, document, columns)
    check_people(document.name, sheets)
    frames = [pl.DataFrame(schema=SCHEMA)]
    bad: list[BadRow] = []
    dropped: Counter[str] = Counter()
    for entry in sheets:
        if not entry.mapping.knows_people:
            bad += [*entry.sheet.bad, *_all_rows(entry.sheet)]
            continue
        result = clean(entry.sheet, entry.mapping, country)
        frames.append(result.frame)
        bad += result.bad
        dropped += result.dropped
    frame = pl.concat(frames)
    if frame.height + len(bad) != document.rows_in:
        raise AssertionError(f"{document.rows_in} rows came in, {frame.height} + {len(bad)} went on")
    forget()
    left = [replace(entry, sheet=entry.sheet.emptied()) for entry in sheets]
    document = replace(document, sheets=[entry.sheet for entry in left])
    return Prepared(document, left, frame, sorted(bad, key=lambda row: row.row), dropped)


def _all_rows(sheet: Sheet) -> list[BadRow]:
    """Return every row of a sheet that nobody can read as people: set aside, never dropped."""
    rows = sheet.frame.drop(ROW).iter_rows()
    texts = (" | ".join(cell for cell in row if cell) for row in rows)
    return [BadRow(at, UNKNOWN_SHEET, text) for at, text in zip(sheet.frame[ROW].to_list(), texts, strict=True)]
