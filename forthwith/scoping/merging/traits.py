"""What is compared of a row: folded names, and identifiers in one form. Blank means unknown and never matches."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from itertools import zip_longest

import polars as pl

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.jsontext import replaced, rows_listed
from forthwith.scoping.normalising import names
from forthwith.scoping.normalising.contact import ROLES, email_key, names_one
from forthwith.scoping.normalising.text import folded
from models import Party

KEPT = ("given", "family", "suffix", "email", "phone", "address", "born", "customer", "national", "country")
SCHEMA = pl.Schema({"node": pl.UInt32()} | dict.fromkeys(KEPT, pl.String()))
ROLE = rf"^(?:{'|'.join(map(re.escape, sorted(ROLES)))})(?:@|$)"
CHANGED = r"\+|@(?:gmail|googlemail)\.com$"


@dataclass(slots=True, repr=False)
class Trait:
    """One comparable view of a row (`node`). A row with two e-mail addresses has two."""

    node: int
    given: str = ""
    family: str = ""
    suffix: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    born: str = ""
    customer: str = ""
    national: str = ""
    country: str = ""

    def packed(self) -> list[str]:
        """Return the trait without its node, for keeping in a person's sealed record."""
        return [getattr(self, name) for name in KEPT]


def scope_of(party: Party | None, file: str) -> str:
    """Return whose customer numbers a file has: two scopes' never match.

    A party's numbers are one company's in all its files. Without a party nobody said so, and seven exports may count
    their customers seven times from one: then numbers mean something within files of one name alone, so that a later
    export of the same system, under the name that it always has, still finds its customers.
    """
    return ((party.code or party.name) if party else f"file {file}").replace(":", " ")


def traits_of(node: int, row: Clean, scope: str) -> Iterator[Trait]:
    """Yield a cleaned row's traits. `scope`: whose customer numbers these are, see `scope_of`."""
    emails = [email_key(address) for address in row.emails if names_one(address)]
    customer = f"{scope}:{row.customer_id}" if row.customer_id else ""
    for email, phone in list(zip_longest(emails, row.phones, fillvalue="")) or [("", "")]:
        yield Trait(
            node, folded(row.name.given), names.family_key(row.name.family), row.name.suffix, email, phone,
            row.address.key, row.born, customer, row.national_id, row.country,
        )  # fmt: skip


def unpacked(node: int, packed: list[list[str]]) -> Iterator[Trait]:
    """Yield the traits that a person's sealed record keeps."""
    for entry in packed:
        yield Trait(node, *entry[: len(KEPT)])


def in_columns(traits: Iterable[Trait]) -> pl.DataFrame:
    """Return traits as a frame of texts."""
    assert [field.name for field in fields(Trait)] == SCHEMA.names()
    return pl.DataFrame(list(map(astuple, traits)), schema=SCHEMA, orient="row")


def traits_in(frame: pl.DataFrame, scope: str | pl.Expr) -> pl.DataFrame:
    """Return the traits of cleaned rows (`rows.SCHEMA` and `node`), in their order: `traits_of` in columns."""
    lists = (pl.col("emails").list.len() > 1) | (pl.col("phones").list.len() > 1)
    plain = frame.select(
        "node", by_value("given", folded), by_value("family", names.family_key), "suffix", "emails", "phones",
        pl.col("address_key").alias("address"), "born", _customer(scope), pl.col("national_id").alias("national"),
        "country", lists.alias("lists"),
    )  # fmt: skip
    single = plain.filter(~pl.col("lists")).with_columns(pl.col("emails", "phones").list.first())
    both = pl.concat([single.with_columns(_compared("emails")), _paired(plain.filter("lists"))])
    named = both.sort("node", maintain_order=True).rename({"emails": "email", "phones": "phone"})
    return named.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()).with_columns(
        pl.col("email", "phone").fill_null("")
    )


def kept_of(traits: pl.DataFrame) -> pl.Series:
    """Return for each node, in order, what is kept of its traits (`KEPT`), each as a JSON list."""
    listed = traits.select("node", seen=rows_listed(traits.select(KEPT)))
    if traits["node"].n_unique() == traits.height:
        return listed.select(pl.concat_list("seen")).to_series()
    return listed.group_by("node", maintain_order=True).agg("seen")["seen"]


def _paired(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each e-mail address with the telephone number at the same place, as far as there are any."""
    held = rows.select("node", "emails").explode("emails").with_columns(_compared("emails")).drop_nulls()
    emails = rows.select("node").join(held.group_by("node", maintain_order=True).agg("emails"), on="node", how="left")
    lists = rows.with_columns(emails["emails"].fill_null([]))
    return lists.with_columns(_padded("emails", "phones"), _padded("phones", "emails")).explode("emails", "phones")


def _compared(column: str) -> pl.Expr:
    """Return e-mail addresses in the form that is compared; null where one is nobody's own, such as `info@`."""
    return pl.col(column).map_batches(_keys_of, return_dtype=pl.String())


def _keys_of(addresses: pl.Series) -> pl.Series:
    """Return `email_key` of a column of addresses that `names_one`. Only what is changed by it goes through it."""
    lower = addresses.set(addresses.str.contains(ROLE), None).str.to_lowercase()
    odd = lower.str.contains(CHANGED) | (lower.str.count_matches("@", literal=True) != 1)
    return replaced(lower, odd, map(email_key, lower.filter(odd).to_list()))


def by_value(texts: str | pl.Expr, function: Callable[[str], str]) -> pl.Expr:
    """Return an expression that asks a function once a distinct text of a column."""
    column = pl.col(texts) if isinstance(texts, str) else texts
    return column.map_batches(lambda texts: _mapped(texts, function), return_dtype=pl.String())


def _mapped(texts: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """Return a function's answers on a column of texts."""
    distinct = texts.unique()
    answers = pl.Series([function(text) for text in distinct.to_list()], dtype=pl.String())
    return texts.replace_strict(distinct, answers, return_dtype=pl.String()) if len(distinct) else texts


def _customer(scope: str | pl.Expr) -> pl.Expr:
    """Return customer numbers with whose they are."""
    number, whose = pl.col("customer_id"), pl.lit(scope) if isinstance(scope, str) else scope
    held = pl.concat_str(whose, pl.lit(":"), number)
    return pl.when(number != "").then(held).otherwise(pl.lit("")).alias("customer")


def _padded(name: str, other: str) -> pl.Expr:
    """Return a list made as long as another, with nothing at the end."""
    missing = (pl.col(other).list.len().cast(pl.Int64) - pl.col(name).list.len()).clip(0)
    return pl.col(name).list.concat(pl.lit(None, dtype=pl.String()).repeat_by(missing))
