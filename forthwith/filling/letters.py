"""Letters: up to fifty recipients in one typst run, each with its own address window, barcodes and page count."""

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pikepdf

from forthwith.filling import barcodes, typesetting
from forthwith.filling.barcodes import Mailer
from forthwith.filling.content import isolated, parts, prepared, slots_of
from forthwith.settings import settings
from models import Refusal

PLAIN, LARGE = 11, 18  # points
SIZES = {"plain": PLAIN, "large": LARGE}
BATCH = 50  # more in one run is no quicker, and costs memory: typst keeps what it made in its last ten runs
ADDRESS_LINES = 7
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One recipient's letter: the approved wording and the fields. Holds personal data: never log it.

    `post` is for the envelope: `delivery` (its id), `country` and `postcode`. Without it nothing but words is printed.
    `size`: of the words, in points; what the envelope's window shows keeps its own.
    """

    content: bytes
    slots: Mapping[str, str]
    post: Mapping[str, str] = field(default_factory=dict)
    size: int = PLAIN


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
    """Typeset letters in one typst run; again where one has another number of pages than letters of its wording had.

    A mark says `page of pages`, and only typesetting tells how many those are.
    """
    layout, data = _document(letters)
    made = typesetting.compile(layout, data, timestamp=timestamp)
    if layout != "letter.typ" or not any(one.post for one in letters):
        return made
    found = page_counts(made)
    if len(found) != len(letters):
        raise Refusal("A letter's wording needs one title, no more.", "Mend the opening block.")
    if all(n in lengths(one.content) for one, n in zip(letters, found, strict=True)):
        return made
    for one, n in zip(letters, found, strict=True):
        lengths(one.content).add(n)
    return typesetting.compile(layout, _document(letters)[1], timestamp=timestamp)


def _document(letters: list[Letter]) -> tuple[str, dict[str, Any]]:
    """Return the layout of letters, and their data for typst."""
    keys = {content: str(i) for i, content in enumerate(dict.fromkeys(one.content for one in letters))}
    variants = {key: parts(content).fixed for content, key in keys.items()}
    layouts = {str(variant.get("layout", "letter.typ")) for variant in variants.values()}
    if len(layouts) > 1 or (len(letters) > 1 and layouts != {"letter.typ"}):
        raise Refusal("Reports are typeset one by one.", "Cut the batch.")
    told = [_data(one, keys[one.content]) | _codes(one) | {"size": one.size} for one in letters]
    return layouts.pop(), {"variants": variants, "letters": told}


@lru_cache(maxsize=256)
def lengths(content: bytes) -> set[int]:  # noqa: ARG001
    """Return how many pages letters of a wording may have: one or two, and what was found as they were typeset."""
    return {1, 2}  # a mark more costs a twentieth of typesetting a letter again


def page_counts(pdf: bytes) -> list[int]:
    """Return how many pages each letter of a run has: each begins with its title in the outline."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        index = {page.obj.objgen: n for n, page in enumerate(opened.pages)}
        starts, entry = list[int](), opened.Root.get("/Outlines", pikepdf.Dictionary()).get("/First")
        while entry is not None:
            starts.append(index[entry.Dest[0].objgen])
            entry = entry.get("/Next")
        return [b - a for a, b in pairwise([*(starts or [0]), len(index)])]


def _codes(letter: Letter) -> dict[str, Any]:
    """Return the barcodes of one letter: a mark for each page, by `page/pages`, and the post's own."""
    if not letter.post:
        return {}
    delivery = uuid.UUID(letter.post["delivery"])
    marks = {
        f"{page}/{pages}": barcodes.mark(delivery, page, pages)
        for pages in lengths(letter.content)
        for page in range(1, pages + 1)
    }
    code = barcodes.post_code(letter.post, mailer())
    drawn = dict(zip(("svg", "width", "height"), barcodes.post_svg(code), strict=True)) if code else None
    return {"marks": marks, "post": drawn}


def post_data(post: Mapping[str, str]) -> str:
    """Return what the post's barcode of a letter says, for the manifest; empty where it has none."""
    code = barcodes.post_code(post, mailer())
    return code.data if code else ""


def mailer() -> Mailer:
    """Return who we are to the USPS, as the settings say."""
    return Mailer(settings().usps_mailer_id, settings().usps_service_type)


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
    return {"typed": url.split("#")[0].split("://")[-1], "qr": barcodes.qr_svg(url)}


@lru_cache(maxsize=256)
def _needed(content: bytes) -> list[str]:
    """Return the slots that a letter needs: the wording's own, and those of the frame."""
    frame = {"addressee", "address", "date", "reference"}
    checked = {"code", "verify_url"} if parts(content).fixed.get("check") else set()
    return sorted({*slots_of(content), *frame, *checked})
