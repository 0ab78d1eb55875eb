"""One file, whatever its kind: found out by what is in it, hashed, read, or refused in one clear line."""

import hashlib
import re
from pathlib import Path

from forthwith.scoping.reading.delimited import read_delimited
from forthwith.scoping.reading.encoding import decode
from forthwith.scoping.reading.records import read_json, read_parquet
from forthwith.scoping.reading.sheet import Document, Sheet
from forthwith.scoping.reading.sql_dump import read_sql
from forthwith.scoping.reading.workbook import OLE, read_workbook
from models import Refusal

KNOWN = "Known kinds: CSV, TSV, XLSX, JSON Lines, Parquet, SQL dumps."
OTHER = {
    b"%PDF": "a PDF", b"\x1f\x8b": "packed (gzip)", b"7z\xbc\xaf": "packed (7z)", b"Rar!": "packed (RAR)",
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"\x7fELF": "a program",
    b"MZ\x90": "a program", b"SQLite format 3": "an SQLite database", b"{\\rtf": "an RTF document",
}  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SQL = re.compile(r"^\s*(--|/\*|INSERT\s+INTO\b|CREATE\s+TABLE\b|DROP\s+TABLE\b|COPY\s+\S+\s*\()", re.IGNORECASE)


def read(path: Path) -> Document:
    """Return an evidence file, read. Raises Refusal where it is missing, empty, broken or of no known kind."""
    data = _bytes(path)
    media_type, encoding, sheets = _parse(data, path)
    if not any(sheet.rows_in for sheet in sheets):
        raise Refusal(f"{path.name} holds a header and no row.", "Export it again with its rows.")
    return Document(path, hashlib.sha256(data).hexdigest(), len(data), media_type, encoding, sheets)


def _bytes(path: Path) -> bytes:
    """Return a file's bytes."""
    if path.is_dir():
        raise Refusal(f"{path.name} is a folder.", "Name the files in it.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refusal(f"There is no file {path.name}.", "Check the path.") from None
    except OSError:
        raise Refusal(f"{path.name} can't be read.", "Check who may read it.") from None
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise Refusal(f"{path.name} is empty.", "Export it again.")
    return data


def _parse(data: bytes, path: Path) -> tuple[str, str | None, list[Sheet]]:
    """Return media type, encoding and sheets, by the file's first bytes."""
    if data.startswith(b"PAR1"):
        return "application/vnd.apache.parquet", None, [read_parquet(data, path)]
    if data.startswith(OLE) or (data.startswith(b"PK\x03\x04") and b"xl/" in data):
        return XLSX, None, _filled(read_workbook(data, path), path)
    _refuse_others(data, path)
    text, encoding = decode(data, path)
    media_type, sheets = _parse_text(text, path)
    return media_type, encoding, sheets


def _refuse_others(data: bytes, path: Path) -> None:
    """Raise Refusal for what is plainly something else."""
    if data.startswith(b"PK"):
        what = f"{path.name} is cut off or packed (ZIP)."
        raise Refusal(what, "Unpack it, and load the files in it.")
    for start, kind in OTHER.items():
        if data.startswith(start):
            raise Refusal(f"{path.name} is {kind}, not a table.", KNOWN)


def _parse_text(text: str, path: Path) -> tuple[str, list[Sheet]]:
    """Return media type and sheets of a text file, by its name and its first words."""
    ending = path.suffix.lower()
    start = text.lstrip("\ufeff \t\r\n")
    if ending in (".jsonl", ".ndjson", ".json") or start.startswith(("{", "[{")):
        return "application/jsonl", [read_json(text)]
    if ending == ".sql" or SQL.match(start):
        return "application/sql", _tables(read_sql(text), path)
    if start.startswith("<"):
        raise Refusal(f"{path.name} is a web page or XML, not a table.", KNOWN)
    return ("text/tab-separated-values" if ending == ".tsv" else "text/csv"), [read_delimited(text)]


def _tables(sheets: list[Sheet], path: Path) -> list[Sheet]:
    """Return a dump's tables, of which there must be one with rows."""
    if not sheets:
        raise Refusal(f"{path.name} holds no rows (INSERT or COPY).", "Dump it again with its data.")
    return sheets


def _filled(sheets: list[Sheet], path: Path) -> list[Sheet]:
    """Return the sheets, of which there must be one."""
    if not sheets:
        raise Refusal(f"{path.name} has only empty sheets.", "Export it again.")
    return sheets
