"""What every fax must be before anything is asked of a provider: a dialable number, and a PDF that isn't too long."""

import io

import pikepdf

from forthwith.channels.telephone import e164
from forthwith.settings import settings
from models import Medium, Message, Refused

MEGA = 1024 * 1024


def unfit(message: Message, *, most_bytes: int) -> Refused | None:
    """Return why a message can't be faxed; None where it can."""
    if message.medium != Medium.FAX:
        return Refused(f"this channel carries no {message.medium}: choose another", permanent=False, stop=True)
    if e164(message.to) is None:
        return Refused("the fax number can't be dialled", permanent=True)
    if not (pages := pages_of(message.attachment)):
        return Refused("there is no document that can be faxed", permanent=True)
    if pages > settings().fax_pages:
        return Refused(f"the fax has {pages} pages, at most {settings().fax_pages} may go", permanent=True)
    if len(message.attachment) > most_bytes:
        return Refused(f"the fax is larger than {most_bytes // MEGA} MB", permanent=True)
    return None


def pages_of(document: bytes) -> int:
    """Return how many pages a PDF has; 0 where it is none."""
    try:
        with pikepdf.open(io.BytesIO(document)) as opened:
            return len(opened.pages)
    except pikepdf.PdfError:
        return 0
