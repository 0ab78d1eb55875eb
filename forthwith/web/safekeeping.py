"""Files that were handed in and not loaded yet: sealed under the incident's key, gone after the load or a day."""

import tempfile
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forthwith import clock, keys
from forthwith.settings import settings
from forthwith.web.failures import Missing
from models import Incident, new_id

KEPT_SECONDS = 24 * 3600
LONGEST = 120


def keep(incident: Incident, name: str, content: bytes) -> uuid.UUID:
    """Seal a file and return the id that finds it again; forget those that nobody loaded in a day."""
    folder = _folder(incident)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old(folder)
    upload = new_id()
    sealed = keys.unwrap(incident.id, incident.wrapped_key).seal(upload, safe_name(name).encode() + b"\0" + content)
    (folder / str(upload)).write_bytes(sealed)
    return upload


@contextmanager
def opened(incident: Incident, upload: uuid.UUID) -> Iterator[Path]:
    """Give a kept file as a readable one inside the block, in a folder that nobody else may enter."""
    try:
        sealed = (_folder(incident) / str(upload)).read_bytes()
    except FileNotFoundError:
        raise Missing("That file is not kept here any more.", "Hand it in again.") from None
    plain = keys.unwrap(incident.id, incident.wrapped_key).open(upload, sealed)
    name, _, content = plain.partition(b"\0")
    with tempfile.TemporaryDirectory(dir=_folder(incident)) as private:
        path = Path(private) / name.decode()
        path.write_bytes(content)
        yield path


def forget(incident: Incident, upload: uuid.UUID) -> None:
    """Delete a kept file."""
    (_folder(incident) / str(upload)).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """Return a file's name without folders, leading dots and odd characters, at most 120 long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isalnum() or letter in " ._-()").strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[: LONGEST - 12]}.{suffix[:10]}" if dot and stem else kept[:LONGEST] or "evidence"


def _folder(incident: Incident) -> Path:
    return settings().home / "inbox" / str(incident.id)


def _forget_old(folder: Path) -> None:
    oldest = clock.now().timestamp() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
