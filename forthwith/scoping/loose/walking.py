"""The files under the paths that somebody named: folders are walked, links are not followed, limits are kept."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.scoping.loose.lines import Loose
from models import Refusal

DEEPEST_FOLDER = 40
MOST_FILES = 200_000
LARGEST = 100 * 1024 * 1024  # bytes of one file


@dataclass(frozen=True, slots=True)
class Raw:
    """A file's bytes under the name that is shown."""

    name: str
    data: bytes = field(repr=False)


def walk(paths: Iterable[Path]) -> Iterator[Raw | Loose]:
    """Yield every file by name, or why it was not opened. Raises Refusal for a path that is missing."""
    roots = list(paths)
    for path in roots:
        if not path.is_symlink() and not path.exists():
            raise Refusal(f"There is no file or folder {plain_name(path.name)}.", "Check the path.")
    found = (entry for path in roots for entry in _below(path, path.name or str(path), 0))
    for number, (path, name) in enumerate(found):
        if number >= MOST_FILES:
            raise Refusal(f"There are more than {MOST_FILES:,} files.", "Name fewer folders at a time.")
        yield _opened(path, plain_name(name))


def plain_name(name: str) -> str:
    """Return a file's name without characters that a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in name)


def _below(path: Path, name: str, depth: int) -> Iterator[tuple[Path, str]]:
    """Yield a file, or those under a folder; a folder that can't be listed is yielded itself."""
    if path.is_symlink() or not path.is_dir() or depth > DEEPEST_FOLDER:
        yield path, name
        return
    try:
        inside = sorted(os.listdir(path))
    except OSError:
        yield path, name
        return
    for entry in inside:
        yield from _below(path / entry, f"{name}/{entry}", depth + 1)


def _opened(path: Path, name: str) -> Raw | Loose:
    """Return a file's bytes, or why they were not read. What is no regular file is never opened: it may block."""
    try:
        seen = path.lstat()
        if problem := _problem(seen):
            return Loose(name, problem[0], note=problem[1])
        return Raw(name, path.read_bytes())
    except OSError:
        return Loose(name, "failed", note="it can't be read: check who may")


def _problem(seen: os.stat_result) -> tuple[str, str] | None:
    """Return disposition and reason of what must not be opened."""
    if stat.S_ISLNK(seen.st_mode):
        return "other", "a link: not followed"
    if stat.S_ISDIR(seen.st_mode):
        return "failed", "a folder nested too deeply, or that nobody may list"
    if not stat.S_ISREG(seen.st_mode):
        return "other", "no regular file"
    return ("failed", f"larger than {LARGEST // 2**20} MB") if seen.st_size > LARGEST else None
