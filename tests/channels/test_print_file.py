"""The print file: what a mailing house gets, and what it hands back."""

import csv
import io
import json
import os
import subprocess
import sys
import uuid
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forthwith.channels.print_file import MANIFEST, PDF, TICKET, TICKET_TEXT, PrintFile
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
        assert len(whole.pages) == int(rows(house)[-1]["page_to"]) == 10, "each letter begins on a sheet of its own"
        assert all(int(row["page_from"]) % 2 for row in rows(house)[:-1])


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
        assert all(after[0] == before[1] + 1 + before[1] % 2 for before, after in pairwise(spans))
        assert sum(last - first + 1 for first, last in spans) == sum(pages for pages, _ in shapes)
        assert int(total["sheets"]) == sum((pages + 1) // 2 for pages, _ in shapes)


@pytest.mark.parametrize(("duplex", "pages"), [(True, 6), (False, 5)])
def test_merging_keeps_every_page(duplex: bool, pages: int) -> None:
    two, three = Letter("a", "", "", sized(2, 400), 0, 2), Letter("b", "", "", sized(3, 400), 0, 3)
    whole, hashes = merged([two, three], duplex=duplex)
    assert places(whole) == [(0, pages)]
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
     ("delivery,batch,seq,status\n,letters-x,9,mailed\n", "Line 2"), ("delivery\na\n", "no column"), ("", "no column"),
     ("delivery,status\na,lost\nb,mailed\n,mailed\n", "Line 2: unknown status; line 4: names no letter of ours"),
     ("mark,status\n0123,returned\n", "Line 2: names no letter"),
     ("delivery,status\n" + "a,lost\n" * 14, "line 11: unknown status; and 4 more")],
)  # fmt: skip
def test_a_bad_return_file_is_refused_with_each_bad_line(house: PrintFile, text: str, what: str) -> None:
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


def ticket_of(house: PrintFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((batch_of(house) / TICKET).read_text())
    return found


def test_a_job_ticket_says_all_that_a_mailing_house_must_know(house: PrintFile) -> None:
    house.send_many([letter(str(i), "10115", pages=1 + i % 3, width=595) for i in range(5)])
    told, folder = ticket_of(house), batch_of(house)
    assert told["job"] == folder.name
    assert told["counts"] == {
        "letters": 5, "sheets": 6, "pages_in_file": 12, "letters_by_sheets": {"1": 4, "2": 1},
        "letters_by_country": {"DE": 5},
    }  # fmt: skip
    assert {file["name"]: file["sha256"] for file in told["files"]} == {
        name: sha256((folder / name).read_bytes()).hexdigest() for name in (PDF, MANIFEST)
    }
    (paper,) = told["paper"]
    assert paper["size"] == "a4"
    assert "window" in paper["envelope"]
    assert told["print"]["sides"].startswith("duplex")
    assert told["contact"]["email"]
    with pikepdf.open(folder / PDF) as whole:
        assert len(whole.pages) == told["counts"]["pages_in_file"]


def test_the_ticket_for_people_says_what_the_one_for_machines_does(house: PrintFile) -> None:
    house.send_many(LETTERS)
    text = (batch_of(house) / TICKET_TEXT).read_text()

    def leaves(value: Any) -> list[str]:
        if isinstance(value, dict | list):
            return [leaf for one in (value.values() if isinstance(value, dict) else value) for leaf in leaves(one)]
        return [str(value)]

    assert all(leaf in text for leaf in leaves(ticket_of(house)))
    assert not any(code in text for code in ("75001", "10115")), "a ticket names nobody, and nobody's place"


def test_printed_on_one_side_every_page_is_a_sheet(tmp_path: Path) -> None:
    house = PrintFile(tmp_path, duplex=False)
    house.send_many(LETTERS)
    *letters, total = rows(house)
    assert [row["sheets"] for row in letters] == ["1", "3", "1", "1"]
    assert ticket_of(house)["counts"]["sheets"] == int(total["sheets"]) == int(total["page_to"]) == 6
    assert ticket_of(house)["print"]["sides"] == "simplex"


def test_nobodys_letter_begins_on_the_back_of_anothers(house: PrintFile) -> None:
    house.send_many(LETTERS)
    with pikepdf.open(batch_of(house) / PDF) as whole:
        backs = [int(row["page_to"]) for row in rows(house)[:-1] if int(row["page_to"]) % 2]
        assert len(backs) == 4
        assert all(whole.pages[page].Contents.read_bytes() == b"" for page in backs), (
            "the back of an odd last page is blank"
        )


def test_a_return_file_may_name_the_mark_that_was_scanned(house: PrintFile) -> None:
    key = str(uuid.UUID(int=77))
    text = f"mark,status\n{uuid.UUID(int=77).hex.upper()}0102,returned\n"
    assert returned(house, text) == [(key, "returned", "returned")]


def test_the_same_return_file_again_tells_the_same_events(house: PrintFile) -> None:
    text = "delivery,status,at\na,mailed,2026-11-21\nb,returned,\n"
    assert house.returned(text.encode()) == house.returned(text.encode())


MANY = """
import sys, uuid
from forthwith.channels.print_file import PrintFile
from forthwith.filling.letters import BATCH, Letter, typeset
from fakes.worded import SLOTS, letter
from models import Message
from pathlib import Path
house, content, seen = PrintFile(Path(sys.argv[1])), letter(), []
SIZE = BATCH // 2
for n in range(int(sys.argv[2])):
    keys = [str(uuid.UUID(int=n * SIZE + i + 1)) for i in range(SIZE)]
    slots = [{**SLOTS, "name": f"Name {key}", "addressee": f"Name {key}"} for key in keys]
    post = [{"delivery": key, "country": "GB", "postcode": f"N{i % 9 + 1} 1AA"} for i, key in enumerate(keys)]
    pdf = typeset([Letter(content, *one) for one in zip(slots, post, strict=True)])
    sent = [Message(key, "letter", "-", attachment=pdf, extra={**p, "place": str(i)}) for i, (key, p) in
            enumerate(zip(keys, post, strict=True))]
    assert all(type(one).__name__ == "Accepted" for one in house.send_many(sent))
    seen.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20)
print(max(seen[11:16]), max(seen[-4:]))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_batches(tmp_path: Path) -> None:
    """600 letters: typst keeps what it made in its last ten runs, so memory is compared after these."""
    paths = os.pathsep.join(
        [str(Path(__file__).parents[1]), str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    )
    told = subprocess.run(
        [sys.executable, "-c", MANY, str(tmp_path), "24"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": paths},
    ).stdout.split()  # fmt: skip
    early, late = map(float, told)
    assert late < early * 1.15 + 10
    assert late < 700
    assert len(list(tmp_path.glob("letters-*"))) == 24
