"""Cleaned rows wait here while they are compared: in memory, and beyond a size on disk under a key that dies with it.

On disk stands nothing that anybody can read: each part is sealed under a key that exists in this process's memory
alone, in a folder of the data folder that only its owner may enter and that goes when the load ends, however it ends.
"""

import io
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forthwith.settings import settings

IN_MEMORY = 384 * 2**20  # bytes of rows that are held in memory
NONCE = 12
Part = pl.DataFrame | tuple[int, int]  # held, or where it stands in the file: begin and length


class Spool:
    """Frames by bucket, taken out once."""

    def __init__(self, folder: Path, in_memory: int) -> None:
        self._path, self._room = folder / "rows", in_memory
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._parts: dict[int, list[Part]] = defaultdict(list)

    def put(self, bucket: int, frame: pl.DataFrame) -> None:
        """Keep a frame in a bucket."""
        size = int(frame.estimated_size())
        if size <= self._room:
            self._room -= size
            self._parts[bucket].append(frame)
        else:
            self._parts[bucket].append(self._written(frame))

    def parts(self, bucket: int) -> Iterator[pl.DataFrame]:
        """Yield a bucket's frames in the order in which they came; each is gone then."""
        parts = self._parts.pop(bucket, [])[::-1]
        while parts:
            part = parts.pop()
            if isinstance(part, pl.DataFrame):
                self._room += int(part.estimated_size())
            yield part if isinstance(part, pl.DataFrame) else self._read(*part)

    def buckets(self) -> list[int]:
        """Return the buckets that hold anything, in order."""
        return sorted(self._parts)

    def _written(self, frame: pl.DataFrame) -> tuple[int, int]:
        """Seal a frame to the end of the file; return where it stands."""
        plain = io.BytesIO()
        frame.write_ipc(plain, compression="lz4")
        nonce = os.urandom(NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, plain.getbuffer(), None)
        with open(self._path, "ab", opener=_private) as file:
            begin = file.tell()
            file.write(sealed)
        return begin, len(sealed)

    def _read(self, begin: int, length: int) -> pl.DataFrame:
        """Open a frame from the file."""
        with self._path.open("rb") as file:
            file.seek(begin)
            sealed = file.read(length)
        return pl.read_ipc(io.BytesIO(self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)))


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
