"""One mail/send request: a shared body, and a personalization for each recipient."""

from collections.abc import Iterator, Sequence
from typing import Any

from forthwith.channels.mime import one_line
from forthwith.settings import settings
from models import Message

AT_ONCE = 1000  # personalizations in a request (SendGrid v3 mail/send, maxItems)
OFF = {"enable": False}


def requests(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Cut messages into requests: one body each, at most AT_ONCE people, never one address twice."""
    waiting = list(messages)
    while waiting:
        if _one_request(waiting):
            yield waiting
            return
        body, seen = body_of(waiting[0]), set[str]()
        now, later = list[Message](), list[Message]()
        for message in waiting:
            address = message.to.casefold()
            fits = len(now) < AT_ONCE and address not in seen and body_of(message) == body
            (now if fits else later).append(message)
            seen |= {address} if fits else set()
        yield now
        waiting = later


def _one_request(messages: Sequence[Message]) -> bool:
    """Return whether messages fit into one request as they are, as nearly all do."""
    if len(messages) > AT_ONCE or len({message.to.casefold() for message in messages}) < len(messages):
        return False
    return len({body_of(message) for message in messages}) == 1


def body_of(message: Message) -> tuple[str, str, str, bytes]:
    """Return what all recipients of a request share."""
    return (message.subject, message.text, message.html, message.attachment)


def payload(messages: Sequence[Message]) -> dict[str, Any]:
    """Return the request: tracking off, marketing opt-outs bypassed, no id but the delivery's own.

    An opt-out of marketing must not stop a notice that the law demands; a link that is rewritten looks like phishing.
    """
    first, ours = messages[0], settings()
    return {
        "personalizations": [_personal(message) for message in messages],
        "from": {"email": ours.sender_email, "name": one_line(ours.organisation)},
        "reply_to": {"email": ours.contact_email},
        "subject": first.subject,
        "content": _content(first),
        "headers": {"Auto-Submitted": "auto-generated"},
        "mail_settings": {"bypass_list_management": {"enable": True}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False}, "open_tracking": OFF,
            "subscription_tracking": OFF, "ganalytics": OFF,
        },
        **_attached(first),
    }  # fmt: skip


def _personal(message: Message) -> dict[str, Any]:
    """Return one recipient's part. `custom_args` come back in every event and are no place for personal data."""
    name = one_line(message.to_name)
    to = {"email": message.to, "name": name} if name else {"email": message.to}
    personal: dict[str, Any] = {"to": [to], "custom_args": {"delivery": message.key}}
    if message.extra:
        personal["substitutions"] = dict(message.extra)
    return personal


def _content(message: Message) -> list[dict[str, str]]:
    """Return the bodies, plain text first."""
    kinds = (("text/plain", message.text), ("text/html", message.html))
    return [{"type": kind, "value": value} for kind, value in kinds if value]


def _attached(message: Message) -> dict[str, Any]:
    """Return the attachment, where there is one."""
    if not message.attachment:
        return {}
    import base64

    content = base64.b64encode(message.attachment).decode()
    return {"attachments": [{"content": content, "type": "application/pdf", "filename": "notice.pdf"}]}
