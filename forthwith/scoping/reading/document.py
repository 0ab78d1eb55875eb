"""One file, whatever its kind: found out by what is in it, hashed, read, or refused in one clear line."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from forthwith.scoping.reading.archive import Budget, check_inside, kind_of, members
from forthwith.scoping.reading.delimited import read_delimited
from forthwith.scoping.reading.encoding import Text, text_of
from forthwith.scoping.reading.mail import LOOK, is_mail, is_mailbox, read_mail
from forthwith.scoping.reading.records import read_parquet, read_tables
from forthwith.scoping.reading.sheet import Document, Sheet
from forthwith.scoping.reading.source import Source, steady
from forthwith.scoping.reading.sql_dump import read_sql
from forthwith.scoping.reading.workbook import OLE, read_workbook
from forthwith.scoping.spool import Spool
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
    with steady(path):
        return read_source(Source.on_disk(path), Spool())


def documents(path: Path, spool: Spool | None = None) -> list[Document]:
    """Return an evidence file, read, or each file in a ZIP file; rows wait in the spool, or else in memory.

    Raises Refusal where one of them can't be used.
    """
    with steady(path):
        source, spool = Source.on_disk(path), spool or Spool()
        return _packed(source, path, spool) if _archive(source) else [read_source(source, spool)]


def _packed(source: Source, path: Path, spool: Spool) -> list[Document]:
    """Return each file in a ZIP file. Raises Refusal where one of them can't be used."""
    found, problems = _unpacked(source, path, path.name, Unpacking(Budget(), spool), 0)
    if problems:
        raise _refusal(path, problems)
    if not found:
        raise Refusal(f"{path.name} holds no file.", "Pack it again with its files.")
    return found


@dataclass(frozen=True, slots=True)
class Unpacking:
    """One archive under way."""

    budget: Budget
    spool: Spool


def _archive(source: Source) -> bool:
    """Tell whether a file is an archive of files, not one document that is packed."""
    return source.head(4) in (b"PK\x03\x04", b"PK\x05\x06") and kind_of(source.whole()) in ("zip", "")


def _unpacked(
    source: Source, path: Path, name: str, under_way: Unpacking, depth: int
) -> tuple[list[Document], list[tuple[str, Refusal]]]:
    """Return the files of an archive, read, and those that can't be, by name."""
    if depth > DEPTH:
        raise Refusal(f"{name} is packed too deep.", "Unpack it, and load the files in it.")
    found: list[Document] = []
    problems: list[tuple[str, Refusal]] = []
    for member, content in members(source.whole(), name, under_way.budget):
        try:
            inner = Source.of(content, Path(f"{name}/{member}"))
            docs, more = _member(inner, path, f"{name}/{member}", under_way, depth)
        except Refusal as refused:
            docs, more = [], [(f"{name}/{member}", refused)]
        found, problems = [*found, *docs], [*problems, *more]
    return found, problems


def _member(
    source: Source, path: Path, name: str, under_way: Unpacking, depth: int
) -> tuple[list[Document], list[tuple[str, Refusal]]]:
    """Return one file of an archive, read, or the files in it where it is an archive itself."""
    if _archive(source):
        return _unpacked(source, path, name, under_way, depth + 1)
    return [replace(read_source(source, under_way.spool), path=path, inside=name)], []


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


def read_source(source: Source, spool: Spool) -> Document:
    """Return a file, read."""
    sha256, size = source.measured()
    media_type, encoding, sheets = _parse(source, spool)
    if not any(sheet.rows_in for sheet in sheets):
        raise Refusal(f"{source.path.name} holds a header and no row.", "Export it again with its rows.")
    return Document(source.path, sha256, size, media_type, encoding, sheets)


def _parse(source: Source, spool: Spool) -> tuple[str, str | None, list[Sheet]]:
    """Return media type, encoding and sheets, by the file's first bytes."""
    head, path = source.head(LOOK), source.path
    if head.startswith(b"PAR1"):
        return "application/vnd.apache.parquet", None, [read_parquet(source.whole(), path)]
    if head.startswith((OLE, b"PK\x03\x04")) and (found := _office(source)):
        return found
    _refuse_others(head, path)
    if is_mail(source):
        return "application/mbox" if is_mailbox(head) else "message/rfc822", None, [read_mail(source, spool)]
    text = text_of(source)
    media_type, sheets = _parse_text(text, path, spool)
    return media_type, text.encoding, sheets


def _office(source: Source) -> tuple[str, None, list[Sheet]] | None:
    """Return a workbook, read; nothing where it is none. Raises Refusal where it is another office document."""
    data, path = source.whole(), source.path
    kind = "xls" if data.startswith(OLE) else kind_of(data)
    if kind in ("xlsx", "ods"):
        check_inside(data, path.name)
    if kind == "office":
        raise Refusal(f"{path.name} is a text document or a presentation, not a table.", KNOWN)
    if kind in ("xlsx", "ods", "xls"):
        return (ODS if kind == "ods" else XLSX), None, _filled(read_workbook(data, path), path)
    return None


def _refuse_others(data: bytes, path: Path) -> None:
    """Raise Refusal for what is plainly something else."""
    if data.startswith(b"PK"):
        what = f"{path.name} is cut off or packed (ZIP)."
        raise Refusal(what, "Unpack it, and load the files in it.")
    for start, kind in OTHER.items():
        if data.startswith(start):
            raise Refusal(f"{path.name} is {kind}, not a table.", KNOWN)


def _parse_text(text: Text, path: Path, spool: Spool) -> tuple[str, list[Sheet]]:
    """Return media type and sheets of a text file, by its name and its first words."""
    ending = path.suffix.lower()
    start = text.start()
    if ending in (".jsonl", ".ndjson", ".json") or start.startswith(("{", "[{")):
        return "application/jsonl", _records(text, path, spool)
    if ending == ".sql" or SQL.match(start):
        return "application/sql", _tables(read_sql(text.pieces(), spool), path)
    if start.startswith("<"):
        raise Refusal(f"{path.name} is a web page or XML, not a table.", KNOWN)
    media_type = "text/tab-separated-values" if ending == ".tsv" else "text/csv"
    return media_type, [read_delimited(text.pieces(), spool.tray())]


def _records(text: Text, path: Path, spool: Spool) -> list[Sheet]:
    """Return the tables of a JSON file, in which there must be a record."""
    try:
        sheets = read_tables(text.pieces, spool)
    except (TypeError, RecursionError):  # what orjson says of objects in objects without end
        raise Refusal(f"{path.name} nests its records too deep.", "Export them flat, as CSV.") from None
    if any(sheet.bad for sheet in sheets) and not any(sheet.rows.height for sheet in sheets):
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
