"""Records that were read and checked before, kept between processes: to read YAML takes ten times as long.

A kept record is found by the hash of its files, under the hash of all that checks it: whatever changes, it is read
anew. Nothing hangs on the file: without it, or where it can't be written, everything is read each time.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import models.law
from forthwith.settings import settings
from models.law import Law

BESIDE = ("vocabulary.yaml", "patterns.yaml")


@dataclass
class Checked:
    """Checked records as JSON, by the hash of their files."""

    path: Path
    known: dict[bytes, bytes] = field(default_factory=dict)
    new: bool = False

    def law(self, sha: str, read: Callable[[], Law]) -> Law:
        """Return the record of this hash: as it was kept, else by reading it."""
        kept = self.known.get(sha.encode())
        if kept is not None:
            with suppress(ValueError):
                return Law.model_validate_json(kept)
        law = read()
        self.known[sha.encode()] = law.model_dump_json(by_alias=True, exclude_unset=True).encode()
        self.new = True
        return law

    def keep(self) -> None:
        """Write what is new, whole or not at all."""
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_bytes(b"".join(b"%s\t%s\n" % (sha, text) for sha, text in self.known.items()))
            part.replace(self.path)
            self.new = False
            for old in self.path.parent.glob("laws-*"):  # of an earlier version of the checks
                if old != self.path:
                    old.unlink()


@contextmanager
def opened(folder: Path) -> Iterator[Checked]:
    """Open what was kept of the records under `folder`; what is new at the end of the block is kept."""
    found = Checked(settings().home / "cache" / f"laws-{_how(folder)}")
    with suppress(OSError):
        lines = found.path.read_bytes().splitlines()
        found.known = {sha: text for sha, _, text in (line.partition(b"\t") for line in lines)}
    on = gc.isenabled()
    gc.disable()  # a hundred thousand objects that all stay
    try:
        yield found
    finally:
        if on:
            gc.enable()
    if found.new:
        found.keep()


@lru_cache
def _how(folder: Path) -> str:
    """Return the hash of all that a record is checked by: the schema, the checks, the words."""
    here = Path(__file__).parent
    files = [Path(models.law.__file__), here / "library.py", here / "patterns.py", here / "plain_yaml.py"]
    files += [folder / name for name in BESIDE]
    return sha256(b"".join(sha256(path.read_bytes()).digest() for path in files)).hexdigest()[:16]
