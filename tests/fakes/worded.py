"""Wordings and recipients for tests of filling, made without drafting."""

from typing import Any

import orjson

from forthwith.filling import tree
from forthwith.filling.content import slot

SLOTS = {
    "addressee": "Zoë O'Neil", "name": "Zoë O'Neil", "address": "12 High Street\nFlat 4\nLONDON\nN1 1AA",
    "code": "ABCD-EFGH",
    "verify_url": "https://notice.example.com/verify#ABCD-EFGH", "date": "2026-11-22", "reference": "2026-001",
}  # fmt: skip
BODY = f"""<h1>Notice of Data Breach</h1><p>Dear {slot("name")},</p><h2>What Happened</h2>
<p>Somebody broke in. <b>Read this.</b></p><ul><li>one</li><li>two</li></ul>
<table><tr><th>Body</th><th>Contact</th></tr><tr><td>A</td><td>B<br>C</td></tr></table>"""
CHECK = {"title": "Is this notice real?", "words": "Type the address.", "address": "Address", "code": "Your code",
         "alt": "Square code"}  # fmt: skip
SENDER = {"name": "Example Ltd", "line": "Example Ltd · 1 Road", "block": ["1 Road"], "date_label": "Date",
          "to_label": "To",           "reference_label": "Reference", "page_label": "Page"}  # fmt: skip


def wording(medium: str = "email", **fields: Any) -> bytes:
    """Return a wording's bytes."""
    usual = {
        "medium": medium, "language": "en", "title": "Notice of Data Breach", "subject": f"Notice {slot('reference')}",
        "addressing": "adult", "american": False, "codes": [],
        "text": f"Dear {slot('name')}, your code is {slot('code')}.",
        "html": f'<p title="{slot("verify_url")}">Dear {slot("name")},<br>{slot("address")}</p>',
    }  # fmt: skip
    return orjson.dumps({**usual, **fields})


def letter(body: str = BODY, **fields: Any) -> bytes:
    """Return a letter's bytes."""
    nodes = tree.parse(body)
    usual = {"tree": nodes, "text": tree.plain(nodes), "html": "", "paper": "a4", "sender": SENDER, "check": CHECK,
             "layout": "letter.typ"}  # fmt: skip
    return wording("letter", **{**usual, **fields})
