"""Cleaned rows: one row of evidence each, in columns or as objects. Nothing is null: what is unknown is blank."""

from dataclasses import dataclass, field

import polars as pl

from forthwith.scoping.normalising import names
from forthwith.scoping.normalising.address import Address

TEXTS: pl.DataType = pl.List(pl.String())
SCHEMA = pl.Schema({
    "row": pl.Int32(),
    "given": pl.String(), "family": pl.String(), "salutation": pl.String(), "suffix": pl.String(),
    "emails": TEXTS, "phones": TEXTS, "faxes": TEXTS,  # as Clean holds them
    "lines": TEXTS, "postcode": pl.String(), "city": pl.String(), "address_key": pl.String(),  # the address
    "country": pl.String(), "jurisdiction": pl.String(), "source": pl.String(),
    "born": pl.String(), "language": pl.String(), "guardian": pl.String(),
    "customer_id": pl.String(), "national_id": pl.String(),
    "deceased": pl.Boolean(), "email_consent": pl.Boolean(), "opt_out": pl.Boolean(),
    "elements": TEXTS,  # sorted
})  # fmt: skip
UNKNOWN = "unknown"
NAME, ADDRESS = ("given", "family", "salutation", "suffix"), ("lines", "postcode", "city", "address_key")
LISTS = ("emails", "phones", "faxes", "lines", "elements")


@dataclass(frozen=True, slots=True)
class Clean:
    """One row that tells of a person, cleaned. Held in memory alone."""

    row: int
    name: names.Name = field(repr=False, default=names.Name())
    emails: tuple[str, ...] = field(repr=False, default=())
    phones: tuple[str, ...] = field(repr=False, default=())
    faxes: tuple[str, ...] = field(repr=False, default=())
    address: Address = field(repr=False, default=Address())
    country: str = ""
    jurisdiction: str = "unknown"
    source: str = UNKNOWN
    born: str = field(repr=False, default="")
    language: str = ""
    guardian: str = field(repr=False, default="")
    customer_id: str = field(repr=False, default="")
    national_id: str = field(repr=False, default="")
    deceased: bool = False
    email_consent: bool = False
    opt_out: bool = False
    elements: tuple[str, ...] = ()

    @property
    def identifies(self) -> bool:
        """Whether the row points at one human being at all."""
        named = self.name.given or self.name.family
        return bool(named or self.emails or self.phones or self.customer_id or self.national_id)


def to_frame(rows: list[Clean]) -> pl.DataFrame:
    """Return cleaned rows in columns."""
    entries = [
        (
            r.row, r.name.given, r.name.family, r.name.salutation, r.name.suffix, r.emails, r.phones, r.faxes,
            r.address.lines, r.address.postcode, r.address.city, r.address.key, r.country, r.jurisdiction, r.source,
            r.born, r.language, r.guardian, r.customer_id, r.national_id, r.deceased, r.email_consent, r.opt_out,
            r.elements,
        )
        for r in rows
    ]  # fmt: skip
    return pl.DataFrame(entries, schema=SCHEMA, orient="row")


def to_rows(frame: pl.DataFrame) -> list[Clean]:
    """Return a frame's rows as objects."""
    return [_row(entry) for entry in frame.iter_rows(named=True)]


def _row(entry: dict[str, object]) -> Clean:
    """Return one row as an object."""
    values = {name: tuple(value) if name in LISTS else value for name, value in entry.items()}  # type: ignore[arg-type]
    name = names.Name(*(values.pop(part) for part in NAME))  # type: ignore[arg-type]
    address = Address(*(values.pop(part) for part in ADDRESS))  # type: ignore[arg-type]
    return Clean(name=name, address=address, **values)  # type: ignore[arg-type]
