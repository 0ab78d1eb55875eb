"""A delimited text record by record, as Python's csv reads it: for whatever is not one plain line."""

import csv
import re
from collections.abc import Iterable, Iterator

LONGEST = 500  # lines of one record; more means that a quote swallowed the file
SWALLOWED, SHORT = 1_000, 5  # after so many such records only this many lines, or a hostile file takes the square
LINE = 4 * 1024 * 1024  # characters of a line; a longer one is set aside unread
KEPT = 16 * LINE  # characters of a longer one that are kept
LINE_END = re.compile(r"\r\n|\r|\n")
UNCLOSED, ENDLESS = "a quote in this row is never closed", "the row is longer than 4 million characters"
csv.field_size_limit(16 * 1024 * 1024)

Record = tuple[list[str], str | None]


class Feed:
    """A text's lines, one by one, as long as the record under way may go on. The text itself comes in pieces."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self.text = ""  # as much as is held
        self.begin = 0  # where the record under way begins in it
        self.held: list[str] = []  # its lines, and those that were looked at after it
        self.next = 0  # of the lines held
        self.read = 0  # how far the lines held reach
        self.swallowed = 0

    def go(self, begin: int) -> None:
        """Go on at another place."""
        self.begin, self.read, self.next, self.held = begin, begin, 0, []

    def grow(self) -> bool:
        """Hold one more piece; tell whether there was one."""
        piece = next(self._pieces, "")
        self.text += piece
        return bool(piece)

    def cut(self) -> None:
        """Let go of what lies before the record under way, and hold one whole line behind it."""
        self.text = self.text[self.begin :]
        self.go(0)
        self.after(0)

    def after(self, begin: int) -> int:
        """Return where the line that begins there is over. Of an endless line only the beginning is kept."""
        at = begin
        while True:
            found = LINE_END.search(self.text, at)
            if found and (found.end() < len(self.text) or found[0] != "\r"):
                return found.end()
            at = found.start() if found else len(self.text)
            if at - begin > KEPT:
                self.text, at = self.text[: begin + KEPT] + self.text[at:], begin + KEPT
            if not self.grow():
                return len(self.text)

    @property
    def longest(self) -> int:
        """How many lines a record may have."""
        return LONGEST if self.swallowed < SWALLOWED else SHORT

    @property
    def over(self) -> bool:
        """Whether no line is left."""
        return self.begin >= len(self.text) and not self.grow()

    def line(self, at: int) -> str:
        """Return a line of those from the record's first one on; blank where the text is over."""
        while len(self.held) <= at:
            if self.read >= len(self.text) and not self.grow():
                return ""
            end = self.after(self.read)
            self.held.append(self.text[self.read : end])
            self.read = end
        return self.held[at]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.line(self.next) if self.next <= self.longest else ""
        if not line or len(line) > LINE:
            raise StopIteration
        self.next += 1
        return line

    def taken(self) -> None:
        """Begin the next record behind the lines that were read."""
        self._pass(self.next)

    def leave(self) -> list[str]:
        """Return the record's first line alone, and go on with the one after it."""
        self.swallowed += self.next > self.longest
        first = self.line(0)
        self._pass(1)
        return [first.rstrip("\r\n")]

    def _pass(self, count: int) -> None:
        """Let go of the first lines held."""
        self.begin += sum(map(len, self.held[:count]))
        del self.held[:count]
        self.next = 0


def records(feed: Feed, delimiter: str, usual: int) -> Iterator[Record]:
    """Yield each record's fields; a quote that is never closed gives its first line alone, with the reason."""
    while not feed.over:
        if len(feed.line(0)) > LINE:
            yield feed.leave(), ENDLESS
            continue
        for fields in _fields(feed, delimiter):
            if fields is None or (feed.next > 1 and (len(fields) != usual or feed.next > feed.longest)):
                yield feed.leave(), UNCLOSED
                break
            feed.taken()
            if fields:
                yield fields, None


def _fields(feed: Feed, delimiter: str) -> Iterator[list[str] | None]:
    """Yield the fields of each record, and None where one is too long to be held."""
    try:
        yield from csv.reader(feed, delimiter=delimiter)
    except csv.Error:
        yield None
