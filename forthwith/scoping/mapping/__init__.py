"""Which column means what: by its head, checked against its values, shown masked to a person before it counts."""

from forthwith.scoping.mapping.propose import Column, Mapping, propose
from forthwith.scoping.mapping.saved import header_sha256, restate, save, saved

__all__ = ["Column", "Mapping", "header_sha256", "propose", "restate", "save", "saved"]
