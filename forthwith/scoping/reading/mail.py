"""Mailboxes (mbox) and single mails (EML): one row a message and address. Subjects and texts are not taken up."""

import binascii
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parsedate_to_datetime
from itertools import islice

from forthwith.scoping.reading.parts import Parts
from forthwith.scoping.reading.sheet import BadRow, Sheet, frame_of
from forthwith.scoping.reading.source import Source
from forthwith.scoping.spool import Spool
from forthwith.scoping.words import words

HEADS = ["name", "email", "role", "date"]
ROLES = ("from", "to", "cc", "bcc")
USUAL = {*ROLES, "date", "subject", "message-id", "received", "return-path", "mime-version", "delivered-to", "sender"}
START = re.compile(rb"(?:\A|\n)From [^\n]{0,200}\d\d:\d\d[^\n]{0,100}\r?\n(?=>?[A-Za-z][!-9;-~]{0,80}[ :])")
HEAD_END = re.compile(rb"\r?\n\r?\n|\r\r")
LINE = re.compile(r"[!-9;-~]{1,80}[ \t]*:|[ \t]|>From ")
LOOK = 256 * 1024
LONGEST = 1024  # bytes from a message's first line to its first head, and more
BLOCK = 20_000  # rows that are held as objects at a time
BLANK = b"\xef\xbb\xbf\r\n"
ADDRESS = r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+"
ANGLED = re.compile(rf"(?P<name>.*)<\s*(?P<email>{ADDRESS})\s*>", re.DOTALL)
BARE = re.compile(rf"\s*(?P<email>{ADDRESS})\s*(?:\((?P<name>.*)\))?\s*", re.DOTALL)
# lengths are bounded: a head of nothing but open quotes must not take the square of its length
PART = re.compile(r'"(?:[^"\\]|\\.){0,300}"|\((?:[^()\\]|\\.){0,300}\)|<[^<>]{0,300}>|[,;:]|[^",;:(<]+|.', re.DOTALL)


def is_mail(source: Source) -> bool:
    """Tell whether a file is a mailbox or a mail: it starts with the head of one."""
    size, head = LOOK, source.head(LOOK)
    if START.match(head):
        return True
    few = _usual(head)
    while few == 1 and len(head) == size and not HEAD_END.search(head.lstrip(BLANK)):
        size *= 8  # one list of addresses may be that long
        head = source.head(size)
        few = _usual(head)
    return few >= 2


def is_mailbox(head: bytes) -> bool:
    """Tell whether a file of mail is a mailbox, by its first bytes."""
    return head.startswith(b"From ")


def _usual(data: bytes) -> int:
    """Return how many lines that every mail has stand in a head; none where another line is no line of a head."""
    head = HEAD_END.split(data.lstrip(BLANK), maxsplit=1)[0]
    lines = _text(head).splitlines()
    names = {line.partition(":")[0].strip().lower() for line in lines if not line[:1].isspace()}
    # what was looked at may end in the middle of a line
    return len(names & USUAL) if all(map(LINE.match, lines[:-1])) else 0


def read_mail(source: Source, spool: Spool | None = None) -> Sheet:
    """Return who wrote and who received each message; what is no address is set aside."""
    rows = Parts(HEADS, (spool or Spool()).tray())
    bad: list[BadRow] = []
    entries = enumerate(entry for head in _heads(source) for entry in _entries(head))
    while block := list(islice(entries, BLOCK)):
        good = [(at, found) for at, found in block if isinstance(found, list)]
        bad += [BadRow(at, *found) for at, found in block if isinstance(found, tuple)]
        rows.add(frame_of(HEADS, [row for _, row in good], [at for at, _ in good]))
    return Sheet("", rows, bad)


class _Mailbox:
    """A mailbox's bytes, of which only a part is held."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.data, self.at = b"", 0

    def more(self) -> bool:
        """Hold one more block, and let go of what was passed; tell whether there was one."""
        block = next(self._blocks, b"")
        if self.at > 1:  # one byte before the place stays: it may end a line
            self.data, self.at = self.data[self.at - 1 :], 1
        self.data += block
        return bool(block)

    def start(self) -> bool:
        """Go on to the next message; tell whether there is one."""
        while (found := START.search(self.data, self.at)) is None:
            self.at = max(self.at, len(self.data) - LONGEST)
            if not self.more():
                return False
        self.at = found.end()
        return True

    def head(self) -> bytes:
        """Return the head that begins here."""
        looked = self.at
        while (found := HEAD_END.search(self.data, looked)) is None:
            passed, held = self.at, len(self.data)
            if not self.more():
                break
            looked = max(self.at, held - passed + self.at - 3)
        return self.data[self.at : found.start() if found else len(self.data)]


def _heads(source: Source) -> Iterator[str]:
    """Yield the head of each message."""
    mails = _Mailbox(source.blocks())
    while len(mails.data) < LOOK and mails.more():
        pass
    if not START.match(mails.data):
        mails.at = len(mails.data) - len(mails.data.lstrip(BLANK))
        yield _text(mails.head())
        return
    while mails.start():
        yield _text(mails.head())


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
