"""Evidence files become sheets of text: nothing is guessed away, each row is either in a sheet or set aside."""

from forthwith.scoping.reading.document import documents, read
from forthwith.scoping.reading.sheet import ROW, BadRow, Document, Sheet

__all__ = ["ROW", "BadRow", "Document", "Sheet", "documents", "read"]
