import json
import re
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from fakes.worded import BODY, SLOTS, letter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.filling.barcodes import qr_svg
from forthwith.filling.content import CLOSE, OPEN, prepared, slot
from forthwith.filling.letters import LARGE, PLAIN, Letter, SomeUnprintable, page_counts, typeset
from forthwith.filling.typesetting import LAYOUT, Unprintable
from models import Refusal

MM = 72 / 25.4
LONG = BODY + "<p>" + "Words that fill a page. " * 400 + "</p>"


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def flat(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(pages(pdf)))


def picture(pdf: bytes, page: int = 0):  # type: ignore[no-untyped-def]
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=3).to_pil()
    finally:
        document.close()


def test_a_letter_carries_its_recipient_its_words_and_its_code() -> None:
    text = flat(typeset([(letter(), SLOTS)]))
    for said in ("Zoë O'Neil", "12 High Street", "Notice of Data Breach", "Somebody broke in.", "ABCD-EFGH",
                 "22 November 2026", "notice.example.com/verify", "2026-001", "Page 1 / 1"):  # fmt: skip
        assert said in text


def test_the_square_code_of_the_printed_page_leads_to_the_page_where_it_is_checked() -> None:
    found = zxingcpp.read_barcodes(picture(typeset([(letter(), SLOTS)])))
    assert [one.text for one in found] == [SLOTS["verify_url"]]


def test_a_letter_says_that_it_is_pdf_a_3a_and_pdf_ua_1_and_is_tagged() -> None:
    with pikepdf.open(BytesIO(typeset([(letter(), SLOTS)]))) as pdf:
        xmp = bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert re.search(r"pdfaid:part>3<", xmp)
        assert re.search(r"pdfaid:conformance>A<", xmp)
        assert re.search(r"pdfuaid:part>1<", xmp)
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "Notice of Data Breach" in xmp


def test_every_font_is_embedded() -> None:
    with pikepdf.open(BytesIO(typeset([(letter(), SLOTS)]))) as pdf:
        found = [
            one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
        ]
        assert found
        assert all({"/FontFile2", "/FontFile3"} & set(one.keys()) for one in found)


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_the_whole_address_lies_in_the_envelopes_window(paper: str) -> None:
    slots = {**SLOTS, "address": "c/o Northern Property Management\n12 High Street\nFlat 4\nLONDON\nN1 1AA"}
    document = pypdfium2.PdfDocument(typeset([(letter(paper=paper), slots)]))
    window = json.loads((LAYOUT / "envelopes.json").read_text())[paper]["window"]
    try:
        page = document[0]
        text, height = page.get_textpage(), page.get_height()
        for line in ("Zoë O'Neil", *slots["address"].split("\n")):
            index, count = text.search(line).get_next()
            boxes = [text.get_charbox(index + i) for i in range(count)]
            left, right = min(box[0] for box in boxes) / MM, max(box[2] for box in boxes) / MM
            top, bottom = (height - max(box[3] for box in boxes)) / MM, (height - min(box[1] for box in boxes)) / MM
            assert window["left"] < left < right < window["right"]
            assert window["top"] < top < bottom < window["bottom"]
    finally:
        document.close()


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("us-letter", (612, 792))])
def test_the_paper_is_the_wordings(paper: str, size: tuple[int, int]) -> None:
    document = pypdfium2.PdfDocument(typeset([(letter(paper=paper), SLOTS)]))
    try:
        assert tuple(round(side) for side in document[0].get_size()) == size
    finally:
        document.close()


def test_the_body_begins_below_the_window() -> None:
    document = pypdfium2.PdfDocument(typeset([(letter(), SLOTS)]))
    try:
        text = document[0].get_textpage()
        index, _ = text.search("Notice of Data Breach").get_next()
        assert (document[0].get_height() - text.get_charbox(index)[3]) / MM > 90
    finally:
        document.close()


def test_words_are_never_smaller_than_ten_point() -> None:
    document = pypdfium2.PdfDocument(typeset([(letter(), SLOTS)]))
    try:
        text = document[0].get_textpage()
        index, count = text.search("Somebody broke in").get_next()
        heights = [text.get_charbox(index + i, loose=True) for i in range(count)]
        assert max(box[3] - box[1] for box in heights) >= 10
    finally:
        document.close()


def test_pages_are_counted_for_each_letter_by_itself() -> None:
    found = pages(typeset([(letter(), SLOTS), (letter(LONG), SLOTS), (letter(), SLOTS)]))
    footers = [re.search(r"Page (\d+) / (\d+)", page).groups() for page in found]  # type: ignore[union-attr]
    assert footers[0] == ("1", "1")
    assert footers[-1] == ("1", "1")
    middle = footers[1:-1]
    assert len(middle) > 1
    assert middle == [(str(n), str(len(middle))) for n in range(1, len(middle) + 1)]


def test_the_same_letters_give_the_same_bytes() -> None:
    batch = [(letter(), SLOTS), (letter(paper="us-letter"), SLOTS)]
    assert typeset(batch) == typeset(batch)


def test_a_letter_reads_the_same_alone_and_in_a_batch() -> None:
    others = [{**SLOTS, "name": f"Name {n}", "addressee": f"Name {n}", "code": f"ABCD-EF{n:02d}"} for n in range(12)]
    together = pages(typeset([(letter(), one) for one in others]))
    assert [pages(typeset([(letter(), one)]))[0] for one in others[:4]] == together[:4]
    for n, page in enumerate(together):
        assert f"Name {n}" in page
        assert not any(f"ABCD-EF{m:02d}" in page for m in range(12) if m != n)


@pytest.mark.parametrize("name", ["山田太郎", "สมชาย", "😀", "김철수"])
def test_a_name_that_no_font_covers_is_refused_for_this_letter_alone(name: str) -> None:
    good, bad = (letter(), SLOTS), (letter(), {**SLOTS, "name": name})
    with pytest.raises(Unprintable) as one:
        typeset([bad])
    assert one.value.what.startswith("a character can't be printed")
    assert not set(name) & set(str(one.value))
    with pytest.raises(SomeUnprintable) as some:
        typeset([good, bad, good])
    assert list(some.value.why) == [1]
    assert isinstance(some.value.why[1], Unprintable)


@pytest.mark.parametrize(
    "name", ["Иван Петров", "Ελένη Παπαδοπούλου", "Łukasz Żółć", "Nguyễn Thị Hồng", "José Muñoz", "Þórdís"]
)
def test_names_in_latin_greek_and_cyrillic_are_printed(name: str) -> None:
    assert name in flat(typeset([(letter(), {**SLOTS, "name": name})]))


@pytest.mark.parametrize(
    "attack",
    ['#read("/etc/passwd")', "#panic()", "$ sum $", "*bold* _it_ = H", "@ref <label>", "`raw`", "\\ # \\u{41}",
     "{{ 7*7 }}",      "<b>x</b>", "//c", "/* c */", "#import \"@preview/x:1.0.0\"", "~a --- b ..."],
)  # fmt: skip
def test_a_hostile_name_is_printed_as_it_is_written(attack: str) -> None:
    shown = flat(typeset([(letter(), {**SLOTS, "name": attack})]))
    assert f"Dear {attack}," in shown
    assert "root:" not in shown


@given(
    st.text(
        st.characters(max_codepoint=0x24F, exclude_categories=("Cc", "Cs", "Cn", "Co", "Cf", "Zs")),
        min_size=1,
        max_size=24,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_latin_name_is_printed_or_refused_and_never_run(name: str) -> None:
    try:
        shown = flat(typeset([(letter(f"<p>X{slot('name')}X</p>"), {**SLOTS, "name": name})]))
    except Unprintable:
        return
    wanted = prepared({"language": "en"}, {"name": name})["name"]
    assert re.sub(r"\s|\u00ad|\ufffe|-", "", f"X{wanted}X") in re.sub(r"\s|\u00ad|\ufffe|-", "", shown)


@pytest.mark.parametrize("address", ["", "  \n ", "\n".join(f"line {n}" for n in range(9))])
def test_an_address_that_does_not_fit_the_window_is_refused(address: str) -> None:
    with pytest.raises(Refusal, match="for the window"):
        typeset([(letter(), {**SLOTS, "address": address})])


def test_a_sentinel_in_a_field_is_refused() -> None:
    with pytest.raises(Refusal, match="reserved"):
        typeset([(letter(), {**SLOTS, "name": f"{OPEN}code{CLOSE}"})])


def test_a_missing_field_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="lacks verify_url"):
        typeset([(letter(), {name: value for name, value in SLOTS.items() if name != "verify_url"})])


@pytest.mark.parametrize("size", [0, 51])
def test_a_batch_holds_one_to_fifty_letters(size: int) -> None:
    with pytest.raises(Refusal, match="1 to 50"):
        typeset([(letter(), SLOTS)] * size)


def test_a_letter_without_a_check_needs_no_code() -> None:
    slots = {name: value for name, value in SLOTS.items() if name not in ("code", "verify_url")}
    text = flat(typeset([(letter(check=None), slots)]))
    assert "Is this notice real?" not in text


def test_a_letters_repr_shows_no_personal_data() -> None:
    assert "Neil" not in repr(Letter(letter(), SLOTS))


def test_a_german_letter_says_so_to_a_screen_reader() -> None:
    with pikepdf.open(BytesIO(typeset([(letter(language="de"), SLOTS)]))) as pdf:
        assert str(pdf.Root.Lang) == "de"


def test_a_square_code_is_made_of_web_addresses_alone() -> None:
    with pytest.raises(Refusal, match="no web address"):
        qr_svg("javascript:alert(1)")
    assert qr_svg("https://a.example/verify").startswith("<svg")


def test_a_report_is_typeset_alone_and_without_a_window() -> None:
    content = letter(check=None, layout="filing.typ")
    slots = {**SLOTS, "address": ""}
    assert "Somebody broke in." in flat(typeset([(content, slots)]))
    with pytest.raises(Refusal, match="one by one"):
        typeset([(content, slots), (content, slots)])


def test_letters_of_both_sizes_in_one_run_keep_their_own_pages_and_the_window_its_size() -> None:
    post = {"delivery": "00000000-0000-0000-0000-000000000007", "country": "DE", "postcode": "10115"}
    content = letter(BODY + "<p>" + "Words that fill a page. " * 120 + "</p>")
    both = typeset([Letter(content, SLOTS, post, LARGE), Letter(content, SLOTS, post)])
    told = [re.search(r"Page (\d / \d)", page)[1] for page in pages(both)]
    assert told == ["1 / 3", "2 / 3", "3 / 3", "1 / 2", "2 / 2"]
    assert page_counts(both) == [3, 2]
    with pypdfium2.PdfDocument(both) as opened:
        large, plain = (sizes(opened[n], "12 High Street") for n in (0, 3))
        assert large == plain, "a machine reads the window"
        assert sizes(opened[0], "Somebody broke in.") == {LARGE}
        assert sizes(opened[3], "Somebody broke in.") == {PLAIN}


def sizes(page: pypdfium2.PdfPage, words: str) -> set[float]:
    """Return the sizes in which some words of a page are set, in points."""
    text = page.get_textpage()
    at, count = text.search(words).get_next()
    return {round(pypdfium2.raw.FPDFText_GetFontSize(text.raw, n), 1) for n in range(at, at + count)}
