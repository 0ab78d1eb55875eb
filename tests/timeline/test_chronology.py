"""The document for a regulator: it holds everything, reads well, and carries the record that can be checked."""

import io
import json
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from fakes.duties import NOON, add_duty
from fakes.people import add_people
from sqlmodel import Session

from forthwith import clock, keys
from forthwith.cli.timeline import pdf
from forthwith.detection import open_incident
from forthwith.detection.facts import state
from forthwith.timeline import record
from forthwith.timeline.chronology import chronology, grouped, legible, minute
from forthwith.timeline.deadlines import explain_delay
from forthwith.timeline.verify import fingerprint, verify
from models import Incident, Refusal, User


@pytest.fixture
def told(session: Session) -> Incident:
    session.add(User(name="jonas", role="legal", token_sha256="0" * 64))
    with clock.frozen(NOON):
        incident = open_incident(session, title="Support desk export copied", actor="ana", drill=True)
        state(session, incident, {"clocks.detected_at": "2026-11-17", "clocks.aware_at": NOON}, by="ana")
        add_people(session, incident, 2)
    with clock.frozen(NOON + timedelta(days=1)):
        record(session, incident.id, actor="jonas", verb="approved", text="3 variants approved.")
    add_duty(session, incident, "a", due_at=NOON + timedelta(days=3), met_at=NOON + timedelta(days=1))
    add_duty(session, incident, "b", law="us-ca", due_at=NOON, count=1200)
    add_duty(session, incident, "c", law="us-tx", verdict="review", due_at=NOON + timedelta(days=60))
    add_duty(session, incident, "d", law="uk.gdpr", due_at=None, met_at=NOON)
    with clock.frozen(NOON + timedelta(days=2)):
        explain_delay(session, incident, "b", reason="The portal of the authority was down.", actor="jonas")
    return incident


def shown(session: Session, incident: Incident) -> dict[str, object]:
    with clock.frozen(NOON + timedelta(days=2)):
        return chronology(session, incident)


def words(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_it_tells_what_happened_when(session: Session, told: Incident) -> None:
    data = shown(session, told)
    assert data["clocks"] == [{"name": "Detected", "at": "2026-11-17"}, {"name": "Aware", "at": "2026-11-18 12:00"}]
    assert (data["opened"], data["closed"], data["made"]) == ("2026-11-18 12:00", "", "2026-11-20 12:00")


def test_it_tells_of_each_duty_whether_it_was_met_in_time(session: Session, told: Incident) -> None:
    duties = {one["law"]: one for one in shown(session, told)["duties"]}  # type: ignore[attr-defined]
    states = {law: one["state"] for law, one in duties.items()}
    assert states == {"eu.gdpr": "in time", "us-ca": "overdue", "us-tx": "to decide", "uk.gdpr": "met"}
    assert duties["us-ca"]["reason"] == "The portal of the authority was down."
    assert duties["us-ca"]["count"] == "1,200"
    assert duties["uk.gdpr"]["due"] == "without undue delay"


def test_it_tells_of_each_entry_who_did_it_and_in_which_role(session: Session, told: Incident) -> None:
    rows = shown(session, told)["entries"]
    assert isinstance(rows, list)
    assert [(row["seq"], row["actor"], row["role"]) for row in rows] == [
        (1, "ana", ""), (2, "ana", ""), (3, "jonas", "legal"), (4, "jonas", "legal"),
    ]  # fmt: skip
    assert rows[2]["day"] == "Thursday, 19 November 2026"
    assert rows[2]["time"] == "12:00:00"


def test_awareness_of_the_incident_stands_in_where_no_fact_was_stated(session: Session, incident: Incident) -> None:
    incident.aware_at = NOON
    record(session, incident.id, actor="ana", verb="opened", text="Opened.")
    assert shown(session, incident)["clocks"] == [{"name": "Aware", "at": "2026-11-18 12:00"}]


def test_no_document_of_nothing(session: Session, incident: Incident) -> None:
    with pytest.raises(Refusal, match="no timeline yet"):
        chronology(session, incident)


def test_the_pdf_holds_every_entry_and_every_duty(session: Session, told: Incident) -> None:
    with clock.frozen(NOON + timedelta(days=2)):
        text = words(pdf(session, told))
    for expected in (
        f"Timeline of incident {told.ref}", "Support desk export copied", "DRILL: no real breach", "eu.gdpr", "us-ca",
        "3 variants approved.", "Reason for the delay:", "Thursday, 19 November 2026", "in time", "to decide",
    ):  # fmt: skip
        assert expected in text.replace("\r\n", "\n")
    assert grouped(fingerprint(keys.public_key())) in " ".join(text.split())


def test_the_pdf_carries_the_record_that_can_be_checked(session: Session, told: Incident) -> None:
    with pikepdf.open(io.BytesIO(pdf(session, told))) as document:
        [(name, attached)] = document.attachments.items()
        content = attached.get_file().read_bytes()
    assert name == f"timeline-{told.ref}.json"
    assert verify(content, key=fingerprint(keys.public_key())).sound
    assert json.loads(content)["header"]["count"] == 4


def test_the_pdf_is_made_for_the_archive_and_for_screen_readers(session: Session, told: Incident) -> None:
    with pikepdf.open(io.BytesIO(pdf(session, told))) as document:
        with document.open_metadata() as about:
            assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("3", "A")
            assert about["pdfuaid:part"] == "1"
        assert document.Root.Lang == "en"
        assert document.Root.MarkInfo.Marked
        assert document.docinfo["/Title"] == f"Timeline of incident {told.ref}"


def test_the_pdf_names_no_affected_person(session: Session, told: Incident) -> None:
    assert "Lovelace" not in words(pdf(session, told))


def test_the_same_state_gives_the_same_pdf(session: Session, told: Incident) -> None:
    with clock.frozen(NOON + timedelta(days=2)):
        assert pdf(session, told) == pdf(session, told)


@pytest.mark.parametrize("text", ["信息泄露", "تسريب", "🔥", "नमस्ते", "a\u202eb"])
def test_a_script_that_the_fonts_lack_is_shown_as_marks_and_kept_in_the_attachment(
    session: Session, told: Incident, text: str
) -> None:
    record(session, told.id, actor="ana", verb="stepped", text=f"Before {text} after.")
    content = pdf(session, told)
    assert "?" in words(content)
    with pikepdf.open(io.BytesIO(content)) as document:
        attached = next(iter(document.attachments.values())).get_file().read_bytes()
    assert text in attached.decode()


@pytest.mark.parametrize(
    "text",
    ["#panic()", "*bold* _it_ $x$ `raw`", "\\#sys.inputs", "// comment", "/* x */", "<label> @ref", '"quoted"', "[#x]"],
)
def test_words_of_people_are_data_and_never_markup(session: Session, told: Incident, text: str) -> None:
    record(session, told.id, actor="ana", verb="stepped", text=text)
    assert text in words(pdf(session, told)).replace("“", '"').replace("”", '"')


def test_a_timeline_of_hundreds_of_entries_becomes_a_document(session: Session, told: Incident) -> None:
    for number in range(300):
        record(session, told.id, actor="forthwith", verb="receipts", text=f"Batch {number} settled.")
    text = words(pdf(session, told))
    assert "Batch 0 settled." in text
    assert "Batch 299 settled." in text


@pytest.mark.parametrize(("value", "expected"), [("é ü ž Ω Я – “x” € →", None), ({"a": ["火"]}, {"a": ["?"]}), (7, 7)])
def test_legible_keeps_what_the_fonts_have(value: object, expected: object) -> None:
    assert legible(value) == (value if expected is None else expected)


def test_times_for_people_are_in_utc_to_the_minute() -> None:
    from datetime import datetime, timezone

    assert minute(datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == "2025-12-31 23:30"
    assert minute(None) == ""
