"""What a file's columns are taken for, shown masked before anything is loaded; and a person's word on it, kept."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlmodel import Session

from forthwith.scoping.mapping import save
from forthwith.scoping.preparing import Understood, check_columns, check_people, understand
from forthwith.scoping.reading import Document, documents
from forthwith.scoping.reading.source import Source
from forthwith.scoping.reporting import mapping_lines
from forthwith.scoping.spool import spool


@dataclass(frozen=True, slots=True)
class Preview:
    """A file before it is loaded: rows, encoding, columns with masked examples."""

    name: str
    sha256: str
    rows_in: int
    encoding: str | None
    sheets: list[Understood] = field(repr=False)

    @property
    def confirmed(self) -> bool:
        """Whether somebody confirmed each sheet's mapping, now or for an earlier file of the same header."""
        known = [entry.mapping.confirmed for entry in self.sheets if entry.mapping.knows_people]
        return bool(known) and all(known)

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Every column: field, how it was found, elements, masked examples, what to look at."""
        return [line for entry in self.sheets for line in mapping_lines(entry)]

    def as_dict(self) -> dict[str, Any]:
        """Return the preview as plain values."""
        return {
            "file": self.name, "sha256": self.sha256, "rows_in": self.rows_in, "encoding": self.encoding,
            "confirmed": self.confirmed, "columns": self.columns,
        }  # fmt: skip


def preview(session: Session, path: Path | str, columns: Dict[str, str] | None = None) -> Preview:
    """Return what a file's columns are taken for. Raises Refusal where the file can't be used."""
    with spool() as rows:
        found = documents(Path(path), rows)
        check_columns(found, columns or {})
        return preview_of(found, [understand(session, document, columns) for document in found])


def preview_of(found: Sequence[Document], sheets: Iterable[list[Understood]]) -> Preview:
    """Return the preview of a file, or of all files in one archive, each sheet under its file's name."""
    first, sheets = found[0], list(sheets)
    for document in found:
        document.clear()
    if not first.inside:
        return Preview(first.name, first.sha256, first.rows_in, first.encoding, sheets[0])
    digest, _ = Source.on_disk(first.path).measured()
    named = [_named(entry, document) for document, its in zip(found, sheets, strict=True) for entry in its]
    encodings = {document.encoding for document in found}
    encoding = encodings.pop() if len(encodings) == 1 else None
    return Preview(first.path.name, digest, sum(document.rows_in for document in found), encoding, named)


def _named(entry: Understood, document: Document) -> Understood:
    """Return a sheet of a packed file under the file's name."""
    name = document.inside.partition("/")[2]
    return replace(entry, sheet=replace(entry.sheet, name=f"{name} {entry.sheet.name}".strip()))


def confirm(session: Session, seen: Preview, *, by: str) -> int:
    """Keep a preview's mappings as somebody confirmed them; returns how many headers were saved.

    Raises Refusal where no column of it tells of people.
    """
    check_people(seen.name, seen.sheets)
    known = [entry for entry in seen.sheets if entry.mapping.knows_people]
    for entry in known:
        save(session, entry.sheet.columns, entry.mapping, by=by)
    return len(known)
