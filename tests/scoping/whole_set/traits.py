"""What is compared of a row: folded names, and identifiers in one form. Blank means unknown and never matches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.normalising import names
from forthwith.scoping.normalising.contact import email_key, names_one
from forthwith.scoping.normalising.text import folded

KEPT = ("given", "family", "suffix", "email", "phone", "address", "born", "customer", "national", "country")


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
    first: str = field(init=False)  # the first given name; a nickname by its one full name
    whole: str = field(init=False)  # both names without regard to order, so that swapped columns are the same

    def __post_init__(self) -> None:
        self.first = names.canonical_first(self.given) if self.given else ""
        self.whole = "|".join(sorted((self.first, self.family))) if self.given and self.family else ""

    def packed(self) -> list[str]:
        """Return the trait without its node, for keeping in a person's sealed record."""
        return [getattr(self, name) for name in KEPT]


def traits_of(node: int, row: Clean, scope: str) -> Iterator[Trait]:
    """Yield a cleaned row's traits. `scope`: whose customer numbers these are; two companies' never match."""
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
