"""The record of who did what when: append-only, hash-chained, signed, verifiable offline."""

from forthwith.timeline.record import record

__all__ = ["record"]
