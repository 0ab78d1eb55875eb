"""The file outbox: whole files or none, and the same delivery once."""

import email
import errno
import os
import stat
from dataclasses import replace
from email.message import Message as Mail
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forthwith.channels import files
from forthwith.channels.mime import mime, one_line, plausible
from forthwith.channels.outbox import Outbox
from models import Accepted, Message, Refused, Unknown

KEY = "0199a0b0-0000-7000-8000-000000000001"


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def mail(**more: object) -> Message:
    told: dict[str, object] = {
        "key": KEY, "medium": "email", "to": "ada@example.org", "to_name": "Ada Lovelace", "subject": "About your data",
        "text": "You were affected.\n", "html": "<p>You were affected.</p>",
    }  # fmt: skip
    return Message(**{**told, **more})  # type: ignore[arg-type]


def opened(outbox: Outbox) -> Mail:
    return email.message_from_bytes((outbox.folder / "email" / f"{KEY}.eml").read_bytes())


def test_an_email_becomes_a_file_that_a_mail_program_opens(outbox: Outbox) -> None:
    assert outbox.send(mail()) == Accepted(f"email/{KEY}.eml")
    written = opened(outbox)
    assert written["To"] == "Ada Lovelace <ada@example.org>"
    assert written["Message-ID"].startswith(f"<{KEY}@")
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in written.walk()}
    assert b"You were affected." in (parts["text/plain"] or b"")
    assert b"<p>You were affected.</p>" in (parts["text/html"] or b"")


def test_a_legal_notice_offers_no_unsubscribing_and_says_that_it_is_automatic(outbox: Outbox) -> None:
    outbox.send(mail())
    assert opened(outbox)["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in opened(outbox)


def test_the_same_message_again_is_the_same_file(outbox: Outbox) -> None:
    first = outbox.send(mail())
    before = (outbox.folder / "email" / f"{KEY}.eml").stat()
    assert outbox.send(mail()) == first
    after = (outbox.folder / "email" / f"{KEY}.eml").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_other_bytes_under_the_same_delivery_are_in_doubt_and_change_nothing(outbox: Outbox) -> None:
    outbox.send(mail())
    assert isinstance(outbox.send(mail(text="Something else.")), Unknown)
    assert b"You were affected." in (opened(outbox).get_payload(0).get_payload(decode=True) or b"")  # type: ignore[union-attr]


def test_only_the_owner_can_read_what_was_written(outbox: Outbox) -> None:
    outbox.send(mail())
    path = outbox.folder / "email" / f"{KEY}.eml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("medium", "more", "suffix"),
    [("letter", {"attachment": b"%PDF-1"}, ".pdf"), ("filing", {"attachment": b"%PDF-1"}, ".pdf"),
     ("sms", {}, ".txt"), ("voice", {}, ".txt"), ("web", {}, ".html"), ("fax", {"attachment": b"%PDF-1"}, ".pdf")],
)  # fmt: skip
def test_each_medium_becomes_what_a_person_would_open(
    outbox: Outbox, medium: str, more: dict[str, bytes], suffix: str
) -> None:
    assert outbox.send(mail(medium=medium, **more)) == Accepted(f"{medium}/{KEY}{suffix}")
    assert outbox.look_up(KEY) == Accepted(f"{medium}/{KEY}{suffix}")


def test_it_knows_what_it_never_got(outbox: Outbox) -> None:
    assert outbox.look_up(KEY) == Refused("no file was written", permanent=False)


def failing(number: int) -> object:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_full_disk_is_a_refusal_that_stops_and_leaves_no_rest(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.os, "fsync", failing(errno.ENOSPC))
    outcome = outbox.send(mail())
    assert outcome == Refused("the disk is full", permanent=False, stop=True)
    assert [path for path in outbox.folder.rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    assert isinstance(outbox.send(mail()), Accepted)


def test_a_folder_that_cant_be_written_refuses_without_naming_it(outbox: Outbox) -> None:
    outbox.folder.mkdir()
    (outbox.folder / "email").write_text("in the way")
    outcome = outbox.send(mail())
    assert outcome == Refused("the folder can't be written", permanent=False, stop=True)


def test_a_disk_that_fails_after_the_file_stands_leaves_doubt(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "sync", failing(errno.EIO))
    assert isinstance(outbox.send(mail()), Unknown)
    assert isinstance(outbox.look_up(KEY), Accepted), "asked, it tells that the file stands"


def mails(number: int) -> list[Message]:
    return [mail(key=f"00000000-0000-4000-8000-{n:012}") for n in range(number)]


def test_many_files_stand_whole_and_the_disk_was_asked_for_all_of_them(outbox: Outbox) -> None:
    told = outbox.send_many(mails(7))
    assert all(isinstance(one, Accepted) for one in told)
    assert len(list((outbox.folder / "email").iterdir())) == 7


def test_where_the_disk_does_not_confirm_all_each_file_is_asked_for(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def confirm(handle: int) -> None:
        asked.append(handle)
        if len(asked) == 2:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files, "_settled", lambda _: False)
    monkeypatch.setattr(files.os, "fsync", confirm)
    told = outbox.send_many(mails(3))
    assert [type(one) for one in told] == [Accepted, Refused, Accepted]
    assert told[1] == Refused("the disk is full", permanent=False, stop=True)
    assert len(asked) == 4, "three files and their folder"
    assert len([path for path in outbox.folder.rglob("*") if path.is_file()]) == 2


def test_a_folder_whose_names_are_not_confirmed_leaves_all_in_doubt(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.os, "fsync", failing(errno.EIO))
    assert [type(one) for one in outbox.send_many(mails(2))] == [Unknown, Unknown]


def test_a_writer_that_was_cut_off_leaves_nothing_under_the_name(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.os, "rename", failing(errno.EINTR))
    outbox.send(mail())
    assert isinstance(outbox.look_up(KEY), Refused)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ada\r\nBcc: all@example.org", "Ada  Bcc: all@example.org"), ("Zoë 漢字", "Zoë 漢字"), ("a\x00b\x1bc", "a b c"),
     ('"Quoted", Inc.', '"Quoted", Inc.'), ("", "")],
)  # fmt: skip
def test_a_name_never_becomes_a_header(name: str, shown: str) -> None:
    written = email.message_from_bytes(mime(mail(to_name=name)).as_bytes(), policy=email.policy.default)
    assert written["Bcc"] is None
    assert written["To"].addresses[0].display_name == shown
    assert written["To"].addresses[0].addr_spec == "ada@example.org"


@given(some.text(max_size=60))
def test_no_text_can_break_the_headers(text: str) -> None:
    made = mime(mail(subject=text, to_name=text))
    written = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert set(written.keys()) == set(made.keys())
    assert one_line(text) == one_line(one_line(text))


@pytest.mark.parametrize("good", ["a@b.org", "o'brien+x@sub.example.co.uk", "jörg@exämple.org", "x" * 60 + "@b.org"])
def test_real_addresses_pass(good: str) -> None:
    assert plausible(good)


@pytest.mark.parametrize(
    "bad",
    ["", "a", "@b.org", "a@", "a@b", "a b@c.org", "a@b.org,c@d.org", "a@b.org\r\nTo: x@y.z", "<a@b.org>",
     "x" * 250 + "@b.org", "a;b@c.org", "a@.", 'a"@b.org'],
)  # fmt: skip
def test_what_can_be_no_address_never_reaches_a_provider(bad: str) -> None:
    assert not plausible(bad)


def test_a_folder_of_files_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "batch"
    monkeypatch.setattr(files.os, "rename", failing(errno.ENOSPC))
    with pytest.raises(OSError, match="space"):
        files.write_folder(target, {"a": b"1", "b": b"2"})
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    files.write_folder(target, {"a": b"1", "b": b"2"})
    files.write_folder(target, {"a": b"other"})
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {"a": b"1", "b": b"2"}


@given(some.text(min_size=1, max_size=20), some.text(min_size=1, max_size=20))
def test_every_address_that_passes_can_be_written(local: str, domain: str) -> None:
    address = f"{local}@{domain}.org"
    if plausible(address):
        written = mime(mail(to=address)).as_bytes()
        assert written.count(b"\r\nTo: ") == 1


def numbered(i: int) -> Message:
    return Message(key=f"0199a0b0-0000-7000-8000-00000000000{i}", medium="email", to="a@example.org", text="Words")


def test_many_files_answer_as_each_alone_would(outbox: Outbox, tmp_path: Path) -> None:
    first, second = numbered(1), numbered(2)
    other = replace(first, text="Other words")
    assert [type(one) for one in outbox.send_many([first, second])] == [Accepted, Accepted]
    assert [type(one) for one in outbox.send_many([first, other, second])] == [Accepted, Unknown, Accepted]
    alone = Outbox(tmp_path / "alone")
    alone.send(first)
    assert {path.name: path.read_bytes() for path in (tmp_path / "alone").rglob("*.*")}.items() <= {
        path.name: path.read_bytes() for path in outbox.folder.rglob("*.*")
    }.items()


def test_a_disk_that_fails_among_many_refuses_those_alone(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = [numbered(i) for i in (1, 2, 3)]
    true_rename = os.rename

    def full(source: Path, target: Path) -> None:
        if "000000000002" in str(target):
            raise OSError(errno.ENOSPC, "no space")
        true_rename(source, target)

    monkeypatch.setattr(os, "rename", full)
    assert [type(one) for one in outbox.send_many(sent)] == [Accepted, Refused, Accepted]
    assert [path.name for path in outbox.folder.rglob(".*")] == []
