"""A file's bytes, a block at a time, as often as is wanted: no file is held whole unless its kind needs that."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from models import Refusal

STEP = 2 * 1024 * 1024  # bytes of a block
BLANKS = b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"


@dataclass(frozen=True, slots=True)
class Source:
    """A file, on the disk or packed in another. `opened` gives its bytes from the first one on."""

    path: Path  # names it
    opened: Callable[[], IO[bytes]] = field(repr=False)

    @classmethod
    def on_disk(cls, path: Path) -> "Source":
        """Return a file. Raises Refusal where it can't be read."""
        if path.is_dir():
            raise Refusal(f"{path.name} is a folder.", "Name the files in it.")
        if path.exists() and not path.is_file():  # a pipe gives its bytes once
            return cls.of(cls(path, lambda: _opened(path)).whole(), path)
        return cls(path, lambda: _opened(path))

    @classmethod
    def of(cls, data: bytes, path: Path) -> "Source":
        """Return bytes that are in memory as a file."""
        return cls(path, lambda: io.BytesIO(data))

    def blocks(self) -> Iterator[bytes]:
        """Yield the file's bytes."""
        with self.opened() as stream:
            while block := _read(stream, STEP, self.path):
                yield block

    def head(self, size: int) -> bytes:
        """Return the file's first bytes."""
        with self.opened() as stream:
            return _read(stream, size, self.path)

    def whole(self) -> bytes:
        """Return all bytes at once: for kinds that can't be read in pieces."""
        return b"".join(self.blocks())

    def measured(self) -> tuple[str, int]:
        """Return SHA-256 and size. Raises Refusal where the file holds nothing but blanks."""
        digest, size, blank = hashlib.sha256(), 0, True
        for block in self.blocks():
            digest.update(block)
            size += len(block)
            blank = blank and not block.strip(BLANKS)
        if blank:
            raise Refusal(f"{self.path.name} is empty.", "Export it again.")
        return digest.hexdigest(), size


@contextmanager
def steady(path: Path) -> Iterator[None]:
    """Read a file more than once. Raises Refusal where it became another one: its hash must be of its rows."""
    before = _stamp(path)
    yield
    if _stamp(path) != before:
        raise Refusal(f"{path.name} changed while it was read.", "Wait until it is whole, and load it again.")


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes with a file's content; nothing where there is no file."""
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


def _opened(path: Path) -> IO[bytes]:
    """Open a file. Raises Refusal where there is none, or it may not be read."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise Refusal(f"There is no file {path.name}.", "Check the path.") from None
    except OSError:
        raise _unreadable(path) from None


def _read(stream: IO[bytes], size: int, path: Path) -> bytes:
    """Return so many bytes, fewer at the end."""
    try:
        return stream.read(size)
    except OSError:
        raise _unreadable(path) from None


def _unreadable(path: Path) -> Refusal:
    """Return what is said of a file that can't be read."""
    return Refusal(f"{path.name} can't be read.", "Check who may read it.")
