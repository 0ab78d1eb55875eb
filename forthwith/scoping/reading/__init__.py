"""Evidence files become sheets of text: nothing is guessed away, each row is either in a sheet or set aside."""

from forthwith.scoping.reading.document import documents, read
from forthwith.scoping.reading.parts import ROW, Parts
from forthwith.scoping.reading.sheet import BadRow, Document, Sheet

__all__ = ["ROW", "BadRow", "Document", "Parts", "Sheet", "documents", "read"]
