"""The print file: what a mailing house gets, and what it hands back."""

import csv
import io
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forthwith.channels.print_file import MANIFEST, PDF, PrintFile
from forthwith.channels.print_file.manifest import Letter, cell, merged, places
from models import Accepted, Message, Refusal, Refused


def sized(pages: int, width: int) -> bytes:
    """Return a PDF whose page width tells whose it is."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(width, 842))
        made.save(out)
    return out.getvalue()


def letter(key: str, postcode: str, country: str = "DE", *, pages: int = 1, width: int = 500) -> Message:
    return Message(
        key=key, medium="letter", to="1 Road", attachment=sized(pages, width),
        extra={"postcode": postcode, "country": country},
    )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> PrintFile:
    return PrintFile(tmp_path / "print")


def batch_of(house: PrintFile) -> Path:
    (found,) = house.folder.glob("letters-*")
    return found


def rows(house: PrintFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((batch_of(house) / MANIFEST).read_text())))


LETTERS = [
    letter("k-fr", "75001", "FR", width=501), letter("k-de-9", "99999", width=502),
    letter("k-de-1", "10115", pages=3, width=503), letter("k-de-1b", "10115", pages=1, width=504),
]  # fmt: skip


def test_letters_are_sorted_as_a_mailing_house_wants_them(house: PrintFile) -> None:
    outcomes = house.send_many(LETTERS)
    assert [row["delivery"] for row in rows(house)[:-1]] == ["k-de-1b", "k-de-1", "k-de-9", "k-fr"]
    name = batch_of(house).name
    assert outcomes == [Accepted(f"{name}#{seq}") for seq in (4, 3, 2, 1)]


def test_every_page_is_where_the_manifest_says(house: PrintFile) -> None:
    house.send_many(LETTERS)
    widths = {"k-fr": 501, "k-de-9": 502, "k-de-1": 503, "k-de-1b": 504}
    with pikepdf.open(batch_of(house) / PDF) as whole:
        for row in rows(house)[:-1]:
            for page in range(int(row["page_from"]), int(row["page_to"]) + 1):
                assert int(whole.pages[page - 1].mediabox[2]) == widths[row["delivery"]]
        assert len(whole.pages) == int(rows(house)[-1]["page_to"]) == 6


def hash_of(house: PrintFile, row: dict[str, str]) -> str:
    """Return the hash of a letter's pages, as a mailing house would compute it from what it was handed."""
    found = sha256()
    with pikepdf.open(batch_of(house) / PDF) as whole:
        for page in whole.pages[int(row["page_from"]) - 1 : int(row["page_to"])]:
            found.update(repr([float(side) for side in page.mediabox]).encode())
            contents = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
            for part in contents:
                found.update(part.read_bytes())
    return found.hexdigest()


def test_the_totals_and_the_hashes_are_right(house: PrintFile) -> None:
    house.send_many(LETTERS)
    *letters, total = rows(house)
    assert (total["seq"], total["sheets"], total["delivery"]) == ("total", "5", "4")
    assert total["sha256"] == sha256((batch_of(house) / PDF).read_bytes()).hexdigest()
    assert {row["delivery"]: row["sha256"] for row in letters} == {
        row["delivery"]: hash_of(house, row) for row in letters
    }
    assert [row["sheets"] for row in letters] == ["1", "2", "1", "1"]


def test_the_same_letters_again_are_the_same_batch(house: PrintFile) -> None:
    first = house.send_many(LETTERS)
    again = house.send_many(list(reversed(LETTERS)))
    assert again == list(reversed(first))
    assert len(list(house.folder.iterdir())) == 1


def test_the_same_letters_give_the_same_bytes(house: PrintFile, tmp_path: Path) -> None:
    house.send_many(LETTERS)
    other = PrintFile(tmp_path / "other")
    other.send_many(LETTERS)
    assert (batch_of(house) / PDF).read_bytes() == (batch_of(other) / PDF).read_bytes()


def test_a_letter_that_is_no_pdf_is_refused_and_the_others_go(house: PrintFile) -> None:
    broken = Message(key="bad", medium="letter", to="x", attachment=b"%PDF-1.7 nothing")
    outcomes = house.send_many([LETTERS[0], broken])
    assert isinstance(outcomes[0], Accepted)
    assert outcomes[1] == Refused("there is no letter that can be printed", permanent=True)
    assert isinstance(house.send(broken), Refused)
    assert places(b"") == []


def test_a_batch_that_was_cut_off_is_no_batch(house: PrintFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("forthwith.channels.files.os.rename", fail)
    outcomes = house.send_many(LETTERS)
    assert set(outcomes) == {Refused("the disk is full", permanent=False, stop=True)}
    assert all(house.look_up(one.key) == Refused("the letter is in no print file", permanent=False) for one in LETTERS)
    assert list(house.folder.iterdir()) == []


def test_the_folder_tells_which_batch_has_a_letter(house: PrintFile) -> None:
    house.send_many(LETTERS[:2])
    house.send_many(LETTERS[2:])
    assert isinstance(house.look_up("k-de-1"), Accepted)
    assert isinstance(house.look_up("k-de"), Refused), "half a key is no key"


@given(some.text(max_size=30))
def test_no_field_is_taken_for_a_formula_or_breaks_its_line(text: str) -> None:
    shown = cell(text)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\n" not in shown
    assert "\r" not in shown


@settings(max_examples=20, deadline=None)
@given(
    some.lists(
        some.tuples(some.integers(1, 4), some.sampled_from(["", "1", "=cmd()", "10115"])), min_size=1, max_size=8
    )
)
def test_pages_and_sheets_always_add_up(shapes: list[tuple[int, str]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        house = PrintFile(Path(folder))
        house.send_many([letter(f"k{i}", code, pages=pages) for i, (pages, code) in enumerate(shapes)])
        *letters, total = rows(house)
        spans = [(int(row["page_from"]), int(row["page_to"])) for row in letters]
        assert spans[0][0] == 1
        assert all(after[0] == before[1] + 1 for before, after in pairwise(spans))
        assert int(total["page_to"]) == sum(pages for pages, _ in shapes)
        assert int(total["sheets"]) == sum((pages + 1) // 2 for pages, _ in shapes)


def test_merging_keeps_every_page() -> None:

    whole, hashes = merged([Letter("a", "", "", sized(2, 400), 0, 2), Letter("b", "", "", sized(3, 400), 0, 3)])
    assert places(whole) == [(0, 5)]
    assert len(set(hashes)) == 2


def returned(house: PrintFile, text: str) -> list[tuple[str | None, str, str]]:
    return [(event.key, event.event, event.state) for event in house.returned(text.encode())]


def test_a_return_file_speaks_of_deliveries_or_of_places_in_a_batch(house: PrintFile) -> None:
    house.send_many(LETTERS)
    name = batch_of(house).name
    head = "delivery,batch,seq,status,at,reason\nk-fr,,,mailed,2026-11-21,\n"
    text = f"{head},{name},1,returned,2026-11-25T10:00:00,Moved\n"
    assert returned(house, text) == [("k-fr", "mailed", "accepted"), ("k-de-1b", "returned", "returned")]


def test_a_reason_is_kept_only_where_it_is_a_code(house: PrintFile) -> None:
    text = 'delivery,status,reason\na,returned,Moved away\nb,returned,"Mrs. Müller, 5 Road, moved"\n'
    assert [dict(event.detail) for event in house.returned(text.encode())] == [{"code": "moved_away"}, {}]


@pytest.mark.parametrize(
    ("text", "what"),
    [("delivery,status\na,mailed\nb,lost\n", "Line 3"), ("delivery,status,at\na,mailed,yesterday\n", "Line 2"),
     ("delivery,batch,seq,status\n,letters-x,9,mailed\n", "Line 2"), ("delivery\na\n", "no column"), ("", "no column")],
)  # fmt: skip
def test_a_bad_return_file_is_refused_at_its_first_bad_line(house: PrintFile, text: str, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        house.returned(text.encode())


def test_a_return_file_in_another_encoding_is_refused(house: PrintFile) -> None:
    with pytest.raises(Refusal, match="UTF-8"):
        house.returned("delivery,status\nÄ,mailed".encode("utf-16"))


def typeset_together(n: int) -> bytes:
    """Return a PDF of `n` letters as typst makes it: a title each, in the outline; every second has two pages."""
    import typst

    source = "\n#pagebreak()\n".join(
        f"= Notice {i}\nText\n" + ("#pagebreak()\nMore\n" if i % 2 else "") for i in range(n)
    )
    return typst.compile(source.encode(), format="pdf")


@pytest.mark.parametrize("n", [1, 2, 7])
def test_letters_that_share_a_pdf_are_told_apart_by_their_titles(n: int) -> None:
    found = places(typeset_together(n))
    assert [pages for _, pages in found] == [1 + i % 2 for i in range(n)]
    assert [first for first, _ in found] == [sum(1 + j % 2 for j in range(i)) for i in range(n)]


def test_a_batch_in_one_pdf_is_sorted_by_post_and_keeps_each_letters_pages(house: PrintFile) -> None:
    shared = typeset_together(3)
    told = [("a", "FR", "75001"), ("b", "DE", "20457"), ("c", "DE", "04109")]
    sent = [
        Message(key=key, medium="letter", to="-", attachment=shared,
                extra={"country": country, "postcode": postcode, "place": str(place)})
        for place, (key, country, postcode) in enumerate(told)
    ]  # fmt: skip
    assert all(isinstance(one, Accepted) for one in house.send_many(sent))
    *letters, _ = rows(house)
    assert [row["delivery"] for row in letters] == ["c", "b", "a"]
    assert [int(row["page_to"]) - int(row["page_from"]) + 1 for row in letters] == [1, 2, 1]
    assert [row["sha256"] for row in letters] == [hash_of(house, row) for row in letters]


@pytest.mark.parametrize("place", ["3", "99"])
def test_a_place_that_the_pdf_does_not_have_is_refused(house: PrintFile, place: str) -> None:
    sent = Message(key="x", medium="letter", to="-", attachment=typeset_together(3), extra={"place": place})
    assert isinstance(house.send(sent), Refused)
