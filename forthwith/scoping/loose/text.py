"""Any loose file as text with places, and what became of it; what is packed in it is opened, too."""

import csv
import email
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from xml.etree import ElementTree

from forthwith.scoping.loose.formats import of_html, of_office, of_pdf
from forthwith.scoping.loose.lines import Line, Loose, Unreadable, loose, of_rows, of_text
from forthwith.scoping.loose.walking import LARGEST, Raw, plain_name
from forthwith.scoping.reading.delimited import find_delimiter
from forthwith.scoping.reading.document import OTHER
from forthwith.scoping.reading.encoding import decode
from forthwith.scoping.reading.workbook import LOCKED, OLE, tables_of
from models import Refusal

DEEPEST = 4  # how often something may be packed in something packed
MOST_MEMBERS = 10_000
LARGEST_UNPACKED = 1024 * 1024 * 1024  # bytes of all members of one archive
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
HEADERS = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject")
SHEETS = (b"opendocument.spreadsheet",)
BLANK = b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"
MAILS = re.compile(rb"(?m)^From [^\n]*\n")
Read = tuple[list[Line], int, list[tuple[str, bytes]]]  # lines, pages or pictures not read, files inside
BROKEN = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, csv.Error, ValueError, LookupError, EOFError,
          KeyError, AttributeError, OSError, NotImplementedError, RuntimeError, RecursionError)  # fmt: skip


def opened(raw: Raw, depth: int = 0) -> Iterator[Loose]:
    """Yield a file, and then each file inside it, with its disposition."""
    try:
        lines, unread, inside = _read(raw.data, raw.name)
    except Unreadable as problem:
        yield loose(raw.name, raw.data, problem.disposition, note=problem.note)
        return
    except BROKEN:  # a reader's own words may quote the file: they are dropped
        yield loose(raw.name, raw.data, "failed", note="broken or cut off")
        return
    state = "parsed" if lines or inside else "image_only" if unread else "empty"
    note = f"{len(inside)} files inside" if inside else ""
    yield loose(raw.name, raw.data, state, lines=lines, unread=unread, note=note)
    for name, data in inside:
        yield from _inside(Raw(f"{raw.name}/{plain_name(name)}", data), depth + 1)


def _inside(raw: Raw, depth: int) -> Iterator[Loose]:
    """Yield a packed file, unless it is packed too often."""
    if depth > DEEPEST:
        yield loose(raw.name, raw.data, "failed", note="packed too deeply")
    elif raw.data.startswith(LOCKED_MEMBER):
        yield Loose(raw.name, "encrypted", note="a password")
    else:
        yield from opened(raw, depth)


LOCKED_MEMBER = b"\0forthwith: a member that a password protects\0"


def _read(data: bytes, name: str) -> Read:
    """Return a file's text by what its bytes are; its name decides between kinds of text alone."""
    if not data.strip(BLANK):
        raise Unreadable("empty", "")
    if b"%PDF-" in data[:1024]:
        return of_pdf(data)
    if data.startswith(OLE):
        return _old_office(data, name)
    if data.startswith(b"PK"):
        return _zipped(data, name)
    if data.startswith(PICTURES):
        return [], 1, []
    return _text(data, name)


def _old_office(data: bytes, name: str) -> Read:
    """Return an old workbook; other files of its time can't be read."""
    if LOCKED in data:
        raise Unreadable("encrypted", "a password")
    if name.lower().endswith(".xls"):
        return _book(data, name), 0, []
    raise Unreadable("other", "an old Office file or an Outlook message: save it as DOCX, PDF or EML")


def _zipped(data: bytes, name: str) -> Read:
    """Return a workbook, a document, or the members of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = set(packed.namelist())
        kind = packed.read("mimetype") if "mimetype" in names else b""
        if b"encryption-data" in (packed.read("META-INF/manifest.xml") if kind and _MANIFEST in names else b""):
            raise Unreadable("encrypted", "a password")
        if "xl/workbook.xml" in names or "xl/workbook.bin" in names or kind.endswith(SHEETS):
            return _book(data, name), 0, []
        if "word/document.xml" in names or "ppt/presentation.xml" in names or kind.endswith(b"opendocument.text"):
            return (*of_office(data), [])
        if Path(name).suffix.lower() in (".docx", ".xlsx", ".pptx", ".odt", ".ods"):
            raise Unreadable("failed", "broken or cut off")
        return [], 0, _members(packed)


_MANIFEST = "META-INF/manifest.xml"


def _members(packed: zipfile.ZipFile) -> list[tuple[str, bytes]]:
    """Return an archive's members. Raises Unreadable where they would be too many or too large."""
    entries = [entry for entry in packed.infolist() if not entry.is_dir()]
    if len(entries) > MOST_MEMBERS or sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise Unreadable("failed", "too much is packed in it: unpack it first")
    if any(entry.file_size > LARGEST for entry in entries):
        raise Unreadable("failed", f"it holds a file larger than {LARGEST // 2**20} MB: unpack it first")
    return [(entry.filename, LOCKED_MEMBER if entry.flag_bits & 1 else packed.read(entry)) for entry in entries]


def _book(data: bytes, name: str) -> list[Line]:
    """Return a workbook's rows, each after its heads."""
    try:
        tables = tables_of(data, Path(name))
    except Refusal:
        raise Unreadable("failed", "no readable workbook") from None
    lines: list[Line] = []
    for sheet, rows in tables:
        if rows:
            found = of_rows(rows, [f"sheet {plain_name(sheet)}, row {number}" for number in range(1, len(rows) + 1)])
            lines += [Line(line.place, line.text, len(lines) + at) for at, line in enumerate(found)]
    return lines


def _text(data: bytes, name: str) -> Read:
    """Return a text file by its ending and its first words."""
    ending = Path(name).suffix.lower()
    if ending in (".eml", ".mbox"):
        return _mails(data) if ending == ".mbox" else _mail(data)
    known = next((kind for start, kind in OTHER.items() if data.startswith(start)), None)
    if known:
        raise Unreadable("other", f"{known}: not searched")
    try:
        text, _ = decode(data, Path(name))
    except Refusal:
        raise Unreadable("other", "no text, or in an encoding that can't be told") from None
    if text.lstrip("\ufeff \t\r\n")[:14].lower().startswith(("<!doctype html", "<html")):
        ending = ".html"
    return TEXTS.get(ending, of_text)(text), 0, []


def _delimited(text: str) -> list[Line]:
    """Return the rows of a CSV file and its kin; a torn row is text like any other."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=find_delimiter(lines))
    rows, places, start = [], [], 1
    for row in reader:
        rows.append([" ".join(cell.split()) for cell in row])
        places.append(f"line {start}")
        start = reader.line_num + 1
    return of_rows(rows, places)


def _log(text: str) -> list[Line]:
    """Return text whose lines have nothing to do with each other."""
    return of_text(text, alone=True)


TEXTS: dict[str, Callable[[str], list[Line]]] = {
    ".html": of_html, ".htm": of_html, ".csv": _delimited, ".tsv": _delimited,
    ".log": _log, ".jsonl": _log, ".ndjson": _log, ".sql": _log,
}  # fmt: skip


def _mails(data: bytes) -> Read:
    """Return a mailbox's messages as the files in it."""
    messages = [part for part in MAILS.split(data) if part.strip()]
    return [], 0, [(f"message {number}.eml", part) for number, part in enumerate(messages, 1)]


def _mail(data: bytes) -> Read:
    """Return a message's headers and text; what is attached is a file of its own."""
    lines: list[Line] = []
    inside: list[tuple[str, bytes]] = []
    for number, part in enumerate(email.message_from_bytes(data, policy=policy.default).walk(), 1):
        found = [(f"header {head}", f"{head}: {part[head]}") for head in HEADERS if part[head]]
        lines += [Line(place, text, len(lines) + at) for at, (place, text) in enumerate(found)]
        if part.is_multipart():
            continue
        if part.get_content_maintype() == "text" and not part.is_attachment():
            lines += _shifted(_body(part, f"part {number}, "), len(lines))
        else:
            inside.append((part.get_filename() or f"part {number}", _payload(part)))
    return lines, 0, inside


def _body(part: EmailMessage, place: str) -> list[Line]:
    """Return a text part of a message."""
    data = _payload(part)
    try:
        text = data.decode(part.get_content_charset() or "utf-8")
    except (UnicodeDecodeError, LookupError):
        text = data.decode("cp1252", "replace")
    if part.get_content_subtype() == "html":
        return [Line(place + line.place, line.text, line.block) for line in of_html(text)]
    return of_text(text, place)


def _payload(part: EmailMessage) -> bytes:
    """Return a part's bytes."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _shifted(lines: list[Line], by: int) -> list[Line]:
    """Return lines whose paragraphs are counted on."""
    return [Line(line.place, line.text, line.block + by) for line in lines]
