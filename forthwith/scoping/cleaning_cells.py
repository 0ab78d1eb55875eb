"""A sheet's cells by field, in whole columns; and what becomes of those fields that need no others."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forthwith.scoping.mapping import Mapping
from forthwith.scoping.normalising import places
from forthwith.scoping.normalising.columns import BLANK, KEY, by_value, first_of, in_ascii, plain_or, tidied, told
from forthwith.scoping.normalising.date_columns import birth_dates
from forthwith.scoping.normalising.dates import MAYBE_PLACEHOLDER, holds_place
from forthwith.scoping.normalising.name_columns import parts, wholes
from forthwith.scoping.normalising.text import folded, tidy
from forthwith.scoping.words import words

NO = words("no") | {""}
NOT_ID = "[^0-9A-Z]"
FLAGS = ("deceased", "email_consent", "opt_out")
IDENTIFIERS = ("ssn", "national_id", "tax_id")
PARTS = ("given", "family", "salutation", "suffix")


def identifier(cell: str, least: int) -> str:
    """Return an identifier for comparing; blank where it is too short, masked, or all one character."""
    if "*" in cell or "•" in cell or not cell:
        return ""
    plain = "".join(char for char in tidy(cell).upper() if char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return plain if len(plain) >= least and not (len(plain) > 3 and len(set(plain)) == 1) and plain != "0" else ""


def identifiers(cells: pl.Series, least: int) -> pl.Series:
    """Return identifiers for comparing, made of all cells at once."""
    if cells.null_count() == len(cells) or (cells == "").all():
        return cells
    text = told(tidied(cells), KEY.str.to_uppercase().str.replace_all(NOT_ID, ""))
    length = KEY.str.len_bytes()
    same = (length > 3) & (KEY.str.strip_chars(KEY.str.head(1)) == "")
    made = text.set(told(text, same | (length < least) | (KEY == "0")), "")
    made = made.set(cells.str.contains("*", literal=True), "")
    return plain_or(cells, in_ascii(cells), made, lambda cell: identifier(cell, least), pl.String())


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of some rows, blank ones null."""

    mapping: Mapping
    columns: dict[str, list[pl.Series]]  # by field, in the mapping's order
    filled: pl.DataFrame  # the rows' own columns
    height: int

    @classmethod
    def of(cls, rows: pl.DataFrame, mapping: Mapping) -> "Cells":
        """Return rows' cells by field."""
        found: dict[str, list[pl.Series]] = {}
        for column in mapping.columns:
            cells = rows[column.name]
            found.setdefault(column.field, []).append(cells.set(cells == "", None))
        return cls(mapping, found, rows, rows.height)

    def all(self) -> pl.DataFrame:
        """Return all mapped columns, by field."""
        every = (column for columns in self.columns.values() for column in columns)
        return pl.DataFrame([column.alias(str(at)) for at, column in enumerate(every)])

    def first(self, field: str) -> pl.Series:
        """Return the first filled cell of a field for each row; blank for none."""
        return first_of(self.columns.get(field, []), self.height)

    def some(self, *fields: str) -> pl.DataFrame:
        """Return the first filled cells of some fields."""
        return pl.DataFrame({field: self.first(field) for field in fields})

    def pairs(self, *fields: str) -> pl.DataFrame:
        """Return all filled cells of some fields as (at, text), row by row in the order of the fields."""
        columns = [column for field in fields for column in self.columns.get(field, [])]
        at = pl.int_range(self.height, eager=True, dtype=pl.UInt32)
        found = [pl.DataFrame({"at": at, "text": column}).drop_nulls() for column in columns]
        empty = pl.DataFrame(schema={"at": pl.UInt32, "text": pl.String})
        return pl.concat([empty, *found]).sort("at", maintain_order=True)

    def names(self) -> pl.DataFrame:
        """Return each row's name, from columns of its parts or from a whole one."""
        cells = self.some(*PARTS)
        whole = self.first("full_name")
        cut = (whole != "") & ((cells["given"] == "") | (cells["family"] == ""))
        made = parts(cells.with_columns(cells[name].set(cut, "") for name in PARTS))
        if not cut.any():
            return made
        split = wholes(whole.set(~cut, ""))
        stated = pl.when(cells["salutation"] != "").then(tidied(cells["salutation"])).otherwise(pl.col("salutation"))
        split = split.with_columns(salutation=stated)
        return pl.DataFrame([split[name].zip_with(cut, made[name]) for name in PARTS])

    def birth_dates(self) -> pl.Series:
        """Return each row's birth date, read in its column's order."""
        column = next(iter(self.mapping.of("birth_date")), None)
        order = self.mapping.order_of(column) if column else ""
        return birth_dates(self.first("birth_date"), order)

    def _without_placeholders(self, name: str) -> pl.Series:
        """Return a column of birth dates without those on which nobody was born: they expose nothing."""
        cells, order = self.filled[name], self.mapping.order_of(name)
        maybe = cells.set(~cells.str.contains(MAYBE_PLACEHOLDER).fill_null(False), None)
        return cells.set(by_value(maybe, lambda cell: holds_place(cell, order), pl.Boolean()).fill_null(False), None)

    def others(self) -> pl.DataFrame:
        """Return what needs no other field: language, guardian, numbers, flags, elements."""
        national = [identifiers(column, 5) for name in IDENTIFIERS for column in self.columns.get(name, [])]
        known = [column.set((column == ""), None) for column in national]
        flags = {name: by_value(self.first(name), _flagged, pl.Boolean()) for name in FLAGS}
        return pl.DataFrame({
            "language": by_value(self.first("language"), _language, pl.String()),
            "guardian": tidied(self.first("guardian")), "customer_id": identifiers(self.first("customer_id"), 1),
            "national_id": first_of(known, self.height), **flags, "elements": self.elements(),
        })  # fmt: skip

    def elements(self) -> pl.Series:
        """Return the exposed elements of each row: those of its filled columns; `n/a` fills none."""
        told: dict[tuple[str, ...], list[str]] = {}
        for column in self.mapping.columns:
            if column.elements:
                told.setdefault(column.elements, []).append(column.name)
        rows = self.filled.with_columns(self._without_placeholders(name) for name in self.mapping.of("birth_date"))
        masks = pl.DataFrame([_any_filled(rows, names) for names in told.values()])
        if not masks.width:
            return pl.Series([[]] * self.height, dtype=pl.List(pl.String))
        kinds = masks.unique()
        united = [_united(mask, list(told)) for mask in kinds.iter_rows()]
        table = kinds.with_columns(pl.Series("\0elements", united, pl.List(pl.String)))
        return masks.join(table, on=masks.columns, how="left", maintain_order="left")["\0elements"]


def _any_filled(rows: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """Tell of each row whether one of some columns is filled with more than what only holds a place."""
    filled = (~pl.col(name).str.contains(BLANK).fill_null(True) for name in names)
    return rows.select(pl.any_horizontal(filled)).to_series().alias(names[0])


def _united(mask: tuple[bool, ...], kinds: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the elements of those kinds that a mask marks."""
    return sorted({code for on, codes in zip(mask, kinds, strict=True) if on for code in codes})


def _flagged(cell: str) -> bool:
    """Tell whether a cell says yes: anything but no."""
    return folded(cell) not in NO


def _language(cell: str) -> str:
    """Return the code of a stated language; blank where none is known."""
    return (places.language_code(cell) or "") if cell else ""
