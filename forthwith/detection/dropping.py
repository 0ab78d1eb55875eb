"""Reports by e-mail: .eml files in a folder become signals, once. Subject, sender and text are kept sealed alone."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from sqlmodel import Session

from forthwith import db
from forthwith.detection.parsed import instant
from forthwith.detection.reports import keep
from models import Refusal, Signal

SOURCE = "mail"
LARGEST = 20_000_000  # bytes
LONGEST = 20_000  # signs of the text that are kept
UNFINISHED = (".part", ".tmp", ".crdownload")  # somebody still writes
SAVE_AS = "Save the mail as .eml and drop that."


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many files of a folder were taken in, and how many refused."""

    taken: int = 0
    new: int = 0
    refused: int = 0


def drop(folder: Path) -> Dropped:
    """Take in the mails of a folder. Each file ends in `done`, or in `refused` with its reason beside it.

    Called again, or by two at once, or cut off in the middle, it makes no second signal of a mail.
    """
    if not folder.is_dir():
        raise Refusal("The folder for reports by e-mail is no folder.", "Make it, or name another one.")
    ends = [_one(folder, path) for path in _waiting(folder)]
    fresh = [end for end in ends if end is not None]
    return Dropped(sum(end != "refused" for end in fresh), fresh.count("new"), fresh.count("refused"))


def _waiting(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") or path.name.lower().endswith(UNFINISHED)
        if not hidden and (path.is_symlink() or path.is_file()):
            yield path


def _one(folder: Path, path: Path) -> str | None:
    """Return `new`, `again` or `refused`; None where another process was quicker."""
    try:
        raw = _bytes(path)
        with db.session() as session:
            _, fresh = take_mail(session, raw)
        _move(path, folder / "done")
        return "new" if fresh else "again"
    except Refusal as refusal:
        return _refuse(path, folder / "refused", refusal)
    except FileNotFoundError:
        return None


def _bytes(path: Path) -> bytes:
    if path.is_symlink():
        raise Refusal("This is a link to a file.", SAVE_AS)
    if path.suffix.lower() != ".eml":
        raise Refusal("This is no .eml file.", SAVE_AS)
    if path.stat().st_size > LARGEST:
        raise Refusal("This mail is larger than 20 MB.", "Drop it without its attachments.")
    try:
        return path.read_bytes()
    except PermissionError:
        raise Refusal("This file can't be read.", "Give us the right to read it, and drop it again.") from None


def _move(path: Path, target: Path) -> Path:
    """Move a file into a folder of ours; one of the same name that lies there is never overwritten."""
    target.mkdir(mode=0o700, exist_ok=True)
    free = (target / (path.name if not n else f"{path.stem}-{n}{path.suffix}") for n in range(10_000))
    place = next(one for one in free if not one.exists())
    os.replace(path, place)
    return place


def _refuse(path: Path, target: Path, refusal: Refusal) -> str | None:
    try:
        moved = _move(path, target)
    except FileNotFoundError:
        return None
    moved.with_name(f"{moved.name}.txt").write_text(f"{refusal.what}\n{refusal.do}\n", encoding="utf-8")
    return "refused"


def take_mail(session: Session, raw: bytes) -> tuple[Signal, bool]:
    """Keep a mail as a signal; return it and whether it is new. Raises Refusal where it is no mail.

    Attachments are counted and not kept: evidence is loaded by a responder.
    """
    message = _parsed(raw)
    files = _attachments(message)
    ident = str(message.get("Message-ID") or "").strip()
    reference = hashlib.sha256(ident.encode("utf-8", "replace") if ident else raw).hexdigest()
    title = "Report by e-mail" + (f", {files} attachment{'s' * (files > 1)}" if files else "")
    sent = _sent(message)
    hints = {"facts": {}, "suggests": {"clocks.detected_at": sent} if sent else {}, "details": {"attachments": files},
             "open": True}  # fmt: skip
    return keep(session, SOURCE, reference, title, hints, _written(message))


def _attachments(message: EmailMessage) -> int:
    try:
        return sum(1 for _ in message.iter_attachments())
    except (KeyError, AttributeError, TypeError, ValueError):  # parts that contradict themselves
        return 0


def _parsed(raw: bytes) -> EmailMessage:
    try:
        message = message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        headed = [name for name in ("From", "Date", "Message-ID", "Received") if message.get(name)]
    except (MessageError, ValueError, LookupError, IndexError, AttributeError, TypeError):
        headed = []
    if not headed:
        raise Refusal("This is no mail.", SAVE_AS)
    return message


def _written(message: EmailMessage) -> dict[str, Any]:
    return {
        "what": _text(message)[:LONGEST], "subject": _header(message, "Subject"), "contact": _header(message, "From"),
        "noticed": _header(message, "Date"),
    }  # fmt: skip


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name) or "").replace("\0", "").encode("utf-8", "replace").decode()[:500]


def _text(message: EmailMessage) -> str:
    """Return the mail's text; of a mail with HTML alone its source, since it is only ever shown as text."""
    try:
        body = message.get_body(("plain", "html"))
        content = body.get_content() if body else ""
    except (LookupError, ValueError, AttributeError, MessageError):
        content = ""
    return str(content).replace("\0", "").encode("utf-8", "replace").decode()


def _sent(message: EmailMessage) -> str:
    """Return when the mail says that it was sent, as a fact keeps it."""
    try:
        stated = message["Date"].datetime
    except (AttributeError, KeyError, ValueError):
        return ""
    at = instant(stated.isoformat()) if stated and stated.tzinfo else None
    return at.isoformat().replace("+00:00", "Z") if at else ""
