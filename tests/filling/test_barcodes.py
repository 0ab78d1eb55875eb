"""Barcodes: what is drawn is read again from the printed page, by zxing and by our own reading of the bars."""

import re
import uuid

import pypdfium2
import pytest
import zxingcpp
from fakes.worded import BODY, SLOTS, letter
from hypothesis import given
from hypothesis import settings as tuned
from hypothesis import strategies as some

from forthwith.filling import barcodes, letters
from forthwith.filling.barcodes import Mailer, PostCode, mark, post_code, post_svg
from forthwith.filling.letters import Letter, post_data, typeset
from forthwith.settings import settings

KEY = uuid.UUID(int=0x123456789ABCDEF0123456789ABCDEF0)
LONG = BODY + "<p>" + "Words that fill a page. " * 300 + "</p>"
SCALE = 4
USPS = Mailer("567094", "234")
HEIGHTS = (1.875, 1.25, 1.875)


def bars(svg: str) -> str:
    """Return the bars of a drawn four-state code: full, ascending, descending or tracking, by their heights."""
    top = min(float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)", svg))
    low = max(float(y) for y in re.findall(r"V([\d.]+)", svg))
    found = re.findall(r"M[\d.]+ ([\d.]+)h[\d.]+V([\d.]+)", svg)
    return "".join("FADT"[2 * (float(a) > top) + (float(b) < low)] for a, b in found)


def test_the_example_of_the_usps_has_the_published_bars() -> None:
    svg, width, height = post_svg(PostCode("USPS_IMAIL", "01234567094987654321-01234567891", (1.2, 1.25, 1.2)))
    assert bars(svg) == "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"
    assert 68 <= width <= 82.5, "20 to 24 bars an inch"
    assert 3.18 <= height <= 4.19, "0.125 to 0.165 inch"


SIXES = {"0011": 1, "0101": 2, "0110": 3, "1001": 4, "1010": 5, "1100": 0}
SIGNS = {divmod(i, 6): sign for i, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def royal_mail(read: str) -> str:
    """Return the signs of an RM4SCC code, its check last: a start bar, four bars a sign, a stop bar."""
    assert (read[0], read[-1]) == ("A", "F")
    signs = ""
    for i in range(1, len(read) - 1, 4):
        up = "".join("1" if one in "FA" else "0" for one in read[i : i + 4])
        down = "".join("1" if one in "FD" else "0" for one in read[i : i + 4])
        signs += SIGNS[((SIXES[up] - 1) % 6, (SIXES[down] - 1) % 6)]
    return signs


def test_a_published_example_of_royal_mails_code_is_read_with_its_check() -> None:
    svg, _, height = post_svg(PostCode("RM4SCC", "BX11LT1A", HEIGHTS))
    assert royal_mail(bars(svg)) == "BX11LT1AI"
    assert 4.22 <= height <= 5.84


def australia_post(read: str) -> str:
    """Return the digits of a standard customer barcode: start, two digits of format, eight of the delivery point."""
    values = ["FADT".index(one) for one in read]
    assert values[:2] == values[-2:] == [1, 3]
    assert len(read) == 37
    return "".join(str(3 * values[i] + values[i + 1]) for i in range(2, 22, 2))


@given(some.from_regex(r"[0-9]{8}", fullmatch=True))
@tuned(max_examples=30)
def test_a_delivery_point_of_australia_post_is_read_again(point: str) -> None:
    code = post_code({"country": "AU", "dpid": point}, USPS)
    assert code is not None
    assert australia_post(bars(post_svg(code)[0])) == "11" + point


def test_the_post_of_each_country_gets_its_own_code_and_no_guess() -> None:
    def said(**post: str) -> str | None:
        code = post_code({"delivery": str(KEY), **post}, USPS)
        return code and code.data

    assert said(country="US", postcode="10001-1234") == f"00234567094{KEY.int % 10**9:09d}-100011234"
    assert said(country="GB", postcode="ph21 1nl") == "PH211NL9Z"
    assert said(country="GB", postcode="PH21 1NL", dps="1A") == "PH211NL1A"
    for none in ({"country": "US", "postcode": "1000"}, {"country": "GB", "postcode": "75001"}, {"country": "AU"},
                 {"country": "DE", "postcode": "10115"}, {"postcode": "10001"}):  # fmt: skip
        assert said(**none) is None


@pytest.mark.parametrize(("mailer", "service"), [("", "234"), ("567094", ""), ("12345", "234"), ("567094", "2345")])
def test_without_a_mailer_there_is_no_intelligent_mail(mailer: str, service: str) -> None:
    assert post_code({"delivery": str(KEY), "country": "US", "postcode": "10001"}, Mailer(mailer, service)) is None


def seen(pdf: bytes) -> list[list[tuple[str, str, float, float]]]:
    """Return what a scanner finds on each page: kind, text, and its middle in mm from left and top."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_codes(page.render(scale=SCALE).to_pil()) for page in document]
    finally:
        document.close()


def _codes(picture: object) -> list[tuple[str, str, float, float]]:
    mm = SCALE * 72 / 25.4
    found = []
    for one in zxingcpp.read_barcodes(picture):  # type: ignore[arg-type]
        corners = (one.position.top_left, one.position.bottom_right)
        x, y = (sum(getattr(corner, axis) for corner in corners) / 2 / mm for axis in "xy")
        found.append((str(one.format), one.text, x, y))
    return found


def post(**more: str) -> dict[str, str]:
    return {"delivery": str(KEY), "country": "GB", "postcode": "N1 1AA", **more}


def test_every_page_says_whose_it_is_and_which_of_how_many() -> None:
    batch = [Letter(letter(LONG), SLOTS, post()), Letter(letter(), SLOTS, post(delivery=str(uuid.UUID(int=7))))]
    pages = seen(typeset(batch))
    marks = [{text for kind, text, *_ in page if kind == "Data Matrix"} for page in pages]
    assert marks[:-1] == [{f"{KEY.hex.upper()}{n:02d}{len(pages) - 1:02d}"} for n in range(1, len(pages))]
    assert len(pages) > 2
    assert marks[-1] == {f"{uuid.UUID(int=7).hex.upper()}0101"}


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_a_mark_lies_in_the_window_and_one_in_the_margin(paper: str) -> None:
    layout = envelope(paper)
    (page,) = seen(typeset([Letter(letter(paper=paper), SLOTS, post())]))
    places = sorted((x, y) for kind, _, x, y in page if kind == "Data Matrix")
    assert len(places) == 2
    (left, _), (right, down) = places
    half = layout["mark"]["size"] / 2
    assert left + half < layout["margin"]["left"]
    assert layout["window"]["left"] + half < right < layout["window"]["right"] - half
    assert layout["window"]["top"] + half < down < layout["window"]["bottom"] - half


def envelope(paper: str) -> dict[str, dict[str, float]]:
    import json

    from forthwith.filling.typesetting import LAYOUT

    found: dict[str, dict[str, float]] = json.loads((LAYOUT / "envelopes.json").read_text())[paper]
    return found


def dark(pdf: bytes, box: tuple[float, float, float, float]) -> bool:
    """Return whether anything is drawn in a box of the first page: left, top, right, bottom in mm."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[0].render(scale=SCALE).to_pil().convert("L")
    finally:
        document.close()
    mm = SCALE * 72 / 25.4
    return bool(picture.crop(tuple(round(side * mm) for side in box)).getextrema()[0] < 128)  # type: ignore[operator]


@pytest.mark.parametrize(("paper", "country", "code"), [("a4", "GB", "N1 1AA"), ("us-letter", "US", "10001")])
def test_the_posts_code_keeps_clear_of_the_address_and_the_windows_edge(
    paper: str, country: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "mailer", lambda: USPS)
    layout, slots = envelope(paper), {**SLOTS, "address": "12 High Street\nFlat 4\nNEW YORK NY 10001"}
    left, top = layout["text"]["left"], layout["text"]["top"]
    told = post_code(post(country=country, postcode=code), USPS)
    assert told is not None
    _, width, height = post_svg(told)
    pdf = typeset([Letter(letter(paper=paper), slots, post(country=country, postcode=code))])
    assert dark(pdf, (left, top, left + width, top + height))
    assert not dark(pdf, (left - 3.1, top - 0.8, left - 0.1, top + height + 1)), "1/8 inch beside it"
    assert not dark(pdf, (left + width + 0.2, top - 0.5, left + width + 3.2, top + height + 0.5))
    assert not dark(pdf, (left, top + height + 0.1, left + width, top + height + 0.9)), "0.028 inch below it"
    assert not dark(pdf, (left, top - 0.9, left + width, top - 0.1)), "and above"
    assert layout["window"]["left"] + 3.1 < left
    assert left + width + 3.1 < layout["window"]["right"]


def test_where_the_address_has_too_many_lines_for_both_the_address_goes_first() -> None:
    tall = {**SLOTS, "address": "c/o X\n12 High Street\nFlat 4\nDept\nLONDON\nN1 1AA"}
    with_code, without = (typeset([Letter(letter(), tall, post(country=one))]) for one in ("GB", "DE"))
    place = envelope("a4")["text"]
    box = (place["left"], place["top"] - 0.2, place["left"] + 45, place["top"] + 5)
    document = [pypdfium2.PdfDocument(one) for one in (with_code, without)]
    try:
        mm = SCALE * 72 / 25.4
        crops = [one[0].render(scale=SCALE).to_pil().crop(tuple(side * mm for side in box)) for one in document]
    finally:
        for one in document:
            one.close()
    assert crops[0].tobytes() == crops[1].tobytes()


def test_a_letter_that_no_machine_handles_has_no_mark() -> None:
    (page,) = seen(typeset([(letter(), SLOTS)]))
    assert [kind for kind, *_ in page] == ["QR Code"]


def test_the_manifest_gets_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert post_data(post()) == "N11AA9Z"
    assert post_data(post(country="DE")) == ""
    monkeypatch.setenv("FORTHWITH_USPS_MAILER_ID", "567094")
    monkeypatch.setenv("FORTHWITH_USPS_SERVICE_TYPE", "234")
    settings.cache_clear()
    assert post_data(post(country="US", postcode="10001")).startswith("00234567094")
    settings.cache_clear()


def test_marks_are_alike_for_alike_and_differ_by_page() -> None:
    assert mark(KEY, 1, 2) == mark(KEY, 1, 2) != mark(KEY, 2, 2)
    assert len({len(row) for row in barcodes._drawn(barcodes.zint.Symbology.DATAMATRIX, "A" * 36)}) == 1
