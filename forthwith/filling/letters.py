"""Letters: up to a hundred recipients in one typst run, each with its own address window, QR code and page count."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import segno

from forthwith.filling import typesetting
from forthwith.filling.content import URL, isolated, parts, prepared, slots_of
from models import Refusal

BATCH = 100  # more in one run costs more memory than it saves time
ADDRESS_LINES = 7
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One recipient's letter: the approved wording and the fields. Holds personal data: never log it."""

    content: bytes
    slots: Mapping[str, str]


class SomeUnprintable(Refusal):
    """Some letters of a batch can't be printed; the others can, without them. `why` maps positions to refusals."""

    def __init__(self, why: dict[int, Refusal]) -> None:
        super().__init__(f"{len(why)} of the letters can't be printed.", "Typeset the others; hold these.")
        self.why = why


def typeset(batch: Sequence[Letter | tuple[bytes, Mapping[str, str]]], *, timestamp: datetime = EPOCH) -> bytes:
    """Return one PDF/A-3a and PDF/UA-1 file with the batch's letters in order; same input, same bytes.

    A single unfit letter raises its own Refusal. In a batch the unfit ones come out together as SomeUnprintable.
    """
    letters = [one if isinstance(one, Letter) else Letter(*one) for one in batch]
    if not 1 <= len(letters) <= BATCH:
        raise Refusal(f"A batch holds 1 to {BATCH} letters.", "Cut it.")
    try:
        return _run(letters, timestamp)
    except Refusal:
        unfit = _unfit(letters, timestamp) if len(letters) > 1 else {}
        if not unfit:
            raise
    raise SomeUnprintable(unfit)


def _unfit(letters: list[Letter], timestamp: datetime) -> dict[int, Refusal]:
    """Return which letters fail by themselves, and why."""
    why: dict[int, Refusal] = {}
    for i, letter in enumerate(letters):
        try:
            _run([letter], timestamp)
        except Refusal as refusal:
            why[i] = refusal
    return why


def _run(letters: list[Letter], timestamp: datetime) -> bytes:
    """Typeset letters in one typst run."""
    keys = {content: str(i) for i, content in enumerate(dict.fromkeys(one.content for one in letters))}
    variants = {key: parts(content).fixed for content, key in keys.items()}
    layouts = {str(variant.get("layout", "letter.typ")) for variant in variants.values()}
    if len(layouts) > 1 or (len(letters) > 1 and layouts != {"letter.typ"}):
        raise Refusal("Reports are typeset one by one.", "Cut the batch.")
    data = {"variants": variants, "letters": [_data(one, keys[one.content]) for one in letters]}
    return typesetting.compile(layouts.pop(), data, timestamp=timestamp)


def _data(letter: Letter, key: str) -> dict[str, Any]:
    """Return one letter's data for typst. Raises Refusal where a field is missing or doesn't fit."""
    fixed = parts(letter.content).fixed
    slots = {name: isolated(value) for name, value in prepared(fixed, letter.slots).items()}
    if missing := set(_needed(letter.content)) - set(slots):
        raise Refusal(f"A letter lacks {', '.join(sorted(missing))}.", "Give each slot of the wording.")
    data = {"v": key, "slots": slots}
    if fixed.get("layout") != "filing.typ":
        _fits_window(slots)
    return data | _check(slots["verify_url"]) if fixed.get("check") else data


def _fits_window(slots: Mapping[str, str]) -> None:
    """Raise Refusal where an address doesn't fit the envelope's window."""
    lines = [line for line in f"{slots['addressee']}\n{slots['address']}".split("\n") if line.strip()]
    if len(lines) > ADDRESS_LINES or not slots["address"].strip():
        raise Refusal(f"An address needs 2 to {ADDRESS_LINES} lines for the window.", "Mend it at the source.")


def _check(url: str) -> dict[str, str]:
    """Return the address to type and the code to scan."""
    return {"typed": url.split("#")[0].split("://")[-1], "qr": qr_svg(url)}


@lru_cache(maxsize=256)
def _needed(content: bytes) -> list[str]:
    """Return the slots that a letter needs: the wording's own, and those of the frame."""
    frame = {"addressee", "address", "date", "reference"}
    checked = {"code", "verify_url"} if parts(content).fixed.get("check") else set()
    return sorted({*slots_of(content), *frame, *checked})


def qr_svg(url: str) -> str:
    """Return a web address as a QR code (ISO/IEC 18004) in SVG. The mask is fixed: that makes it four times quicker."""
    if not URL.fullmatch(url):
        raise Refusal("A link of a notice is no web address.", "Check FORTHWITH_PUBLIC_URL.")
    out = io.BytesIO()
    segno.make_qr(url, error="m", mask=3, boost_error=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()
