"""A message as an e-mail (RFC 5322), with what a legal notice must carry and without what it must not."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from forthwith import clock
from forthwith.settings import settings
from models import Message


def one_line(value: str) -> str:
    """Return a text that can't start a new header: one line without control characters."""
    return "".join(character if character.isprintable() else " " for character in value).strip()


def plausible(address: str) -> bool:
    """Return whether this can be an e-mail address at all (addr-spec of RFC 5322, without the rare forms)."""
    local, at, domain = address.rpartition("@")
    clean = address.isprintable() and not set(address) & set(' ,;:<>()[]"\\')
    return bool(at and local and clean and "." in domain.strip(".") and len(address) <= 254)


def message_id(key: str) -> str:
    """Return the Message-ID of a delivery: its key at the sender's domain, so a bounce finds its way back."""
    return f"<{key}@{settings().sender_email.rpartition('@')[2]}>"


def mime(message: Message) -> EmailMessage:
    """Return the e-mail. No List-Unsubscribe: nobody can opt out of a legal notice (RFC 3834 marks it automatic)."""
    mail = EmailMessage(policy=SMTP if message.to.isascii() else SMTPUTF8)
    ours = settings()
    mail["From"] = Address(one_line(ours.organisation), addr_spec=ours.sender_email)
    local, _, domain = message.to.rpartition("@")
    mail["To"] = Address(one_line(message.to_name), username=local, domain=domain)
    mail["Reply-To"] = ours.contact_email
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id(message.key)
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language
    mail.set_content(message.text, cte="base64")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="base64")
    if message.attachment:
        mail.add_attachment(message.attachment, maintype="application", subtype="pdf", filename="notice.pdf")
    return mail
