"""A message as an e-mail (RFC 5322), with what a legal notice must carry and without what it must not."""

import re
from binascii import b2a_base64
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, formataddr
from functools import lru_cache

from forthwith import clock
from forthwith.settings import settings
from models import Message

LONGEST_ADDRESS = 254
PLAIN = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
LONGEST = 998  # bytes of a line (RFC 5322, 2.1.1)


def one_line(value: str) -> str:
    """Return a text that can't start a new header: one line without control characters."""
    if not value.isprintable():
        value = "".join(character if character.isprintable() else " " for character in value)
    return value.strip()


def plausible(address: str) -> bool:
    """Return whether this can be an e-mail address at all (addr-spec of RFC 5322, without the rare forms)."""
    if PLAIN.fullmatch(address):  # nearly every one
        return len(address) <= LONGEST_ADDRESS
    local, at, domain = address.rpartition("@")
    clean = address.isprintable() and not set(address) & set(' ,;:<>()[]"\\')
    return bool(at and local and clean and "." in domain.strip(".") and len(address) <= LONGEST_ADDRESS)


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


def mime_bytes(message: Message, boundary: str) -> bytes:
    """Return the e-mail as bytes that depend on the message alone: no date, the boundaries that are given.

    Built from its parts: the library's own tree of objects takes thirty times as long, and nothing here needs it.
    """
    bodies = [_part("text/plain", message.text.encode())]
    if message.html:
        bodies.append(_part("text/html", message.html.encode()))
    body = bodies[0] if len(bodies) == 1 else _multipart("alternative", bodies, boundary.format(part=1))
    if message.attachment:
        body = _multipart("mixed", [body, _pdf(message.attachment)], boundary.format(part=0))
    return "".join(f"{name}: {value}\r\n" for name, value in _headers(message)).encode() + body


def _headers(message: Message) -> list[tuple[str, str]]:
    ours = settings()
    return [
        ("From", formataddr((one_line(ours.organisation), ours.sender_email))),
        ("To", formataddr((one_line(message.to_name), _ascii(one_line(message.to))))),
        ("Reply-To", ours.contact_email),
        ("Subject", _encoded(one_line(message.subject))),
        ("Message-ID", message_id(message.key)),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", message.language),
        ("MIME-Version", "1.0"),
    ]


@lru_cache(maxsize=1024)
def _encoded(subject: str) -> str:
    """Return a subject as a header holds it (RFC 2047); a batch mostly shares one."""
    return Header(subject, header_name="Subject").encode(linesep="\r\n")


def _ascii(address: str) -> str:
    """Return an address as a header of a file may hold it: another script's domain in Punycode."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address.encode("ascii", "backslashreplace").decode()


def _part(kind: str, content: bytes) -> bytes:
    """Return a body as people can read it in the file (8bit: RFC 2045, 2.8), in base64 where a line is too long."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    readable = max(map(len, lines)) <= LONGEST and b"\r" not in content.replace(b"\r\n", b"")
    encoding, body = ("8bit", b"\r\n".join(lines) + b"\r\n") if readable else ("base64", _base64(content))
    head = f'Content-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + body


def _pdf(content: bytes) -> bytes:
    head = (
        "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="notice.pdf"\r\n\r\n'
    )
    return head.encode() + _base64(content)


def _base64(content: bytes) -> bytes:
    whole = b2a_base64(content, newline=False)
    return b"\r\n".join([whole[i : i + 76] for i in range(0, len(whole), 76)]) + b"\r\n"


def _multipart(kind: str, bodies: list[bytes], boundary: str) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    cut = f"--{boundary}\r\n".encode()
    return head.encode() + b"".join(cut + one + b"\r\n" for one in bodies) + f"--{boundary}--\r\n".encode()
