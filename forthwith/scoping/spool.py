"""Rows wait here, as they were read and as they were cleaned: in memory, and beyond a size on disk under a key.

On disk stands nothing that anybody can read: each part is sealed under a key that exists in this process's memory
alone, in a folder of the data folder that only its owner may enter and that goes when the load ends, however it ends.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forthwith.settings import settings

# bytes of rows that are held in memory, as Polars tells them: they take two or three times that
IN_MEMORY = 128 * 2**20
NONCE = 12
Part = pl.DataFrame | tuple[int, int]  # held, or where it stands in the file: begin and length


class Spool:
    """Frames in trays, and in buckets that are taken out once. Without a folder all stays in memory."""

    def __init__(self, folder: Path | None = None, in_memory: int = IN_MEMORY) -> None:
        self.folder, self.room = folder, in_memory
        self.cipher = AESGCM(AESGCM.generate_key(256))
        self._buckets: dict[int, Tray] = {}
        self._trays = 0

    def tray(self) -> "Tray":
        """Return an empty tray."""
        self._trays += 1
        return Tray(self, self.folder / f"rows-{self._trays}" if self.folder else None)

    def put(self, bucket: int, frame: pl.DataFrame) -> None:
        """Keep a frame in a bucket."""
        if bucket not in self._buckets:
            self._buckets[bucket] = self.tray()
        self._buckets[bucket].put(frame)

    def parts(self, bucket: int) -> Iterator[pl.DataFrame]:
        """Yield a bucket's frames in the order in which they came; each is gone then."""
        if tray := self._buckets.pop(bucket, None):
            yield from tray.taken()

    def buckets(self) -> list[int]:
        """Return the buckets that hold anything, in order."""
        return sorted(self._buckets)


class Tray:
    """Frames in the order in which they came: looked at as often as is wanted, until they are taken."""

    def __init__(self, spool: Spool, path: Path | None) -> None:
        self._spool, self._path = spool, path
        self._parts: list[Part | None] = []

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return (self.look(at) for at in range(len(self)))

    def put(self, frame: pl.DataFrame) -> None:
        """Keep a frame."""
        size = int(frame.estimated_size())
        held = self._path is None or size <= self._spool.room
        self._spool.room -= size if held else 0
        self._parts.append(frame if held else self._written(frame))

    def put_in_pieces(self, frame: pl.DataFrame, rows: int) -> None:
        """Keep a frame; what must stand on disk is sealed so many rows at a time, each a frame of its own."""
        if self._path is None or int(frame.estimated_size()) <= self._spool.room or len(frame) <= rows:
            self.put(frame)
        else:
            self._parts.extend(map(self._written, frame.iter_slices(rows)))

    def look(self, at: int) -> pl.DataFrame:
        """Return a frame by its place."""
        part = self._parts[at]
        if part is None:
            raise AssertionError("these rows were taken already")
        return part if isinstance(part, pl.DataFrame) else self._read(*part)

    def taken(self) -> Iterator[pl.DataFrame]:
        """Yield each frame; it is gone then."""
        for at in range(len(self)):
            frame = self.look(at)
            self.drop(at)
            yield frame
        self.clear()

    def drop(self, at: int) -> None:
        """Let go of a frame."""
        part, self._parts[at] = self._parts[at], None
        self._spool.room += int(part.estimated_size()) if isinstance(part, pl.DataFrame) else 0

    def clear(self) -> None:
        """Let go of all frames."""
        for at in range(len(self)):
            self.drop(at)
        self._parts = []
        if self._path:
            self._path.unlink(missing_ok=True)

    def _written(self, frame: pl.DataFrame) -> tuple[int, int]:
        """Seal a frame to the end of the file; return where it stands.

        It is packed: whatever is made of a frame that was not keeps all of that frame in memory.
        """
        plain = io.BytesIO()
        frame.write_ipc(plain, compression="lz4")
        nonce = os.urandom(NONCE)
        sealed = self._spool.cipher.encrypt(nonce, plain.getbuffer(), None)
        with open(self._file, "ab", opener=_private) as file:
            begin = file.tell()
            file.write(nonce)
            file.write(sealed)
        return begin, NONCE + len(sealed)

    def _read(self, begin: int, length: int) -> pl.DataFrame:
        """Open a frame from the file."""
        with self._file.open("rb") as file:
            file.seek(begin)
            nonce, sealed = file.read(NONCE), file.read(length - NONCE)
        return pl.read_ipc(io.BytesIO(self._spool.cipher.decrypt(nonce, sealed, None)))

    @property
    def _file(self) -> Path:
        """Where frames stand on disk."""
        if self._path is None:
            raise AssertionError("a spool without a folder holds all in memory")
        return self._path


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, 0o600)


@contextmanager
def spool(in_memory: int = IN_MEMORY) -> Iterator[Spool]:
    """Give a place for rows for as long as a load takes. `in_memory`: bytes that are held in memory."""
    home = settings().home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="load-", dir=home) as folder:  # of mode 700
        yield Spool(Path(folder), in_memory)
