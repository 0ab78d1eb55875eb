"""Files that appear whole or not at all, readable by their owner alone."""

import ctypes
import errno
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from forthwith.durable import write_new
from models import Refused, Unknown

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class OtherBytes(Exception):
    """Another content already stands under this name."""


def private_folder(folder: Path) -> Path:
    """Make a folder for its owner alone, and return it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@dataclass(frozen=True, slots=True)
class Begun:
    """A file that has its content but not yet its name."""

    partial: str
    handle: int


def write_many(contents: Sequence[tuple[Path, bytes]]) -> list[Exception | None]:
    """Write many files for good, as `write_once` does each; return what went wrong with which.

    The disk is waited for twice, for all contents and for all names, and not once a file.
    """
    folders = {path.parent for path, _ in contents}
    with _held(folders) as handles:
        begun = [_begin(path, content) for path, content in contents]
        sure = all(map(_settled, handles))
        ended = [_end(path, one, sure) for (path, _), one in zip(contents, begun, strict=True)]
        for handle in handles:
            os.fsync(handle)
    return ended


@contextmanager
def _held(folders: Iterable[Path]) -> Iterator[list[int]]:
    """Hold folders open, so that whatever fails on their disk from now on is told of."""
    handles: list[int] = []
    try:
        for folder in folders:
            handles.append(os.open(private_folder(folder), os.O_RDONLY))
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def _settled(folder: int) -> bool:
    """Wait until the disk has everything of a folder's file system; return whether it said so (Linux alone can)."""
    syncfs = getattr(ctypes.CDLL(None), "syncfs", None)
    return syncfs is not None and syncfs(folder) == 0


def _begin(path: Path, content: bytes) -> Begun | Exception | None:
    """Write under another name; nothing is begun where the same bytes stand already."""
    partial = f"{path.parent}/.{path.name}.{uuid.uuid4().hex}"
    try:
        if path.exists():
            return None if path.read_bytes() == content else OtherBytes()
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as failure:
        return failure
    try:
        _write_all(handle, content)
    except OSError as failure:
        _give_up(Begun(partial, handle))
        return failure
    return Begun(partial, handle)


def _write_all(handle: int, content: bytes) -> None:
    """Write every byte: the system may take fewer at a time."""
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]


def _give_up(begun: Begun) -> None:
    """Leave nothing of a file that did not come to be."""
    with suppress(OSError):
        os.close(begun.handle)
    with suppress(OSError):
        os.unlink(begun.partial)


def _end(path: Path, begun: Begun | Exception | None, sure: bool) -> Exception | None:
    """Give a file its name once the disk confirmed it; where that is not `sure` for all, it is asked for this one."""
    if not isinstance(begun, Begun):
        return begun
    try:
        if not sure:
            os.fsync(begun.handle)
        os.close(begun.handle)
        os.rename(begun.partial, path)
    except OSError as failure:
        _give_up(begun)
        return failure
    return None


def write_once(path: Path, content: bytes) -> None:
    """Write `content` under `path` for good. The same bytes again are fine; others raise OtherBytes."""
    if path.exists():
        if path.read_bytes() != content:
            raise OtherBytes
        return
    private_folder(path.parent)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write_new(partial, content)
        os.rename(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync(path.parent)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write several files that appear together, as one folder. A folder that stands already is left alone."""
    if folder.exists():
        return
    partial = private_folder(folder.parent) / f".{folder.name}.{uuid.uuid4().hex}"
    try:
        private_folder(partial)
        for name, content in files.items():
            write_new(partial / name, content)
        sync(partial)
        os.rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    sync(folder.parent)


def sync(folder: Path) -> None:
    """Wait until the disk has a folder's names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def failed(target: Path, failure: OSError) -> Refused | Unknown:
    """Return what a failed write means: refused where nothing stands under the name, in doubt where it does."""
    if target.exists():
        return Unknown("the file stands, but the disk did not confirm it")
    why = "the disk is full" if failure.errno in FULL else "the folder can't be written"
    return Refused(why, permanent=False, stop=True)
