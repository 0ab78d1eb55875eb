"""Keep people out of what stays for ever: titles and reasons that somebody types."""

import re

from models import Refusal

MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
PHONE = re.compile(r"\+\d[\d ()./-]{6,}\d")
NATIONAL_ID = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")
CARD = re.compile(r"\b(?:\d[ -]?){12,18}\d\b")


def impersonal(words: str, what: str) -> str:
    """Return `words` on one line. Raises Refusal where they hold an address or number of somebody."""
    clean = " ".join(words.replace("\0", "").split())
    if any(pattern.search(clean) for pattern in (MAIL, PHONE, NATIONAL_ID, CARD)):
        raise Refusal(
            f"The {what} holds an e-mail address, a telephone number or an identity number.",
            "Say it without naming anybody: it stays for ever and others read it.",
        )
    return clean
