"""Confirmed mappings, kept by the hash of the header: the next export of the same system loads unattended."""

import hashlib
from collections.abc import Sequence

from sqlmodel import Session, select

from forthwith.scoping.mapping.propose import Mapping
from models import ColumnMapping


def header_sha256(columns: Sequence[str]) -> str:
    """Return the hash of a header: the same columns in the same order."""
    return hashlib.sha256("\x1f".join(columns).encode()).hexdigest()


def saved(session: Session, columns: Sequence[str]) -> dict[str, str] | None:
    """Return field by column as somebody confirmed it for this header, or None."""
    sought = select(ColumnMapping).where(ColumnMapping.header_sha256 == header_sha256(columns))
    found = session.exec(sought).first()
    return dict(found.columns) if found else None


def restate(mapping: Mapping) -> dict[str, str]:
    """Return a mapping as field by column, a known date order included."""
    return {
        column.name: f"{column.field}:{column.order}" if column.order in ("dmy", "mdy") else column.field
        for column in mapping.columns
    }


def save(session: Session, columns: Sequence[str], mapping: Mapping, *, by: str) -> ColumnMapping:
    """Keep a mapping that somebody confirmed, in place of an older one for the same header."""
    sha256 = header_sha256(columns)
    row = session.exec(select(ColumnMapping).where(ColumnMapping.header_sha256 == sha256)).first()
    row = row or ColumnMapping(header_sha256=sha256, confirmed_by=by)
    row.columns, row.confirmed_by = restate(mapping), by
    session.add(row)
    session.flush()
    return row
