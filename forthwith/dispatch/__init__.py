"""The outbox: planned, claimed, sent, settled, reconciled."""
