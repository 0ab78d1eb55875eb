"""People who may be one: found and listed for a person to decide; merges shown, and taken back."""

from forthwith.scoping.near.deciding import decide
from forthwith.scoping.near.parting import part
from forthwith.scoping.near.proposing import follow, propose, told_apart
from forthwith.scoping.near.showing import merges, queue

__all__ = ["decide", "follow", "merges", "part", "propose", "queue", "told_apart"]
