"""A sheet's rows become cleaned rows of people; those that tell of nobody are set aside with the reason.

All is done in columns, a part of the rows at a time. Phones come last: they need the country that most rows have.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import repeat, starmap

import orjson
import polars as pl

from forthwith.scoping.cleaning_cells import Cells
from forthwith.scoping.cleaning_defaults import Defaults
from forthwith.scoping.cleaning_homes import homes, placed, usual_country
from forthwith.scoping.cleaning_rejects import rejected
from forthwith.scoping.mapping import Mapping
from forthwith.scoping.normalising.address_columns import addresses
from forthwith.scoping.normalising.columns import lists_of
from forthwith.scoping.normalising.email_columns import addresses_in
from forthwith.scoping.normalising.phone_columns import numbers_in
from forthwith.scoping.reading import ROW, BadRow, Sheet
from forthwith.scoping.rows import SCHEMA, Clean, to_rows
from forthwith.scoping.spool import Spool

__all__ = ["Clean", "Cleaned", "clean", "clean_in_parts"]
NOBODY = "nothing in the row points at a person"
HOMES = ("country", "jurisdiction", "source")
POINTS = ("given", "family", "customer_id", "national_id"), ("emails", "phones")


@dataclass(slots=True)
class Cleaned:
    """What became of a sheet's rows."""

    bad: list[BadRow] = field(default_factory=list, repr=False)
    dropped: Counter[str] = field(
        default_factory=Counter
    )  # cells that could not be used, by field; `birth_date DAY` for one that a system fills in
    frames: list[pl.DataFrame] = field(default_factory=list, repr=False)  # where nobody took them as they came

    @property
    def frame(self) -> pl.DataFrame:
        """The rows, of rows.SCHEMA."""
        return pl.concat([pl.DataFrame(schema=SCHEMA), *self.frames])

    @property
    def people(self) -> list[Clean]:
        """The rows as objects."""
        return to_rows(self.frame)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the rows, cleaned but for the phones."""

    frame: pl.DataFrame
    phones: pl.DataFrame  # at, text: cells with numbers
    faxes: pl.DataFrame


class _Waiting:
    """Parts that wait until it is known where most people live."""

    def __init__(self, spool: Spool) -> None:
        self._trays = [spool.tray() for _ in ("frame", "phones", "faxes")]
        self._countries, self.defaults = Counter[str](), Defaults()

    def put(self, part: _Part) -> None:
        """Keep a part."""
        self._countries.update(dict(part.frame["country"].value_counts().iter_rows()))
        self.defaults.put(part.frame)
        for tray, frame in zip(self._trays, (part.frame, part.phones, part.faxes), strict=True):
            tray.put(frame)

    def taken(self) -> Iterator[_Part]:
        """Yield each part; it is gone then."""
        return starmap(_Part, zip(*(tray.taken() for tray in self._trays), strict=True))

    @property
    def usual(self) -> str:
        """The country of nearly all rows that have one."""
        return usual_country(self._countries)


def clean(sheet: Sheet, mapping: Mapping, country: str = "") -> Cleaned:
    """Return a sheet's rows as people, and the rows that tell of nobody. `country`: of rows that state none."""
    cleaned = Cleaned(list(sheet.bad))
    cleaned.frames = list(clean_in_parts(sheet, mapping, country, cleaned, Spool()))
    return cleaned


def clean_in_parts(
    sheet: Sheet, mapping: Mapping, country: str, into: Cleaned, spool: Spool
) -> Iterator[pl.DataFrame]:  # fmt: skip
    """Yield a sheet's rows as people, part by part; note in `into` what tells of nobody and what could not be used.

    The sheet is gone through twice: phones need the country that most of its rows have.
    """
    waiting = _Waiting(spool)
    for rows in sheet.rows:
        waiting.put(_part(rows, mapping, country, into.bad, into.dropped))
    usual, defaults = waiting.usual, waiting.defaults.dates()
    for at, part in zip(sheet.rows.places(), waiting.taken(), strict=True):
        frame, nobody = _finished(part, usual, defaults, into.dropped)
        if len(nobody):
            rows = sheet.rows.look(at)
            into.bad += _bad(rows.filter(rows[ROW].is_in(nobody.to_list())), repeat(NOBODY))
        yield frame


def _part(
    rows: pl.DataFrame, mapping: Mapping, country: str, bad: list[BadRow], dropped: Counter[str]
) -> _Part:  # fmt: skip
    """Return a part cleaned but for the phones; rows that are no records are added to `bad`."""
    cells = Cells.of(rows, mapping)
    why = rejected(cells.all()) if cells.columns else pl.repeat("the row is empty", rows.height, eager=True)
    bad += _bad(rows.filter(why.is_not_null()), why.drop_nulls().to_list())
    kept = rows.filter(why.is_null())
    cells = Cells.of(kept, mapping) if kept.height < rows.height else cells
    emails = _emails(cells)
    born = cells.birth_dates()
    dropped["email"] += int(((cells.first("email") != "") & (emails.list.len() == 0)).sum())
    dropped["birth_date"] += int(((cells.first("birth_date") != "") & (born == "")).sum())
    home = homes(cells.some("country", "state", "postcode"), country)
    frame = pl.concat([
        kept.select(row=pl.col(ROW).cast(pl.Int32)), cells.names(), emails.alias("emails").to_frame(),
        _addresses(cells, home), home.select(HOMES), born.alias("born").to_frame(),
        cells.others(),
    ], how="horizontal")  # fmt: skip
    return _Part(frame, cells.pairs("mobile", "phone"), cells.pairs("fax"))


def _bad(rows: pl.DataFrame, reasons: Iterable[str]) -> Iterator[BadRow]:
    """Yield rows as bad ones, their filled cells as JSON for their sealed place in quarantine."""
    for cells, reason in zip(rows.iter_rows(named=True), reasons, strict=False):
        filled = {name: cell for name, cell in cells.items() if cell and name != ROW}
        yield BadRow(cells[ROW], reason, orjson.dumps(filled).decode())


def _emails(cells: Cells) -> pl.Series:
    """Return each row's addresses, every one once."""
    pairs = cells.pairs("email")
    found = addresses_in(pairs["text"])
    at = pairs["at"].gather(found["at"])
    return _once(pl.DataFrame({"at": at, "value": found["address"]}), cells.height)


def _once(pairs: pl.DataFrame, height: int) -> pl.Series:
    """Return for each row its differing values."""
    pairs = pairs.unique(maintain_order=True) if pairs["at"].is_duplicated().any() else pairs
    return lists_of(pairs["at"], pairs["value"], height)


def _addresses(cells: Cells, home: pl.DataFrame) -> pl.DataFrame:
    """Return each row's postal address."""
    return addresses(pl.DataFrame({
        "country": home["country"], "street": cells.first("street"), "number": cells.first("house_number"),
        "second": cells.first("street2"), "city": cells.first("city"), "state": home["state"],
        "postcode": home["postcode"], "whole": cells.first("address"),
    }))  # fmt: skip


def _finished(
    part: _Part, usual: str, defaults: list[str], dropped: Counter[str]
) -> tuple[pl.DataFrame, pl.Series]:  # fmt: skip
    """Return a part with its phones, and the numbers of rows that tell of nobody.

    Phones are read by each row's country. Where none is known they and e-mail domains may tell it.
    """
    frame = _without(_with_homes(part), defaults, dropped)
    region = pl.select(pl.when(frame["country"] == "").then(pl.lit(usual)).otherwise(frame["country"])).to_series()
    phones, faxes = _once(_numbers(part.phones, region), frame.height), _numbers(part.faxes, region)
    texts = pl.int_range(frame.height, eager=True, dtype=pl.UInt32).is_in(part.phones["at"].unique())
    dropped["phone"] += int((texts & (phones.list.len() == 0)).sum())
    frame = frame.with_columns(phones=phones, faxes=lists_of(faxes["at"], faxes["value"], frame.height))
    texts_of, lists = POINTS
    points = pl.any_horizontal(*(pl.col(name) != "" for name in texts_of), *(pl.col(n).list.len() > 0 for n in lists))
    somebody = frame.select(points).to_series()
    return frame.filter(somebody).select(SCHEMA.names()), frame["row"].filter(~somebody)


def _without(frame: pl.DataFrame, defaults: list[str], dropped: Counter[str]) -> pl.DataFrame:
    """Return rows without birth dates that a system fills in: they neither join people nor tell them apart."""
    for day in defaults:
        dropped[f"birth_date {day}"] += int((frame["born"] == day).sum())
    born = pl.when(pl.col("born").is_in(defaults)).then(pl.lit("")).otherwise("born")
    return frame.with_columns(born=born) if defaults else frame


def _numbers(pairs: pl.DataFrame, region: pl.Series) -> pl.DataFrame:
    """Return the numbers of cells as (at, value)."""
    if pairs.is_empty():
        return pl.DataFrame(schema={"at": pl.UInt32, "value": pl.String})
    found = numbers_in(pairs["text"], region.gather(pairs["at"]))
    return pl.DataFrame({"at": pairs["at"].gather(found["at"]), "value": found["number"]})


def _with_homes(part: _Part) -> pl.DataFrame:
    """Return a part whose rows without a country have that of their phone or e-mail domain, where these tell one."""
    without = part.frame["country"] == ""
    if not without.any():
        return part.frame
    homeless = part.frame.select("emails").with_row_index("at").filter(without)
    pairs = part.phones.filter(without.gather(part.phones["at"]))
    numbers = _numbers(pairs, pl.repeat("", part.frame.height, eager=True)).rename({"value": "number"})
    told = placed(homeless, numbers)
    return part.frame.with_columns(part.frame[name].scatter(told["at"], told[name]) for name in HOMES)
