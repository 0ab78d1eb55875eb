"""Mailboxes (mbox) and single mails (EML): one row a message and address. Subjects and texts are not taken up."""

import binascii
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parsedate_to_datetime

from forthwith.scoping.reading.sheet import BadRow, Sheet, frame_of
from forthwith.scoping.words import words

HEADS = ["name", "email", "role", "date"]
ROLES = ("from", "to", "cc", "bcc")
USUAL = {*ROLES, "date", "subject", "message-id", "received", "return-path", "mime-version", "delivered-to", "sender"}
START = re.compile(rb"(?:\A|\n)From [^\n]{0,200}\d\d:\d\d[^\n]{0,100}\r?\n(?=>?[A-Za-z][!-9;-~]{0,80}[ :])")
HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
LINE = re.compile(r"[!-9;-~]{1,80}[ \t]*:|[ \t]|>From ")
LOOK = 256 * 1024
ADDRESS = r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+"
ANGLED = re.compile(rf"(?P<name>.*)<\s*(?P<email>{ADDRESS})\s*>", re.DOTALL)
BARE = re.compile(rf"\s*(?P<email>{ADDRESS})\s*(?:\((?P<name>.*)\))?\s*", re.DOTALL)
# lengths are bounded: a head of nothing but open quotes must not take the square of its length
PART = re.compile(r'"(?:[^"\\]|\\.){0,300}"|\((?:[^()\\]|\\.){0,300}\)|<[^<>]{0,300}>|[,;:]|[^",;:(<]+|.', re.DOTALL)


def is_mail(data: bytes) -> bool:
    """Tell whether a file is a mailbox or a mail: it starts with the head of one."""
    if START.match(data):
        return True
    few = _usual(data[:LOOK])
    return few >= 2 or (few == 1 and len(data) > LOOK and _usual(data) >= 2)  # one list of addresses may be that long


def _usual(data: bytes) -> int:
    """Return how many lines that every mail has stand in a head; none where another line is no line of a head."""
    head = HEAD_END.split(data.lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    lines = _text(head).splitlines()
    names = {line.partition(":")[0].strip().lower() for line in lines if not line[:1].isspace()}
    # what was looked at may end in the middle of a line
    return len(names & USUAL) if all(map(LINE.match, lines[:-1])) else 0


def read_mail(data: bytes) -> Sheet:
    """Return who wrote and who received each message; what is no address is set aside."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    for at, found in enumerate(entry for head in _heads(data) for entry in _entries(head)):
        if isinstance(found, list):
            rows.append(found)
            numbers.append(at)
        else:
            bad.append(BadRow(at, *found))
    return Sheet("", frame_of(HEADS, rows, numbers), bad)


def _heads(data: bytes) -> Iterator[str]:
    """Yield the head of each message."""
    starts = [found.end() for found in START.finditer(data)]
    if not starts or not START.match(data):
        starts = [len(data) - len(data.lstrip(b"\xef\xbb\xbf\r\n"))]
    for start in starts:
        end = HEAD_END.search(data, start)
        yield _text(data[start : end.start() if end else len(data)])


def _text(head: bytes) -> str:
    """Return a head as text: mails that state no encoding are UTF-8 or Windows-1252."""
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace")


def _entries(head: str) -> Iterator[list[str] | tuple[str, str]]:
    """Yield a message's addresses as rows; or the reason and the text of what is none."""
    fields = list(_fields(head))
    date = next((_date(value) for name, value in fields if name == "date"), "")
    found = 0
    for role, value in fields:
        for entry in _split(value) if role in ROLES else ():
            found += 1
            yield _entry(entry, role, date)
    if not found:
        told = "\n".join(f"{name}: {value}" for name, value in fields if name in (*ROLES, "date", "message-id"))
        yield "the message names no address", told


def _entry(entry: str, role: str, date: str) -> list[str] | tuple[str, str]:
    """Return an entry as a row; or the reason and the text of what is nobody."""
    person = _person(entry) or _person(_decoded(entry))
    if person is None:
        return "not an e-mail address", f"{role}: {entry}"
    if _is_machine(person[1]):
        return "an address that no human being has", f"{role}: {entry}"
    return [*person, role, date]


def _is_machine(address: str) -> bool:
    """Tell whether a program sends from an address: the name beside it is nobody's (`Shop <noreply@...>`)."""
    return address.partition("@")[0].partition("+")[0].lower() in words("email_machines")


def _fields(head: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each line of a head, the folded ones joined."""
    for line in re.sub(r"(?:\r\n|\n|\r)[ \t]+", " ", head).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _split(value: str) -> Iterator[str]:
    """Yield the entries of a list of addresses; a group's name is none of them."""
    entry = ""
    for part in (*PART.findall(value), ","):
        if part in (",", ";"):
            if entry.strip():
                yield entry.strip()
            entry = ""
        else:
            entry = "" if part == ":" else entry + part


def _person(entry: str) -> tuple[str, str] | None:
    """Return name and address of an entry; nothing where it holds no address."""
    found = ANGLED.fullmatch(entry) or BARE.fullmatch(entry)
    if found is None:
        return None
    name = re.sub(r"\\(.)", r"\1", (found["name"] or "").strip().removeprefix('"').removesuffix('"'))
    plain = " ".join(_decoded(name).split()).strip("'\" ")
    return "" if plain.casefold() == found["email"].casefold() else plain, found["email"]


def _decoded(text: str) -> str:
    """Return a text with its encoded words decoded (RFC 2047)."""
    try:
        parts = decode_header(text)
    except (HeaderParseError, binascii.Error, ValueError):
        return text
    return "".join(_word(part, charset) for part, charset in parts)


def _word(part: bytes | str, charset: str | None) -> str:
    """Return one word; what can't be decoded is marked, and its row is set aside later."""
    if isinstance(part, str):
        return part
    try:
        return part.decode(charset or "utf-8", "replace")
    except LookupError:
        return part.decode("utf-8", "replace")


def _date(value: str) -> str:
    """Return a mail's date as ISO 8601, blank where it is none."""
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""
