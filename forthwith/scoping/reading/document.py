"""One file, whatever its kind: found out by what is in it, hashed, read, or refused in one clear line."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from forthwith.scoping.reading.archive import Budget, check_inside, kind_of, members
from forthwith.scoping.reading.delimited import read_delimited
from forthwith.scoping.reading.encoding import decode
from forthwith.scoping.reading.mail import is_mail, read_mail
from forthwith.scoping.reading.records import read_parquet, read_tables
from forthwith.scoping.reading.sheet import Document, Sheet
from forthwith.scoping.reading.sql_dump import read_sql
from forthwith.scoping.reading.workbook import OLE, read_workbook
from models import Refusal

KNOWN = "Known kinds: CSV, TSV, XLSX, ODS, JSON, Parquet, SQL dumps, mail (mbox, EML), ZIP files of these."
OTHER = {
    b"%PDF": "a PDF", b"\x1f\x8b": "packed (gzip)", b"7z\xbc\xaf": "packed (7z)", b"Rar!": "packed (RAR)",
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"\x7fELF": "a program",
    b"MZ\x90": "a program", b"SQLite format 3": "an SQLite database", b"{\\rtf": "an RTF document",
    b"!BDN": "an Outlook mailbox (PST)",
}  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DEPTH = 2  # archives in an archive
NAMED = 8  # files that one refusal names
SQL = re.compile(r"^\s*(--|/\*|INSERT\s+INTO\b|CREATE\s+TABLE\b|DROP\s+TABLE\b|COPY\s+\S+\s*\()", re.IGNORECASE)


def read(path: Path) -> Document:
    """Return an evidence file, read. Raises Refusal where it is missing, empty, broken or of no known kind."""
    return _read(_bytes(path), path)


def documents(path: Path) -> list[Document]:
    """Return an evidence file, read, or each file in a ZIP file. Raises Refusal where one of them can't be used."""
    data = _bytes(path)
    if not _archive(data):
        return [_read(data, path)]
    found, problems = _unpacked(data, path, path.name, Budget(), 0)
    if problems:
        raise _refusal(path, problems)
    if not found:
        raise Refusal(f"{path.name} holds no file.", "Pack it again with its files.")
    return found


def _archive(data: bytes) -> bool:
    """Tell whether a file is an archive of files, not one document that is packed."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06")) and kind_of(data) in ("zip", "")


def _unpacked(
    data: bytes, path: Path, name: str, budget: Budget, depth: int
) -> tuple[list[Document], list[tuple[str, Refusal]]]:
    """Return the files of an archive, read, and those that can't be, by name."""
    if depth > DEPTH:
        raise Refusal(f"{name} is packed too deep.", "Unpack it, and load the files in it.")
    found: list[Document] = []
    problems: list[tuple[str, Refusal]] = []
    for member, content in members(data, name, budget):
        try:
            docs, more = _member(content, path, f"{name}/{member}", budget, depth)
        except Refusal as refused:
            docs, more = [], [(f"{name}/{member}", refused)]
        found, problems = [*found, *docs], [*problems, *more]
    return found, problems


def _member(
    data: bytes, path: Path, name: str, budget: Budget, depth: int
) -> tuple[list[Document], list[tuple[str, Refusal]]]:
    """Return one file of an archive, read, or the files in it where it is an archive itself."""
    if _archive(data):
        return _unpacked(data, path, name, budget, depth + 1)
    inner = Path(name)
    _check_filled(data, inner)
    return [replace(_read(data, inner), path=path, inside=name)], []


def _refusal(path: Path, problems: list[tuple[str, Refusal]]) -> Refusal:
    """Return the one line that names each file of an archive that can't be used, and why."""
    told = [_told(name, refused) for name, refused in problems[:NAMED]]
    if len(problems) == 1:
        return Refusal(told[0], problems[0][1].do)
    more = f"; and {len(problems) - NAMED:,} more" if len(problems) > NAMED else ""
    reasons = "; ".join(line.removeprefix(f"{path.name}/").rstrip(".") for line in told)
    what = f"{path.name} holds {len(problems):,} files that can't be used: {reasons}{more}."
    return Refusal(what, "Mend them or take them out, and load it again.")


def _told(name: str, refused: Refusal) -> str:
    """Return a refusal with the file's whole name in place of its last part."""
    if name in refused.what:
        return refused.what
    last = Path(name).name
    return refused.what.replace(last, name, 1) if last in refused.what else f"{name}: {refused.what}"


def _read(data: bytes, path: Path) -> Document:
    """Return a file's bytes, read."""
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
    _check_filled(data, path)
    return data


def _check_filled(data: bytes, path: Path) -> None:
    """Raise Refusal where a file holds nothing but blanks."""
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise Refusal(f"{path.name} is empty.", "Export it again.")


def _parse(data: bytes, path: Path) -> tuple[str, str | None, list[Sheet]]:
    """Return media type, encoding and sheets, by the file's first bytes."""
    if data.startswith(b"PAR1"):
        return "application/vnd.apache.parquet", None, [read_parquet(data, path)]
    kind = "xlsx" if data.startswith(OLE) else kind_of(data) if data.startswith(b"PK\x03\x04") else ""
    if kind in ("xlsx", "ods"):
        if kind == "ods" or not data.startswith(OLE):
            check_inside(data, path.name)
        return (ODS if kind == "ods" else XLSX), None, _filled(read_workbook(data, path), path)
    if kind == "office":
        raise Refusal(f"{path.name} is a text document or a presentation, not a table.", KNOWN)
    _refuse_others(data, path)
    if is_mail(data):
        return "application/mbox" if data.startswith(b"From ") else "message/rfc822", None, [read_mail(data)]
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
        return "application/jsonl", _records(text, path)
    if ending == ".sql" or SQL.match(start):
        return "application/sql", _tables(read_sql(text), path)
    if start.startswith("<"):
        raise Refusal(f"{path.name} is a web page or XML, not a table.", KNOWN)
    return ("text/tab-separated-values" if ending == ".tsv" else "text/csv"), [read_delimited(text)]


def _records(text: str, path: Path) -> list[Sheet]:
    """Return the tables of a JSON file, in which there must be a record."""
    try:
        sheets = read_tables(text)
    except (TypeError, RecursionError):  # what orjson says of objects in objects without end
        raise Refusal(f"{path.name} nests its records too deep.", "Export them flat, as CSV.") from None
    if any(sheet.bad for sheet in sheets) and not any(sheet.frame.height for sheet in sheets):
        raise Refusal(f"{path.name} is not readable JSON: no record is in it.", "It may be broken or cut off.")
    return sheets


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
