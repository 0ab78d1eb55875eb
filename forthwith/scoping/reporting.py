"""What a load did, in counts, codes and hashes: fit for the timeline, for logs and for the screen."""

import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from forthwith.scoping.preparing import Prepared, Understood


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file's rows."""

    name: str
    sha256: str
    evidence_id: uuid.UUID
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    quarantined: dict[str, int] = field(default_factory=dict)  # rows by reason
    # cells that could not be used, by field; `birth_date 1990-01-01` for a date that a system fills in
    unusable: dict[str, int] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)  # columns that a person should look at
    media_type: str = ""
    encoding: str | None = None
    already_loaded: bool = False

    @property
    def filled_in(self) -> dict[str, int]:
        """Rows by a birth date that a system seems to fill in where it knows none."""
        return {name.partition(" ")[2]: rows for name, rows in self.unusable.items() if name.startswith("birth_date ")}


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What one load did to the list of people."""

    files: list[FileReport]
    people_new: int = 0
    people_changed: int = 0
    people_joined: int = 0  # who were two until now
    people_out: int = 0  # of whom this load told, and who were taken out of scope before: they stay out
    people: int = 0  # in scope, after the load
    cohorts: int = 0
    kept_apart: int = 0  # pairs that look alike but contradict each other
    crowded: int = 0  # groups, as of one birth date, with too many names to compare each with each
    unreachable: int = 0  # people without any address
    merged: dict[str, int] = field(default_factory=dict)  # rows by the rule that merged them

    @property
    def rows_in(self) -> int:
        """Data rows of all files of this load."""
        return sum(file.rows_in for file in self.files)

    @property
    def rows_quarantined(self) -> int:
        """Rows set aside by this load."""
        return sum(file.rows_quarantined for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {"rows_in": self.rows_in, "rows_quarantined": self.rows_quarantined, **asdict(self)}


def file_report(prepared: Prepared) -> FileReport:
    """Return what became of a prepared file."""
    document = prepared.document
    return FileReport(
        name=document.name, sha256=document.sha256, evidence_id=prepared.evidence_id, rows_in=document.rows_in,
        rows_loaded=prepared.loaded, rows_quarantined=len(prepared.bad), media_type=document.media_type,
        quarantined=dict(Counter(row.reason for row in prepared.bad).most_common()), encoding=document.encoding,
        unusable={name: count for name, count in sorted(prepared.dropped.items()) if count},
        unmapped=[column.name for entry in prepared.sheets for column in entry.mapping.review],
    )  # fmt: skip


def mapping_lines(entry: Understood) -> list[dict[str, Any]]:
    """Return a sheet's mapping for showing: heads, fields, masked shapes; no value of anybody."""
    return [
        {
            "sheet": entry.sheet.name, "column": column.name, "field": column.field, "how": column.how,
            "elements": list(column.elements), "filled": column.filled, "examples": list(column.examples),
            "order": column.order, "note": column.note,
        }
        for column in entry.mapping.columns
    ]  # fmt: skip
