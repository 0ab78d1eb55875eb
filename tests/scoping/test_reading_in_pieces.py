"""Files are read and cleaned in pieces: where a piece ends changes nothing, and few rows are held at a time."""

import weakref
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forthwith.scoping.cleaning import Cleaned, clean_in_parts
from forthwith.scoping.mapping import propose
from forthwith.scoping.reading import Document, documents, parts, read, source
from forthwith.scoping.reading.document import read_source
from forthwith.scoping.reading.source import Source
from forthwith.scoping.spool import Spool, Tray, spool
from models import Refusal

Write = Callable[..., Path]
MAIL = 'From a@x.org Mon Jan  5 10:00 2026\nFrom: Ana Ruiz <ana@x.org>\nTo: bo@x.org, "Li, Cy" <cy@x.org>\n\n'
MAIL += "Body\nFrom you\n\n"
INSERT = "CREATE TABLE `p` (\n  `name` text,\n  `mail` text\n);\nINSERT INTO `p` VALUES\n"
PIECES = {
    "a.csv": [
        "name,mail\n", "Zoë Ek,z@x.org\n", '"Li\nBo","b""@x.org"\r\n', "torn\n", '"open,x\n', "\n", "a\rb,c\n", "é",
    ],
    "a.jsonl": [
        '{"name":"Zoë","mail":{"to":"z@x.org"}}\n', '{"n":1.50,"name":null}\n', "[1]\n", "{torn\n", " \n",
        '{"a":[1,"é"]}',
    ],
    "a.sql": [
        INSERT, "('Zoë','z@x.org'),\n", "('it''s',NULL);\n", "(1,'x\\n\\'y');", "('torn\n",
        "COPY q (a, b) FROM stdin;\n1\t\\N\n\\.\n",
    ],
    "a.mbox": [
        MAIL, MAIL.replace("\n", "\r\n"), "From b@x.org Mon Jan  5 10:00 2026\nSubject: none\n\n", "noise\n", "\n",
    ],
}  # fmt: skip


def told(data: bytes, name: str, step: int) -> object:
    """All that reading tells of a file, or the refusal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "STEP", step)
        try:
            found = read_source(Source.of(data, Path(name)), Spool())
        except Refusal as refused:
            return refused.what
    sheets = [
        (s.name, s.frame.to_dict(as_series=False), [(b.row, b.reason, b.text) for b in s.bad]) for s in found.sheets
    ]
    return found.sha256, found.media_type, found.encoding, sheets


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(PIECES)).flatmap(
        lambda name: st.tuples(st.just(name), st.lists(st.sampled_from(PIECES[name]), min_size=1, max_size=8))
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.integers(1, 60),
)
@example(("a.sql", [INSERT, "('Zoë','z@x.org'),\n", "('it''s',NULL);\n"]), "utf-8", 1)
@example(("a.mbox", [MAIL, MAIL.replace("\n", "\r\n"), MAIL]), "utf-8", 7)
def test_where_a_piece_ends_changes_nothing(file: tuple[str, list[str]], encoding: str, step: int) -> None:
    name, pieces = file
    data = (PIECES[name][0] + "".join(pieces)).encode(encoding)
    assert told(data, name, step) == told(data, name, 10**9)


class Counting:
    """Rows that are held at the moment, outside of the spool, and the most that ever were."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def seen(self, frame: pl.DataFrame) -> pl.DataFrame:
        self.now += frame.height
        self.most = max(self.most, self.now)
        weakref.finalize(frame, self._gone, frame.height)
        return frame

    def _gone(self, rows: int) -> None:
        self.now -= rows


def written(kind: str, rows: int) -> str:
    people = [(f"Ana{n} Ruiz", f"ana{n}@example.com") for n in range(rows)]
    if kind == "csv":
        return "name,email\n" + "".join(f"{name},{email}\n" for name, email in people)
    if kind == "jsonl":
        return "".join(f'{{"name":"{name}","email":"{email}"}}\n' for name, email in people)
    if kind == "sql":
        return "INSERT INTO p (name, email) VALUES\n" + ",\n".join(f"('{name}', '{email}')" for name, email in people)
    return "".join(f"From x Mon Jan  5 10:00 2026\nFrom: {name} <{email}>\nDate: x\n\n\n" for name, email in people)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "sql", "mbox"])
def test_few_rows_are_held_at_a_time_however_long_the_file(
    kind: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Counting()
    put, look = Tray.put, Tray.look
    monkeypatch.setattr(Tray, "put", lambda tray, frame: put(tray, count.seen(frame)))
    monkeypatch.setattr(Tray, "look", lambda tray, at: count.seen(look(tray, at)))
    for name, value in (("FEW", 75), ("MANY", 150)):
        monkeypatch.setattr(parts, name, value)
    monkeypatch.setattr(source, "STEP", 5_000)
    path = write(f"a.{kind}", written(kind, 1_200))
    with spool(in_memory=0) as rows:
        (document,) = documents(path, rows)
        assert all(part.height <= 150 for part in document.sheets[0].rows)
        assert cleaned_rows(document, rows) == 1_200
    assert count.most <= 600


def cleaned_rows(document: Document, rows: Spool) -> int:
    (sheet,) = document.sheets
    mapping = propose(sheet.rows, sheet.columns)
    return sum(part.height for part in clean_in_parts(sheet, mapping, "", Cleaned(), rows))


def test_an_endless_line_is_passed_and_only_its_beginning_is_kept(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LINE", 100), ("KEPT", 400)):
        monkeypatch.setattr(f"forthwith.scoping.reading.delimited_records.{name}", value)
    monkeypatch.setattr("forthwith.scoping.reading.delimited_columns.LINE", 100)
    monkeypatch.setattr(source, "STEP", 64)
    (sheet,) = read(write("a.csv", "name,email\nAna,a@x.org\n" + "x" * 100_000 + "\nBo,b@x.org\n")).sheets
    assert sheet.frame["name"].to_list() == ["Ana", "Bo"]
    assert [(bad.row, len(bad.text) < 600) for bad in sheet.bad] == [(1, True)]


def test_a_file_that_changes_while_it_is_read_is_refused(write: Write) -> None:
    path = write("a.csv", "name,email\nAna,a@x.org\n")
    with pytest.raises(Refusal, match=r"a\.csv changed while it was read"), source.steady(path):
        path.write_text("name,email\n")
