"""Personal strings never stand in clear columns, in the timeline, in logs, in what is printed or in an error."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from forthwith import scoping
from models import Incident, Refusal

Write = Callable[..., Path]
CANARIES = (
    "Xaverine",
    "Quillfeather",
    "xq.feather",
    "3920077",
    "Zaubergasse",
    "1987-06-05",
    "05.06.1987",
    "Wunderkrankheit",
    "Kanarienort",
    "AB99887766",
)
ROW = (
    "Xaverine;Quillfeather;xq.feather@example.com;0171 3920077;Zaubergasse 9;04107;Kanarienort;DE;05.06.1987;"
    "Wunderkrankheit;AB99887766"
)
HEAD = "Vorname;Nachname;E-Mail;Telefon;Straße;PLZ;Ort;Land;Geburtsdatum;Diagnose;Ausweisnummer"
TABLES = ("person", "cohort", "person_source", "quarantine", "evidence", "entry", "column_mapping", "incident")


def everything(session: Session) -> str:
    """Return all that the database holds, as text (sealed bytes as their hex and as they are)."""
    found = []
    for table in TABLES:
        for (row,) in session.execute(text(f"select {table}::text from {table}")):
            found.append(row)
    for table in ("person", "quarantine"):
        found += [bytes(blob).decode("latin-1") for (blob,) in session.execute(text(f"select sealed from {table}"))]
    return "\n".join(found)


def test_nothing_personal_stands_in_the_open(
    session: Session,
    incident: Incident,
    write: Write,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    path = write("leck.csv", f"{HEAD}\n{ROW}\n{ROW};zu viel;Xaverine\n{ROW}\n", "cp1252")
    seen = scoping.preview(session, path)
    scoping.confirm(session, seen, by="ana")
    report = scoping.load(session, incident, [path], actor="ana")
    assert (report.people, report.rows_quarantined) == (1, 1)
    shown = [
        everything(session),
        caplog.text,
        *capsys.readouterr(),
        repr(report),
        str(report.as_dict()),
        repr(seen),
        str(seen.as_dict()),
    ]
    shown += [
        str(scoping.overview(session, incident)),
        str(list(scoping.people_lines(session, incident))),
        str(list(scoping.links(session, incident))),
    ]
    for canary in CANARIES:
        assert not [part[:80] for part in shown if canary.lower() in part.lower()], canary


@pytest.mark.parametrize(
    "text_",
    [
        f"Foo;Bar\n{ROW.replace(';', ' ')};x\n",
        f"{HEAD}\n",
        "\ufffd".join(ROW),
        f'{{"vorname": "Xaverine"}}\n{ROW}\n' * 0 or f"<xml>{ROW}</xml>",
    ],
)
def test_a_refusal_shows_nothing_of_anybody(session: Session, incident: Incident, write: Write, text_: str) -> None:
    try:
        scoping.load(session, incident, [write("leck.csv", text_)], actor="ana")
    except Refusal as refused:
        said = f"{refused} {refused.what} {refused.do} {refused!r}"
        assert not [canary for canary in CANARIES if canary in said]
    else:
        assert not [canary for canary in CANARIES if canary in everything(session)]


def test_cleaned_rows_and_open_people_have_no_telling_repr(session: Session, write: Write) -> None:
    from forthwith.scoping.merging import traits_of
    from forthwith.scoping.preparing import cleaned
    from forthwith.scoping.reading import read

    prepared = cleaned(read(write("leck.csv", f"{HEAD}\n{ROW}\n{ROW};zu viel\n")), session)
    said = (
        repr(prepared) + repr(prepared.people) + repr(prepared.bad) + repr(list(traits_of(0, prepared.people[0], "")))
    )
    assert not [canary for canary in CANARIES if canary.lower() in said.lower()]


def test_two_incidents_have_different_indexes_for_the_same_address(
    session: Session, incident: Incident, write: Write
) -> None:
    from forthwith import keys

    other = Incident(ref="2026-002", title="Another", opened_by="ana")
    other.wrapped_key = keys.new_data_key(other.id)
    session.add(other)
    session.flush()
    for one in (incident, other):
        scoping.load(session, one, [write("leck.csv", f"{HEAD}\n{ROW}\n")], actor="ana")
    indexes = session.execute(text("select email_index, code_index from person")).all()
    assert len({value for row in indexes for value in row}) == 4
