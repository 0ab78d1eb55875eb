"""Mails in a folder become signals once, whoever looks and however often; nothing of them is readable in a row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from flows import minute
from forthwith import db
from forthwith.detection.dropping import Dropped, drop, take_mail
from forthwith.detection.sealing import opened
from forthwith.settings import settings
from models import Refusal, Signal

MAIL = (
    "From: Ada Lovelace <ada.lovelace@example.com>\nTo: dpo@example.com\nSubject: Lovelace file lost =1+1\n"
    "Date: Wed, 18 Nov 2026 07:40:00 +0100\nMessage-ID: <one@example.com>\nContent-Type: text/plain; charset=utf-8\n\n"
    "The file of Grace Hopper lay in the train.\n"
)


@pytest.fixture
def folder(fresh: str, tmp_path: Path) -> Path:
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "one.eml").write_text(MAIL)
    return tmp_path / "mails"


def signals() -> list[Signal]:
    with db.session() as session:
        return list(session.exec(select(Signal)).all())


def test_a_mail_becomes_a_sealed_signal_and_moves_to_done(folder: Path) -> None:
    assert drop(folder) == Dropped(taken=1, new=1)
    [signal] = signals()
    assert (signal.source, signal.title) == ("mail", "Report by e-mail")
    assert signal.hints["suggests"] == {"clocks.detected_at": "2026-11-18T06:40:00Z"}
    clear = str({name: value for name, value in signal.model_dump().items() if name not in ("sealed", "wrapped_key")})
    assert [word for word in ("Lovelace", "Hopper", "example.com", "train") if word in clear] == []
    with db.session() as session:
        told = opened(session, signal)
    assert (told["subject"], told["what"]) == (
        "Lovelace file lost =1+1",
        "The file of Grace Hopper lay in the train.\n",
    )
    assert [path.name for path in folder.rglob("*.eml")] == ["one.eml"]
    assert (folder / "done" / "one.eml").exists()


def test_looked_at_again_or_dropped_again_it_is_the_same_signal(folder: Path) -> None:
    drop(folder)
    assert drop(folder) == Dropped()
    (folder / "one.eml").write_text(MAIL)
    assert drop(folder) == Dropped(taken=1, new=0)
    assert len(signals()) == 1
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["one-1.eml", "one.eml"]


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("two.msg", b"\xd0\xcf\x11\xe0", "no .eml"), ("two.eml", b"\x00\xff\xfe", "no mail"), ("two.eml", b"", "no mail"),
    ("two.eml", b"just words\n", "no mail"), ("list.csv", b"Ada Lovelace", "no .eml"),
])  # fmt: skip
def test_what_is_no_mail_is_refused_with_its_reason_beside_it(
    folder: Path, name: str, content: bytes, reason: str
) -> None:
    (folder / name).write_bytes(content)
    assert drop(folder) == Dropped(taken=1, new=1, refused=1)
    told = (folder / "refused" / f"{name}.txt").read_text()
    assert reason in told
    assert "Lovelace" not in told
    assert (folder / "refused" / name).read_bytes() == content


def test_a_link_is_not_followed_and_an_unfinished_file_is_left(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.eml").write_text(MAIL.replace("one@", "two@"))
    (folder / "link.eml").symlink_to(tmp_path / "secret.eml")
    (folder / "three.eml.part").write_text(MAIL)
    assert drop(folder) == Dropped(taken=1, new=1, refused=1)
    assert (tmp_path / "secret.eml").exists()
    assert (folder / "three.eml.part").exists()


def test_attachments_are_counted_and_not_kept(session: Session) -> None:
    mail = (
        b"From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
        b"Content-Type: text/plain\n\nhello\n--x\nContent-Type: text/csv\nContent-Disposition: attachment; "
        b"filename=Lovelace.csv\n\nAda Lovelace\n--x--\n"
    )
    signal, _ = take_mail(session, mail)
    assert (signal.title, signal.hints["details"]) == ("Report by e-mail, 1 attachment", {"attachments": 1})
    assert "Lovelace" not in str(opened(session, signal))


def test_the_minute_looks_only_where_a_setting_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert minute.drop() == 0
    monkeypatch.setattr(settings(), "intake_drop", folder)
    assert [minute.drop() for _ in range(2)] == [1, 0]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no folder"):
        drop(tmp_path / "nowhere")


HEAD = b"From: a@example.com\nMessage-ID: <m>\n"


@given(rest=st.binary(max_size=200))
def test_any_bytes_are_a_mail_or_refused(rest: bytes) -> None:
    from forthwith.detection import dropping

    for raw in (rest, HEAD + rest, HEAD + b"Content-Type: " + rest, HEAD + b"Date: " + rest + b"\n\nx"):
        try:
            message = dropping._parsed(raw)
        except Refusal:
            continue
        assert all(isinstance(text, str) for text in dropping._written(message).values())
        assert isinstance(dropping._sent(message), str)
        assert dropping._attachments(message) >= 0
