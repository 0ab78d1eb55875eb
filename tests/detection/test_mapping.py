"""Any tool that writes JSON can be read by a mapping file."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.detection.mapping import Fields, Mapping, look, parse_mapped, read_mapping, steps
from models import Refusal

FILE = """
source: acme_dlp
each: /events
fields:
  source_ref: /event/id
  kind: rule.name
  resource: $.asset[0].id
  severity: /event/level
  occurred_at: /event/from
  time: /event/time
severity: {P1: critical, P2: high}
closed: {/event/state: [done, "false positive"]}
"""
PAYLOAD = {
    "events": [
        {
            "event": {
                "id": "A-17",
                "level": "P1",
                "time": "2026-11-18T07:40:00+01:00",
                "from": 1763420400,
                "state": "new",
            },
            "rule": {"name": "bulk-export"},
            "asset": [{"id": "crm-7"}],
            "user": "Ada Lovelace",
        },
        {
            "event": {"id": "A-18", "level": "LOW", "time": "2026-11-18T06:50:00Z", "state": "done"},
            "rule": {"name": "x"},
        },
    ]
}


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    path = tmp_path / "acme.yaml"
    path.write_text(FILE, encoding="utf-8")
    return read_mapping(path)


def test_a_mapping_reads_every_field(mapping: Mapping) -> None:
    first, second = parse_mapped(PAYLOAD, mapping)
    assert (first.source, first.source_ref, first.title) == ("acme_dlp", "A-17", "bulk-export in crm-7")
    assert (first.severity, first.open) == ("critical", True)
    assert first.detected_at
    assert first.occurred_at
    assert first.detected_at.isoformat() == "2026-11-18T06:40:00+00:00"
    assert first.occurred_at.timestamp() == 1763420400
    assert (second.source_ref, second.title, second.severity, second.open) == ("A-18", "x", "low", False)


def test_what_is_not_mapped_is_not_read(mapping: Mapping) -> None:
    assert "Lovelace" not in repr(parse_mapped(PAYLOAD, mapping))


def test_without_a_reference_the_alert_s_own_bytes_are_its_name() -> None:
    mapping = Mapping(source="acme_dlp", fields=Fields(kind="k"))
    [one], [same], [other] = (
        parse_mapped(payload, mapping) for payload in ({"k": "x", "n": 1}, {"n": 1, "k": "x"}, {"k": "x", "n": 2})
    )
    assert one.source_ref == same.source_ref == one.payload_sha256
    assert one.source_ref != other.source_ref


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Export by ada@example.com", "Export by …"),
        ("Call +44 20 7946 0958 now", "Call … now"),
        ("SSN 078-05-1120 found", "SSN … found"),
        ("Card 4111 1111 1111 1111", "Card …"),
        ("Plain words 2026-11-18", "Plain words 2026-11-18"),
        ("two\nlines\tand\x00more", "two lines and more"),
        ("", "Alert of acme_dlp"),
        (None, "Alert of acme_dlp"),
        ("x" * 500, "x" * 120),
    ],
)
def test_free_text_of_a_title_loses_what_names_somebody(title: object, shown: str) -> None:
    mapping = Mapping(source="acme_dlp", fields=Fields(title="t"))
    assert parse_mapped({"t": title, "id": 1}, mapping)[0].title == shown


def test_type_and_resource_come_before_free_text() -> None:
    mapping = Mapping(source="acme_dlp", fields=Fields(title="t", kind="k", resource="r"))
    assert parse_mapped({"t": "Ada did it", "k": "bulk", "r": "db-1"}, mapping)[0].title == "bulk in db-1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b", ["a", "b"]), ("a.b", ["a", "b"]), ("$.a.b", ["a", "b"]), ("a[0].b", ["a", 0, "b"]),
        ("/a/0/b", ["a", 0, "b"]),
        ("/a~1b/~0c", ["a/b", "~c"]), ("/a//b", ["a", "", "b"]), ("$", []), ("", []),
    ],
)  # fmt: skip
def test_a_path_is_a_pointer_or_dots(path: str, expected: list[object]) -> None:
    assert steps(path) == expected


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a/b", 1),
        ("/a/c", None),
        ("/x/0", "first"),
        ("x.1", "second"),
        ("/x/9", None),
        ("/x/-1", None),
        ("/n/0", "digit"),
        (None, None),
    ],
)
def test_looking_never_fails(path: str | None, found: object) -> None:
    assert look({"a": {"b": 1}, "x": ["first", "second"], "n": {"0": "digit"}}, path) == found


KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(lambda key: not key.isdecimal())


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_every_key_can_be_reached_by_a_pointer(keys: list[str]) -> None:
    document: Any = "there"
    for key in reversed(keys):
        document = {key: document}
    pointer = "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)
    assert look(document, pointer) == "there"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("source: Acme DLP\nfields: {}\n", "source"),
        ("fields: {}\n", "source"),
        ("source: acme_dlp\n", "fields"),
        ("source: acme_dlp\nfields: {sourceref: a}\n", "fields.sourceref"),
        ("source: acme_dlp\nfields: {}\nseverity: {P1: dire}\n", "severity.P1"),
        ("source: acme_dlp\nfields: {}\nmore: 1\n", "more"),
        ("[]\n", "the file"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_field(tmp_path: Path, text: str, field: str) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=rf"acme.yaml: {field}: "):
        read_mapping(path)


def test_a_mapping_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"absent.yaml can't be read"):
        read_mapping(tmp_path / "absent.yaml")


@pytest.mark.parametrize("payload", [{}, {"events": []}, {"events": [1, "a"]}, {"events": "x"}, [], None])
def test_a_payload_in_which_it_finds_nothing_is_refused(mapping: Mapping, payload: object) -> None:
    with pytest.raises(Refusal, match="finds no alert"):
        parse_mapped(payload, mapping)


@pytest.mark.parametrize("time", ["yesterday", "", None, True, [], -5, 1e30, "0001-01-01", "2026-13-01", float("-inf")])
def test_what_is_no_time_is_no_time(time: object) -> None:
    mapping = Mapping(source="acme_dlp", fields=Fields(time="t"))
    [signal] = parse_mapped({"t": str(time) if time == float("-inf") else time, "id": 1}, mapping)
    assert signal.detected_at is None


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (1763420400, "2025-11-17T23:00:00+00:00"),
        (1763420400123, "2025-11-17T23:00:00.123000+00:00"),
        ("2026-11-18T07:40:00", "2026-11-18T07:40:00+00:00"),
    ],
)
def test_seconds_milliseconds_and_times_without_a_zone_are_read_as_utc(time: object, expected: str) -> None:
    mapping = Mapping(source="acme_dlp", fields=Fields(time="t"))
    [signal] = parse_mapped({"t": time}, mapping)
    assert signal.detected_at
    assert signal.detected_at.isoformat() == expected
