"""Letters a second and core: ours in batches and one by one, beside WeasyPrint with the same words, in one run.

Each round has people of its own: typst keeps what it made, and the same letters again would cost nothing.
`python -m bench.letters 20000` writes a print file of so many letters and tells what that takes.
"""

import resource
import statistics
import sys
import tempfile
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from forthwith.channels.print_file import PrintFile
from forthwith.filling import tree
from forthwith.filling.barcodes import qr_svg
from forthwith.filling.content import slot
from forthwith.filling.letters import BATCH, Letter, typeset
from models import Accepted, Message

ROUNDS = 3
SLOTS = {
    "addressee": "Alex Sample", "name": "Alex Sample", "address": "1 Sample Street\nSample Town\n00000",
    "code": "ABCD-EFGH",
    "verify_url": "https://notice.example.com/verify#ABCD-EFGH", "date": "2026-11-22", "reference": "2026-001",
}  # fmt: skip
BODY = f"""<h1>Notice of Data Breach</h1><p>Dear {slot("name")},</p>
<p>We are writing to tell you about a security incident that involved your personal data.</p>
<h2>What Happened</h2><p>Somebody broke into our computer systems. Personal data was copied.</p>
<h2>What Information Was Involved</h2><ul><li>name</li><li>Social Security number</li><li>date of birth</li></ul>
<h2>What We Are Doing</h2><ul><li>We shut off the access that was used.</li><li>We corrected the fault.</li></ul>
<h2>What You Can Do</h2><p>Do not trust messages or calls that use this data. Call back on a number that you know.</p>
<h2>For More Information</h2><p>Do you have questions? Contact us. Please name the reference {slot("reference")}.</p>"""


def wording() -> bytes:
    """Return a one-page letter's wording."""
    check = {
        "title": "Is this notice real?",
        "words": "Type the address.",
        "address": "Address",
        "code": "Code",
        "alt": "QR",
    }
    sender = {"name": "Example Ltd", "line": "Example Ltd", "block": ["1 Road"], "date_label": "Date", "to_label": "To",
              "reference_label": "Reference", "page_label": "Page"}  # fmt: skip
    return orjson.dumps({
        "medium": "letter", "language": "en", "title": "Notice of Data Breach", "subject": "", "text": "", "html": "",
        "addressing": "adult", "american": False, "paper": "a4", "layout": "letter.typ", "tree": tree.parse(BODY),
        "sender": sender, "check": check,
    })  # fmt: skip


def recipients(count: int, first: int = 0) -> list[dict[str, str]]:
    """Return invented recipients from number `first` on, each with a code of its own."""
    return [
        {**SLOTS, "name": f"Alex Sample {n}", "addressee": f"Alex Sample {n}", "code": f"ABCD-{n:04d}",
         "verify_url": f"https://notice.example.com/verify#ABCD-{n:04d}"}
        for n in range(first, first + count)
    ]  # fmt: skip


def printed(count: int, first: int = 0, content: bytes = b"") -> list[Letter]:
    """Return invented letters with all that goes on paper: marks, and the post's barcode."""
    return [
        Letter(content or wording(), slots, {
            "delivery": str(uuid.UUID(int=first + n + 1)), "country": "GB", "postcode": f"N{n % 9 + 1} 1AA"
        })
        for n, slots in enumerate(recipients(count, first))
    ]  # fmt: skip


def weasyprint_letter(slots: dict[str, str]) -> bytes:
    """Return the same letter by WeasyPrint: address block, words, QR code, PDF/UA."""
    from weasyprint import HTML

    body = BODY
    for name, value in slots.items():
        body = body.replace(slot(name), value)
    address = slots["address"].replace("\n", "<br>")
    page = (
        "<html lang=en><title>Notice of Data Breach</title><style>@page{size:A4;margin:25mm}"
        ".a{position:absolute;top:26mm;left:0}.b{margin-top:75mm}</style>"
        f"<div class=a>{slots['addressee']}<br>{address}</div><div class=b>{body}</div>{qr_svg(slots['verify_url'])}"
    )
    return bytes(HTML(string=page).write_pdf(pdf_variant="pdf/ua-1"))


def seconds(work: Callable[[], Any]) -> float:
    """Return the processor time of this process that `work` takes."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def per_second(count: int, work: Callable[[int], Any]) -> float:
    """Return how many letters a core makes in a second: the median of the rounds. `work` gets its first person."""
    return round(count / statistics.median(seconds(partial(work, (n + 1) * count)) for n in range(ROUNDS)), 1)


def run(*, batch: int = BATCH, singles: int = 10, peers: int = 3) -> dict[str, Any]:
    """Return letters per second and core. Rounds are medians; the first run of each is thrown away as warm-up."""
    content = wording()
    typeset(printed(1, content=content)), weasyprint_letter(recipients(1)[0])
    batched = per_second(batch, lambda n: typeset(printed(batch, n, content)))
    single = per_second(singles, lambda n: [typeset([one]) for one in printed(singles, n + 10_000, content)])
    peer = per_second(peers, lambda n: [weasyprint_letter(one) for one in recipients(peers, n)])
    return {
        "unit": "letters per second and core", "batch": batch, "typst_batched": batched, "typst_single": single,
        "weasyprint": peer, "batched_to_weasyprint": round(batched / peer, 1),
        "single_to_weasyprint": round(single / peer, 1), "pages": 1,
        "bytes_per_letter": len(typeset(printed(batch, 50_000, content))) // batch,
    }  # fmt: skip


def print_file(count: int) -> dict[str, Any]:
    """Write a print file of `count` letters in batches of 500; return letters a second and core, and peak memory."""
    content = wording()
    with tempfile.TemporaryDirectory() as folder:
        house = PrintFile(Path(folder))
        took = seconds(lambda: [_hand_over(house, first, content) for first in range(0, count, house.unit)])
        written = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"letters": count, "letters_per_second_and_core": round(count / took, 1), "peak_mib": peak,
            "bytes_per_letter": written // count}  # fmt: skip


def _hand_over(house: PrintFile, first: int, content: bytes) -> None:
    """Typeset a batch in runs and write its folder."""
    messages = []
    for start in range(first, first + house.unit, BATCH):
        letters = printed(BATCH, start, content)
        pdf = typeset(letters)
        messages += [
            Message(one.post["delivery"], "letter", "-", attachment=pdf, extra={**one.post, "place": str(place)})
            for place, one in enumerate(letters)
        ]
    assert all(isinstance(one, Accepted) for one in house.send_many(messages))


if __name__ == "__main__":
    told = print_file(int(sys.argv[1])) if len(sys.argv) > 1 else run()
    print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
