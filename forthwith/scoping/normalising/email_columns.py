"""E-mail addresses in whole columns: what `contact.emails_in` finds in a cell, found in all cells at once."""

import polars as pl

from forthwith.scoping.normalising import contact
from forthwith.scoping.normalising.columns import plain_or

# A cell of one part: `contact` cuts nowhere, and both read letters of ASCII alike.
ONE = r"^[\x21-\x7e]+$"
CUTS = r'[;,<>"()\[\]|]|mailto:'
EMAIL = (
    r"^[a-z0-9.!#$%&'*+/=?^_`{}~\-]{1,64}@"
    r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$"
)
CHANGED = r"\+|@(?:gmail|googlemail)\.com$"
FOUND = {"at": pl.UInt32(), "address": pl.String()}


def addresses_in(cells: pl.Series) -> pl.DataFrame:
    """Return the addresses of each cell that mail can be sent to, as (at, address), in the cells' order."""
    table = cells.alias("cell").to_frame().with_row_index("at").drop_nulls()
    one = table["cell"].str.contains(ONE) & ~table["cell"].str.contains(CUTS)
    found = pl.concat([_plain(table.filter(one)), _others(table.filter(~one))])
    return found.sort("at", maintain_order=True)


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    """Return the addresses of cells that hold one at most."""
    address = table["cell"].str.strip_chars(".'").str.to_lowercase()
    valid = address.str.contains(EMAIL) & ~address.str.contains("..", literal=True)
    somebody = ~address.str.extract("^([^@]*)").is_in(list(contact.NOBODY))
    return table.select("at", address=address).filter(valid & somebody)


def _others(table: pl.DataFrame) -> pl.DataFrame:
    """Return the addresses of any other cells."""
    found = [list(contact.emails_in(cell)) for cell in table["cell"].to_list()]
    return table.select("at", address=pl.Series(found, dtype=pl.List(pl.String))).explode("address").drop_nulls()


def keys_of(addresses: pl.Series) -> pl.Series:
    """Return addresses for comparing: `contact.email_key` in columns. Null stays null."""
    lower = addresses.str.to_lowercase()
    plain = ~lower.str.contains(CHANGED) & (lower.str.count_matches("@", literal=True) == 1)
    return plain_or(lower, plain.fill_null(True), lower, contact.email_key, pl.String())
