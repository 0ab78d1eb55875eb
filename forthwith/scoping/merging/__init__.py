"""Which rows are one person: merged on an identifier and a compatible name, each merge with its reason."""

from forthwith.scoping.merging.resolve import Merged, resolve
from forthwith.scoping.merging.traits import Trait, traits_of

__all__ = ["Merged", "Trait", "resolve", "traits_of"]
