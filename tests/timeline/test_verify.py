"""Whatever somebody does to an export is found, and the place is named."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from forthwith import clock, keys
from forthwith.timeline import export, record, verify
from forthwith.timeline.record import canonical
from models import Incident, Refusal

AT = datetime(2026, 11, 18, 7, 40, tzinfo=UTC)


def steps(session: Session, incident: Incident, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        with clock.frozen(AT + timedelta(minutes=number)):
            record(
                session, incident.id, actor="ana", verb="stepped", text=f"Schritt {number}: «geprüft», 100 % — ok.",
                object_type="notice", object_id=f"n{number}", data={"people": number, "share": 0.5, "who": ["ü", None]},
            )  # fmt: skip


@pytest.fixture
def exported(session: Session, incident: Incident) -> bytes:
    steps(session, incident, 6)
    with clock.frozen(AT + timedelta(days=1)):
        return export.to_json(session, incident)


def lines_of(content: bytes) -> list[bytes]:
    return content.split(b"\n")


def test_an_export_is_sound_and_tells_what_it_holds(exported: bytes, incident: Incident) -> None:
    report = verify.verify(exported)
    assert report.sound
    assert (report.ref, report.count) == ("2026-001", 6)
    assert report.fingerprint == verify.fingerprint(keys.public_key())


def test_an_export_is_one_json_document_with_a_line_an_entry(exported: bytes) -> None:
    document = json.loads(exported)
    assert list(document) == ["header", "entries", "closing"]
    assert [entry["seq"] for entry in document["entries"]] == [1, 2, 3, 4, 5, 6]
    assert len(lines_of(exported)) == 6 + 5
    assert exported.endswith(b"}\n")


def test_the_same_timeline_at_the_same_time_is_the_same_file(session: Session, incident: Incident) -> None:
    steps(session, incident, 2)
    with clock.frozen(AT):
        assert export.to_json(session, incident) == export.to_json(session, incident)


def test_every_single_byte_counts(exported: bytes) -> None:
    missed = [
        place
        for place in range(len(exported))
        if verify.verify(exported[:place] + bytes([exported[place] ^ 1]) + exported[place + 1 :]).sound
    ]
    assert missed == []


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_no_change_of_any_kind_goes_unseen(data: st.DataObject) -> None:
    content = sample()
    place = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.binary(max_size=3).filter(lambda new: new != content[place : place + 1]))
    assert not verify.verify(content[:place] + other + content[place + 1 :]).sound


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, 10_000))
def test_no_truncation_goes_unseen(cut: int) -> None:
    content = sample()
    assert not verify.verify(content[: cut % len(content)]).sound


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_other_file_is_taken_for_an_export(content: bytes) -> None:
    report = verify.verify(content)
    assert report.where


@settings(max_examples=100, deadline=None)
@given(order=st.permutations(range(5)))
def test_no_reordering_goes_unseen(order: list[int]) -> None:
    lines = lines_of(sample())
    moved = [*lines[:2], *[with_comma(lines[2 + place], n < 4) for n, place in enumerate(order)], *lines[7:]]
    assert verify.verify(b"\n".join(moved)).sound == (order == [0, 1, 2, 3, 4])


def with_comma(line: bytes, wanted: bool) -> bytes:
    return line.rstrip(b",") + (b"," if wanted else b"")


_kept: list[bytes] = []


def sample() -> bytes:
    return _kept[0]


@pytest.fixture(autouse=True)
def keep_a_sample(session: Session) -> None:
    """Give the properties one export of five entries; they can't take a fixture that changes."""
    if not _kept:
        from models import new_id

        other = Incident(id=new_id(), ref="2026-007", title="Sample", opened_by="ana")
        session.add(other)
        session.flush()
        steps(session, other, 5)
        _kept.append(export.to_json(session, other))


def changed(content: bytes, line: int, change: Callable[[dict[str, object]], None]) -> bytes:
    """Change a parsed line and write it canonically again, as a careful forger would."""
    lines = lines_of(content)
    prefix, suffix = wrapping(lines[line])
    value = json.loads(lines[line][len(prefix) : len(lines[line]) - len(suffix)])
    change(value)
    lines[line] = prefix + canonical(value) + suffix
    return b"\n".join(lines)


def wrapping(line: bytes) -> tuple[bytes, bytes]:
    for prefix, suffix in ((b'{"header":', b","), (b'"closing":', b"}")):
        if line.startswith(prefix):
            return prefix, suffix
    return b"", b"," if line.endswith(b",") else b""


@pytest.mark.parametrize("number", [1, 2, 5, 6])
@pytest.mark.parametrize(
    "field", ["actor", "at", "incident", "object_id", "object_type", "prev", "text", "verb", "sha256", "signature"]
)
def test_a_changed_field_is_found_in_its_entry(exported: bytes, number: int, field: str) -> None:
    def change(entry: dict[str, object]) -> None:
        value = str(entry[field])
        entry[field] = ("b" if value[0] == "a" else "a") + value[1:]

    report = verify.verify(changed(exported, number + 1, change))
    assert report.where == f"entry {number}"


@pytest.mark.parametrize("number", [1, 3, 6])
@pytest.mark.parametrize("data", [{}, {"people": 1_000}, {"people": 2.0, "share": 0.5, "who": ["ü", None]}])
def test_changed_figures_are_found_in_their_entry(exported: bytes, number: int, data: dict[str, object]) -> None:
    report = verify.verify(changed(exported, number + 1, lambda entry: entry.update(data=data)))
    assert report.where == f"entry {number}"


@pytest.mark.parametrize("extra", ["note", "Seq"])
def test_a_field_too_many_is_found(exported: bytes, extra: str) -> None:
    report = verify.verify(changed(exported, 3, lambda entry: entry.update({extra: 1})))
    assert (report.where, "fields" in report.what) == ("entry 2", True)


def test_a_missing_field_is_found(exported: bytes) -> None:
    assert verify.verify(changed(exported, 4, lambda entry: entry.pop("data"))).where == "entry 3"


@pytest.mark.parametrize("field", ["organisation", "exported_at", "incident", "ref", "format"])
def test_a_changed_header_is_found_as_the_header(exported: bytes, field: str) -> None:
    report = verify.verify(changed(exported, 0, lambda header: header.update({field: "other"})))
    assert report.where == "header"


@pytest.mark.parametrize(("field", "value"), [("count", 5), ("count", "6"), ("version", 2), ("head", "0" * 64)])
def test_changed_figures_of_the_header_are_found(exported: bytes, field: str, value: object) -> None:
    assert verify.verify(changed(exported, 0, lambda header: header.update({field: value}))).where == "header"


@pytest.mark.parametrize("field", ["header", "entries", "signature"])
def test_a_changed_closing_is_found_as_the_closing(exported: bytes, field: str) -> None:
    def change(closing: dict[str, object]) -> None:
        value = str(closing[field])
        closing[field] = ("b" if value[0] == "a" else "a") + value[1:]

    assert verify.verify(changed(exported, -2, change)).where == "closing"


@pytest.mark.parametrize("number", [1, 3, 6])
def test_a_removed_entry_is_found_at_its_place(exported: bytes, number: int) -> None:
    lines = lines_of(exported)
    del lines[number + 1]
    lines[-4] = with_comma(lines[-4], False)
    report = verify.verify(b"\n".join(lines))
    assert report.where == f"entry {min(number, 5)}"


def test_a_repeated_entry_is_found(exported: bytes) -> None:
    lines = lines_of(exported)
    lines.insert(4, lines[3])
    assert verify.verify(b"\n".join(lines)).where == "entry 3"


def test_a_cut_tail_is_found_even_with_a_mended_count(exported: bytes) -> None:
    lines = lines_of(exported)
    del lines[7]
    lines[6] = with_comma(lines[6], False)
    cut = b"\n".join(lines)
    last = json.loads(lines[6])["sha256"]
    mended = changed(cut, 0, lambda header: header.update(count=5, head=last))
    assert verify.verify(cut).where == "entry 5"
    assert verify.verify(mended).where == "header"


@pytest.mark.parametrize("space", [b" ", b"\t", b"\r"])
def test_white_space_anywhere_is_found(exported: bytes, space: bytes) -> None:
    places = [0, 10, len(exported) // 2, len(exported) - 2, len(exported)]
    assert not any(verify.verify(exported[:place] + space + exported[place:]).sound for place in places)


def test_another_spelling_of_the_same_value_is_found(exported: bytes) -> None:
    assert verify.verify(exported.replace("ü".encode(), b"\\u00fc", 1)).where == "entry 1"
    assert verify.verify(exported.replace(b'"share":0.5', b'"share":5e-1', 1)).where == "entry 1"


def test_a_key_that_stands_twice_is_found(exported: bytes) -> None:
    assert verify.verify(exported.replace(b'{"actor":"ana"', b'{"actor":"eve","actor":"ana"', 1)).where == "entry 1"


def other_spellings(signature: str) -> list[str]:
    """Return base64 texts that a lenient reader takes for the same bytes."""
    return [signature + "=", signature.rstrip("="), signature[:40] + "\n" + signature[40:], signature + "!"]


def loosened(signature: str) -> str:
    """Return base64 that differs only in bits which no byte comes from."""
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return signature[:-3] + signs[signs.index(signature[-3]) ^ 1] + "=="


def test_unused_bits_of_a_signature_count_too(exported: bytes) -> None:
    signature = json.loads(exported)["entries"][1]["signature"]
    assert base64.b64decode(loosened(signature)) == base64.b64decode(signature)
    forged = changed(exported, 3, lambda entry: entry.update(signature=loosened(signature)))
    assert verify.verify(forged).where == "entry 2"


def test_another_spelling_of_a_signature_is_found(exported: bytes) -> None:
    signature = json.loads(exported)["entries"][1]["signature"]
    for spelling in other_spellings(signature):
        forged = changed(exported, 3, lambda entry, text=spelling: entry.update(signature=text))  # type: ignore[misc]
        assert verify.verify(forged).where == "entry 2"


def test_nesting_without_end_is_found_and_does_not_crash(exported: bytes) -> None:
    deep = b'"data":' + b"[" * 100_000 + b"]" * 100_000
    assert verify.verify(re.sub(rb'"data":\{[^}]*\}', deep, exported, count=1)).where == "entry 1"


def test_a_number_without_end_is_found_and_does_not_crash(exported: bytes) -> None:
    assert verify.verify(exported.replace(b'"people":0', b'"people":' + b"9" * 10_000, 1)).where == "entry 1"
    assert verify.verify(exported.replace(b'"people":0', b'"people":1e999', 1)).where == "entry 1"


def resigned(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the export as another holder of a key would write it from the first entry on."""
    import hashlib

    document = json.loads(content)
    before, made = verify.GENESIS, []
    for entry in document["entries"]:
        fields = {name: entry[name] for name in verify.BODY} | {"prev": before, "text": "Rewritten."}
        before = hashlib.sha256(canonical(fields)).hexdigest()
        signature = base64.b64encode(key.sign(bytes.fromhex(before))).decode()
        made.append(canonical({**fields, "sha256": before, "signature": signature}))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    header = {**document["header"], "head": before, "public_key": public}
    closing = {
        "header": hashlib.sha256(canonical(header)).hexdigest(),
        "entries": hashlib.sha256(b",\n".join(made)).hexdigest(),
    }
    seal = base64.b64encode(key.sign(verify.CONTEXT + canonical(closing))).decode()
    parts = [
        verify.OPENING + canonical(header) + b",", verify.LIST, b",\n".join(made), verify.END,
        verify.CLOSING + canonical({**closing, "signature": seal}) + b"}", b"",
    ]  # fmt: skip
    return b"\n".join(parts)


def signed_again(content: bytes, number: int, fields: dict[str, object]) -> bytes:
    """Return an export in which the key's own holder changed one entry, and signed that entry and the closing."""
    import hashlib

    document = json.loads(content)
    entry = {name: value for name, value in document["entries"][number - 1].items() if name in verify.BODY} | fields
    digest = hashlib.sha256(canonical(entry)).hexdigest()
    signature = base64.b64encode(keys.signing_key().sign(bytes.fromhex(digest))).decode()
    document["entries"][number - 1] = {**entry, "sha256": digest, "signature": signature}
    header = document["header"] | {"head": document["entries"][-1]["sha256"]}
    return export.sealed(header, [canonical(one) for one in document["entries"]])


@pytest.mark.parametrize(
    ("number", "fields", "place", "why"),
    [
        (3, {"prev": "0" * 64}, "entry 3", "does not follow"),
        (1, {"prev": "1" * 64}, "entry 1", "does not follow"),
        (6, {"prev": "1" * 64}, "entry 6", "does not follow"),
        (3, {"text": "Rewritten."}, "entry 4", "does not follow"),
        (6, {"seq": 7}, "entry 6", "number 7 stands here"),
        (6, {"incident": "another"}, "entry 6", "another incident"),
    ],
)
def test_one_entry_can_t_be_exchanged_even_by_whoever_holds_the_key(
    exported: bytes, number: int, fields: dict[str, object], place: str, why: str
) -> None:
    report = verify.verify(signed_again(exported, number, fields))
    assert (report.where, why in report.what) == (place, True)


@pytest.mark.parametrize("field", ["entries", "header"])
def test_a_closing_that_is_signed_over_other_hashes_is_found(exported: bytes, field: str) -> None:
    def change(closing: dict[str, object]) -> None:
        closing[field] = "0" * 64
        covered = {name: closing[name] for name in ("entries", "header")}
        signature = keys.signing_key().sign(verify.CONTEXT + canonical(covered))
        closing["signature"] = base64.b64encode(signature).decode()

    assert not verify.verify(changed(exported, -2, change)).sound


def test_a_history_signed_anew_with_another_key_is_found_by_the_fingerprint(exported: bytes) -> None:
    forged = resigned(exported, Ed25519PrivateKey.generate())
    assert verify.verify(forged).sound, "by itself it fits: that is why the fingerprint must be compared"
    report = verify.verify(forged, key=verify.fingerprint(keys.public_key()))
    assert (report.where, "another key" in report.what) == ("header", True)


def test_a_swapped_key_alone_is_found(exported: bytes) -> None:
    other = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    assert verify.verify(changed(exported, 0, lambda header: header.update(public_key=other))).where == "header"


@pytest.mark.parametrize("bad", ["", "AAAA", "not base64", 7, None, "A" * 43 + "B="])
def test_what_is_not_a_key_is_found(exported: bytes, bad: object) -> None:
    assert verify.verify(changed(exported, 0, lambda header: header.update(public_key=bad))).where == "header"


@pytest.mark.parametrize("form", ["{0}", "sha256:{0}", " {0} ", "{1}", "{2}", "{3}"])
def test_the_fingerprint_may_be_given_in_any_usual_form(exported: bytes, form: str) -> None:
    plain = verify.fingerprint(keys.public_key())
    grouped = " ".join(plain[start : start + 4] for start in range(0, 64, 4))
    colons = ":".join(plain[start : start + 2] for start in range(0, 64, 2)).upper()
    assert verify.verify(exported, key=form.format(plain, grouped, colons, keys.public_key())).sound


@pytest.mark.parametrize("key", ["", "00", "f" * 64, "sha256:", "A" * 43 + "="])
def test_a_part_of_a_fingerprint_is_not_enough(exported: bytes, key: str) -> None:
    assert verify.verify(exported, key=key).where == "header"
    assert verify.verify(exported, key=verify.fingerprint(keys.public_key())[:32]).where == "header"


def test_a_longer_timeline_continues_an_earlier_export(session: Session, incident: Incident, exported: bytes) -> None:
    steps(session, incident, 3, start=6)
    newer = export.to_json(session, incident)
    assert verify.verify(newer, earlier=exported).sound
    assert verify.verify(exported, earlier=exported).sound


def test_a_shorter_timeline_does_not_continue_a_longer_one(
    session: Session, incident: Incident, exported: bytes
) -> None:
    steps(session, incident, 3, start=6)
    report = verify.verify(exported, earlier=export.to_json(session, incident))
    assert report.where == "entry 7"


def test_a_rewritten_past_is_found_by_an_earlier_export_though_the_key_is_right(exported: bytes) -> None:
    forged = resigned(exported, keys.signing_key())
    assert verify.verify(forged, key=verify.fingerprint(keys.public_key())).sound
    report = verify.verify(forged, earlier=exported)
    assert (report.where, "earlier" in report.what) == ("entry 1", True)


def test_an_unsound_earlier_export_proves_nothing(exported: bytes) -> None:
    report = verify.verify(exported, earlier=exported[:-5])
    assert report.where.startswith("earlier export")


def test_the_timeline_of_another_incident_is_found(session: Session, incident: Incident, exported: bytes) -> None:
    assert verify.verify(exported, earlier=sample()).where == "entry 1"
    spliced = lines_of(exported)
    spliced[3] = lines_of(sample())[3]
    assert verify.verify(b"\n".join(spliced)).where == "entry 2"


def test_nothing_is_exported_where_nothing_happened(session: Session, incident: Incident) -> None:
    with pytest.raises(Refusal, match="no timeline yet"):
        export.to_json(session, incident)


def test_words_for_people_name_the_place(exported: bytes) -> None:
    broken = verify.verify(changed(exported, 4, lambda entry: entry.update(text="Nothing happened.")))
    assert verify.in_words(broken, False) == "NOT SOUND: entry 3: its hash does not fit its content.\n"
    assert "Compare it" in verify.in_words(verify.verify(exported), False)
    assert "Compare it" not in verify.in_words(verify.verify(exported), True)
