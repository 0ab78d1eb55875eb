"""A file read, its columns understood, its rows cleaned: all that happens before anything is written."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl
from sqlmodel import Session

from forthwith.scoping.cleaning import Cleaned, clean_in_parts
from forthwith.scoping.mapping import Mapping, propose, saved
from forthwith.scoping.normalising.forgetting import forget
from forthwith.scoping.reading import ROW, BadRow, Document, Sheet
from forthwith.scoping.rows import SCHEMA, Clean, to_rows
from forthwith.scoping.spool import Spool
from models import Refusal, new_id

Take = Callable[[pl.DataFrame], None]
UNKNOWN_SHEET = "no column of its sheet is known"


@dataclass(frozen=True, slots=True)
class Understood:
    """One sheet with what its columns mean."""

    sheet: Sheet
    mapping: Mapping


@dataclass(frozen=True)
class Prepared:
    """One file, cleaned. `frames`: its rows, see rows.SCHEMA, where nobody took them as they came."""

    document: Document
    sheets: list[Understood]
    loaded: int  # rows of people
    bad: list[BadRow] = field(repr=False)
    dropped: Counter[str] = field(default_factory=Counter)
    frames: list[pl.DataFrame] = field(default_factory=list, repr=False)
    evidence_id: uuid.UUID = field(default_factory=new_id)

    @property
    def frame(self) -> pl.DataFrame:
        """The cleaned rows at once: for files that are known to be small."""
        return pl.concat([pl.DataFrame(schema=SCHEMA), *self.frames])

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
    mapping = propose(sheet.rows, sheet.columns, {**(before or {}), **here})
    covered = set(before or {}) | set(here)
    if before:
        marked = [replace(c, how="saved") if c.name in before and c.name not in here else c for c in mapping.columns]
        mapping = replace(mapping, columns=marked)
    return Understood(sheet, replace(mapping, confirmed=covered >= set(sheet.columns)))


def cleaned(
    document: Document, session: Session, columns: Dict[str, str] | None = None, country: str = "",
    take: Take | None = None, spool: Spool | None = None,
) -> Prepared:  # fmt: skip
    """Understand and clean a file that was read; its rows are let go. `country`: of rows that state none.

    `take` gets the cleaned rows part by part, which are held together where there is none.
    """
    sheets = understand(session, document, columns)
    check_people(document.name, sheets)
    result, rows, frames = Cleaned(), 0, list[pl.DataFrame]()
    for part in _parts(sheets, country, result, spool or Spool()):
        rows += part.height
        (take or frames.append)(part)
    if rows + len(result.bad) != document.rows_in:
        raise AssertionError(f"{document.rows_in} rows came in, {rows} + {len(result.bad)} went on")
    forget()
    return Prepared(document, sheets, rows, sorted(result.bad, key=lambda row: row.row), result.dropped, frames)


def _parts(sheets: Iterable[Understood], country: str, result: Cleaned, spool: Spool) -> Iterator[pl.DataFrame]:
    """Yield the cleaned rows of all sheets that tell of people; set the rows of others aside."""
    for entry in sheets:
        result.bad += entry.sheet.bad
        if entry.mapping.knows_people:
            for at, part in enumerate(clean_in_parts(entry.sheet, entry.mapping, country, result, spool)):
                entry.sheet.rows.drop(at)
                yield part
        else:
            result.bad += [row for part in entry.sheet.rows for row in _all_rows(part)]
        entry.sheet.rows.clear()


def _all_rows(part: pl.DataFrame) -> list[BadRow]:
    """Return the rows of a sheet that nobody can read as people: set aside, never dropped."""
    texts = (" | ".join(cell for cell in row if cell) for row in part.drop(ROW).iter_rows())
    return [BadRow(at, UNKNOWN_SHEET, text) for at, text in zip(part[ROW].to_list(), texts, strict=True)]
