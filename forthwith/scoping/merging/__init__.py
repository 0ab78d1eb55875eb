"""Which rows are one person: merged on an identifier and a compatible name, each merge with its reason."""

from forthwith.scoping.merging.coded import SCHEMA, Coder, shelved, together
from forthwith.scoping.merging.resolve import Merged, resolve, resolve_coded
from forthwith.scoping.merging.traits import Trait, in_columns, kept_of, scope_of, traits_in, traits_of

__all__ = [
    "SCHEMA",
    "Coder",
    "Merged",
    "Trait",
    "in_columns",
    "kept_of",
    "resolve",
    "resolve_coded",
    "scope_of",
    "shelved",
    "together",
    "traits_in",
    "traits_of",
]
