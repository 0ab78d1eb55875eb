"""Loading evidence into an incident: everybody once, every row accounted for, nothing half done."""

import hashlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from scoping_help import people_of, reasons
from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import keys, scoping
from forthwith.filling.codes import code_index, verification_code
from models import (
    Cohort,
    Delivery,
    Entry,
    Evidence,
    Incident,
    Notice,
    Party,
    Person,
    PersonRecord,
    PersonSource,
    Quarantine,
    Refusal,
)

Write = Callable[..., Path]
Loaded = Callable[..., list[tuple[Person, PersonRecord]]]
HEAD = "Customer ID,First Name,Last Name,Email,Phone,Street,City,State,ZIP,Country,Date of Birth,Password Hash\n"
ANA = "7,Ana,Ruiz,ana@example.com,212-555-0123,12 Elm Street,Albany,NY,12207,US,1984-02-29,5f4dcc\n"
BEN = "8,Ben,Weber,ben@example.org,030 23125 123,Hauptstr. 5,Berlin,,10115,Germany,29.05.2015,\n"


def test_one_row_becomes_one_person_with_all_that_it_tells(loaded: Loaded) -> None:
    ((person, record),) = loaded(HEAD + ANA)
    assert (record.name, record.given, record.family) == ("Ana Ruiz", "Ana", "Ruiz")
    assert (record.emails, record.phones) == (["ana@example.com"], ["+12125550123"])
    assert (record.address, record.postcode, record.country) == (["12 Elm Street", "Albany NY 12207"], "12207", "US")
    assert (record.birth_date, record.identifiers) == ("1984-02-29", {"customer": "7"})
    assert (person.jurisdiction, person.country, person.jurisdiction_source) == ("US-NY", "US", "stated")
    assert (person.age_class, person.language, person.kind, person.number) == ("adult", "en", "customer", 1)
    assert person.elements == ["contact", "credentials_hashed", "dob", "name"]
    assert person.channels == ["email", "sms", "voice", "letter"]


def test_a_child_abroad_is_a_child_in_its_own_language(loaded: Loaded) -> None:
    ((person, _),) = loaded(HEAD + BEN)
    assert (person.jurisdiction, person.age_class, person.language) == ("DE", "child", "de")
    assert "credentials_hashed" not in person.elements


def test_clear_columns_are_bound_to_the_sealed_record(loaded: Loaded, session: Session, incident: Incident) -> None:
    ((person, _),) = loaded(HEAD + ANA)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    assert person.sealed is not None
    assert person.sealed_sha256 == hashlib.sha256(person.sealed).hexdigest()
    assert person.email_index == key.blind("email", "ana@example.com")
    assert person.code_index == code_index(key, verification_code(key, person.id))


def test_rows_in_are_rows_loaded_plus_rows_quarantined_and_each_has_its_place(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded(HEAD + ANA + ",,,,,,,,,,,\n" + BEN + "torn,row\n" + ANA.replace("7,", "9,", 1) + "Total,4,,,,,,,,,,\n")
    evidence = session.exec(select(Evidence).where(Evidence.incident_id == incident.id)).one()
    assert (evidence.rows_in, evidence.rows_loaded, evidence.rows_quarantined) == (6, 3, 3)
    told = {link["row"]: link["reason"] or "person" for link in scoping.links(session, incident)}
    assert told == {
        0: "person",
        1: "the row is empty",
        2: "person",
        3: "fewer fields than the header has",
        4: "person",
        5: "the row is a total",
    }


def test_a_quarantined_row_is_kept_sealed_and_can_be_opened(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded(HEAD + ANA + "torn Otto Klein,row\n")
    row = session.exec(select(Quarantine).where(Quarantine.incident_id == incident.id)).one()
    key = keys.unwrap(incident.id, incident.wrapped_key)
    assert b"Otto" not in (row.sealed or b"")
    assert key.open(row.id, row.sealed or b"") == b"torn Otto Klein | row"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,,,,,,,Germany,,", "nothing in the row points at a person"),
        (",n/a,,noreply@example.com,0000000000,,,,,,,", "nothing in the row points at a person"),
        (",??,???,,,,,,,JP,,", "nothing in the row points at a person"),
        (",A\ufffda,R,,,,,,,,,", "characters of the row can't be decoded"),
        (HEAD.strip(), "the row repeats the header"),
        ("Summe,12,,,,,,,,,,", "the row is a total"),
    ],
)
def test_a_row_that_tells_of_nobody_is_set_aside_with_its_reason(
    loaded: Loaded, session: Session, incident: Incident, row: str, reason: str
) -> None:
    assert len(loaded(HEAD + ANA + row + "\n")) == 1
    assert session.exec(select(Quarantine.reason).where(Quarantine.incident_id == incident.id)).all() == [reason]


@pytest.mark.parametrize(
    "row", ["7,Ana,Ruiz,,,,,,,,,", "7,,,,,,,,,,,", ",Ana,,,,,,,,,,", ",Ana,Ruiz,not an address,12,,Berlin,,,,,"]
)
def test_a_person_without_any_address_is_loaded_and_not_quarantined(loaded: Loaded, row: str) -> None:
    ((person, _),) = loaded(HEAD + row + "\n")
    assert person.channels == []
    assert person.jurisdiction == "unknown"


def test_two_rows_of_one_person_unite_what_they_expose(loaded: Loaded, session: Session, incident: Incident) -> None:
    text_one = "First Name,Last Name,Email,IBAN\nAna,Ruiz,ana@example.com,DE89370400440532013000\n"
    text_two = "Given name,Surname,E-mail,Diagnosis,Mobile\nAna,Ruiz,ANA@example.com,Migraine,+49 171 3920011\n"
    ((person, record),) = loaded(text_one, text_two)
    assert person.elements == ["bank_account_number", "contact", "medical", "name"]
    assert record.phones == ["+491713920011"]
    assert reasons(session, incident) == ["first", "same e-mail, same first name"]


def test_only_filled_cells_expose(loaded: Loaded) -> None:
    people = loaded("Name,Email,Diagnosis\nAna Ruiz,a@example.com,Migraine\nBen Weber,b@example.com,\n")
    assert ["medical" in person.elements for person, _ in people] == [True, False]


@pytest.mark.parametrize(
    ("cell", "exposes"),
    [("n/a", False), (" N. A. ", False), ("k. A.", False), ("-", False), ("null", False), ("??", False), ("x", True),
     ("none", True), ("unknown", True)],
)  # fmt: skip
def test_a_cell_that_only_holds_a_place_exposes_nothing_but_a_tick_or_an_answer_does(
    loaded: Loaded, cell: str, exposes: bool
) -> None:
    ((person, _),) = loaded(f"Name,Email,Diagnosis\nAna Ruiz,a@example.com,{cell}\n")
    assert ("medical" in person.elements) is exposes


def test_a_later_load_merges_with_who_is_there_and_keeps_their_ids_and_numbers(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    before = loaded(HEAD + ANA + BEN)
    texted = ["sms" in p.channels for p, _ in before]
    after = loaded(
        "Name,E-Mail,Order,Phone\nAna Ruiz,ana@example.com,x,\nCora Lang,cora@example.com,y,\n"
        "Ben Weber,ben@example.org,,+49 171 3920011\n"
    )
    assert [p.id for p, _ in after[:2]] == [p.id for p, _ in before]
    assert [p.number for p, _ in after] == [1, 2, 3]
    assert "purchase" in after[0][0].elements
    assert (texted, ["sms" in p.channels for p, _ in after]) == ([True, False], [True, True, False])
    assert [p.code_index for p, _ in after[:2]] == [p.code_index for p, _ in before]


def test_files_loaded_one_by_one_give_the_same_people_as_all_at_once(
    session: Session, incident: Incident, write: Write
) -> None:
    texts = [
        "Name,Email,Phone\nRobert Ruiz,,+1 212-555-0123\nAna Weber,ana@example.com,\n",
        "Name,Email,Phone,Country\nBob Ruiz,bob@example.com,,US\n",
        "Name,Email,Phone,Country\nRobert Ruiz,bob@example.com,+1 212 555 0123,US\nAna Schulz,ana@example.com,,DE\n",
    ]
    paths = [write(f"f{n}.csv", text) for n, text in enumerate(texts)]
    report = scoping.load(session, incident, paths, actor="ana")
    for path in paths[:2]:
        path.write_text(path.read_text() + "\n")
    other = Incident(ref="2026-002", title="Another", opened_by="ana")
    other.wrapped_key = keys.new_data_key(other.id)
    session.add(other)
    session.flush()
    for path in paths:
        one_by_one = scoping.load(session, other, [path], actor="ana")
    assert one_by_one.people == report.people == 2
    assert sorted(r.name for _, r in people_of(session, other)) == sorted(
        r.name for _, r in people_of(session, incident)
    )


def test_a_new_row_that_ties_two_known_people_joins_them_to_the_first(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    first = loaded("Name,Email\nAna Ruiz,ana@example.com\n", "Name,Phone,Country\nAna Ruiz,+49 171 3920011,DE\n")
    assert len(first) == 2
    ((person, record),) = loaded("Name,Email,Mobile,Country\nAna Ruiz,ana@example.com,+491713920011,DE\n")
    assert person.id == first[0][0].id
    assert (record.emails, record.phones) == (["ana@example.com"], ["+491713920011"])
    assert {link["person_id"] for link in scoping.links(session, incident)} == {str(person.id)}


def test_nobody_who_has_a_delivery_is_joined_away(loaded: Loaded, session: Session, incident: Incident) -> None:
    people = loaded("Name,Email\nAna Ruiz,ana@example.com\n", "Name,Phone,Country\nAna Ruiz,+49 171 3920011,DE\n")
    notice = Notice(incident_id=incident.id, key="k", title="t", audience="individuals")
    session.add(notice)
    session.flush()
    for person, _ in people:
        session.add(
            Delivery(
                incident_id=incident.id,
                notice_id=notice.id,
                recipient_kind="person",
                recipient_id=person.id,
                medium="email",
                channel="outbox",
            )
        )
    after = loaded("Name,Email,Mobile,Country\nAna Ruiz,ana@example.com,+491713920011,DE\n")
    assert [p.id for p, _ in after] == [p.id for p, _ in people]


def test_of_two_known_people_the_one_with_a_delivery_is_kept(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    people = loaded("Name,Email\nAna Ruiz,ana@example.com\n", "Name,Phone,Country\nAna Ruiz,+49 171 3920011,DE\n")
    notice = Notice(incident_id=incident.id, key="k", title="t", audience="individuals")
    session.add(notice)
    session.flush()
    session.add(
        Delivery(
            incident_id=incident.id,
            notice_id=notice.id,
            recipient_kind="person",
            recipient_id=people[1][0].id,
            medium="sms",
            channel="outbox",
        )
    )
    ((kept, record),) = loaded("Name,Email,Mobile,Country\nAna Ruiz,ana@example.com,+491713920011,DE\n")
    assert kept.id == people[1][0].id
    assert record.emails == ["ana@example.com"]


def test_the_same_file_twice_changes_nothing(session: Session, incident: Incident, write: Write) -> None:
    path = write("people.csv", HEAD + ANA)
    scoping.load(session, incident, [path], actor="ana")
    before = people_of(session, incident)[0][0].sealed_sha256
    entries = session.exec(select(Entry).where(Entry.incident_id == incident.id)).all()
    again = scoping.load(session, incident, [path, path], actor="ana")
    assert [file.already_loaded for file in again.files] == [True]
    assert again.people == 1
    assert people_of(session, incident)[0][0].sealed_sha256 == before
    assert len(session.exec(select(Entry).where(Entry.incident_id == incident.id)).all()) == len(entries)


def test_who_is_told_nothing_new_of_stays_as_legal_approved_them(
    session: Session, incident: Incident, write: Write
) -> None:
    scoping.load(session, incident, [write("people.csv", HEAD + ANA + BEN)], actor="ana")
    before = [person.sealed_sha256 for person, _ in people_of(session, incident)]
    told = scoping.load(session, incident, [write("people.csv", HEAD + ANA + BEN.replace("ben@", "b@"))], actor="ana")
    after = [person.sealed_sha256 for person, _ in people_of(session, incident)]
    assert told.people_changed == 2
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]


def test_a_load_that_is_refused_leaves_nothing_behind(session: Session, incident: Incident, write: Write) -> None:
    good, bad = write("good.csv", HEAD + ANA), write("bad.csv", "A,B\nx,y\n")
    with pytest.raises(Refusal) as refused:
        scoping.load(session, incident, [good, bad], actor="ana")
    assert "bad.csv" in refused.value.what
    assert "--set" in refused.value.do
    for table in (Person, Evidence, PersonSource, Quarantine, Entry):
        assert session.exec(select(table)).all() == []


def test_a_shredded_incident_takes_no_people(session: Session, incident: Incident, write: Write) -> None:
    incident.wrapped_key = None
    with pytest.raises(Refusal):
        scoping.load(session, incident, [write("p.csv", HEAD + ANA)], actor="ana")


def test_stated_columns_count_and_one_that_no_file_has_is_refused(loaded: Loaded) -> None:
    ((_, record),) = loaded("Wer,Wohin\nAna Ruiz,ana@example.com\n", columns={"Wer": "full_name"})
    assert record.name == "Ana Ruiz"
    with pytest.raises(Refusal, match="no column 'Wen'"):
        loaded("Wer,Email\nAna Ruiz,b@example.com\n", columns={"Wen": "full_name"})


def test_a_confirmed_mapping_is_used_for_the_next_file_of_the_same_header(
    session: Session, incident: Incident, write: Write
) -> None:
    first = write("one.csv", "Wer,Wohin\nAna Ruiz,ana@example.com\n")
    seen = scoping.preview(session, first, {"Wer": "full_name", "Wohin": "email"})
    assert not scoping.preview(session, first).confirmed
    with pytest.raises(Refusal):
        scoping.confirm(session, scoping.preview(session, first), by="ana")
    scoping.confirm(session, seen, by="ana")
    assert scoping.preview(session, first).confirmed
    scoping.load(session, incident, [write("two.csv", "Wer,Wohin\nBen Weber,ben@example.com\n")], actor="ana")
    assert people_of(session, incident)[0][1].name == "Ben Weber"


@pytest.mark.parametrize(
    ("row", "jurisdiction", "source"),
    [
        ("Ana,a@example.com,,,,California,,US", "US-CA", "stated"),
        ("Ana,a@example.com,,,,,90001,US", "US-CA", "address"),
        ("Ana,a@example.com,,,,,,USA", "US", "stated"),
        ("Ana,a@example.com,,,,,SW1A 1AA,", "GB", "address"),
        ("Ana,a@example.com,,,,NY,10001,", "US-NY", "address"),
        ("Ana,a@example.com,+49 171 3920011,,,,,", "DE", "phone"),
        ("Ana,a@firma.fr,,,,,,", "FR", "tld"),
        ("Ana,a@firma.co.uk,,,,,,", "GB", "tld"),
        ("Ana,a@start.io,,,,,,", "unknown", "unknown"),
        ("Ana,a@example.com,,,,,,Atlantis", "unknown", "unknown"),
        ("Ana,a@example.com,+49 171 3920011,,,,,France", "FR", "stated"),
        ("Ana,a@example.com,,,,,,Puerto Rico", "US-PR", "stated"),
        ("Ana,a@example.com,,,Montréal,QC,,Canada", "CA-QC", "stated"),
    ],
)
def test_where_a_person_lives_and_how_we_know(loaded: Loaded, row: str, jurisdiction: str, source: str) -> None:
    ((person, _),) = loaded("Name,Email,Phone,Street,City,State,ZIP,Country\n" + row + "\n")
    assert (person.jurisdiction, person.jurisdiction_source) == (jurisdiction, source)


def test_a_stated_home_goes_before_the_phone_s_country_and_a_state_before_its_country(loaded: Loaded) -> None:
    head = "Name,Email,Phone,State,Country\n"
    ((person, _),) = loaded(
        head + "Ana Ruiz,a@example.com,+49 171 3920011,,\n",
        head + "Ana Ruiz,a@example.com,,,US\n",
        head + "Ana Ruiz,a@example.com,,Texas,US\n",
    )
    assert (person.jurisdiction, person.jurisdiction_source) == ("US-TX", "stated")


def test_a_stated_country_is_for_rows_that_state_none(loaded: Loaded) -> None:
    people = loaded(
        "Name,PLZ,Ort,Telefon,Land\nAna Ruiz,4107,Leipzig,0171 3920011,\nBen Weber,,,,France\n", country="Deutschland"
    )
    assert [p.jurisdiction for p, _ in people] == ["DE", "FR"]
    assert people[0][1].phones == ["+491713920011"]
    with pytest.raises(Refusal):
        loaded("Name,Email\nx,y@example.com\n", country="Atlantis")


def test_a_guardian_marks_a_child_whose_birth_date_is_unknown_and_never_an_adult(loaded: Loaded) -> None:
    people = loaded(
        "Name,Email,Guardian,Date of Birth\nLea Ruiz,l@example.com,Ana Ruiz,\n"
        "Ben Weber,b@example.com,Ana Ruiz,1980-01-01\nCy Li,c@example.com,,\n"
    )
    assert [person.age_class for person, _ in people] == ["child", "adult", "unknown"]
    assert people[0][1].guardian == "Ana Ruiz"


def test_consent_opt_out_language_and_death_are_kept(loaded: Loaded) -> None:
    ((person, record),) = loaded(
        "Name,Email,Email consent,Opt out,Language,Deceased\nAna Ruiz,a@example.com,yes,true,Français,2025-01-01\n"
    )
    assert person.channels == ["email", "email_consent"]
    assert (record.marketing_opt_out, person.language, person.deceased) == (True, "fr", True)


def test_dates_whose_order_can_not_be_told_leave_the_age_unknown_until_somebody_says(loaded: Loaded) -> None:
    rows = "Name,Email,DOB\nAna Ruiz,a@example.com,01/02/2015\nBen Weber,b@example.com,03/04/2014\n"
    assert [person.age_class for person, _ in loaded(rows)] == ["unknown", "unknown"]
    after = loaded(rows.replace("example.com", "example.org"), columns={"DOB": "birth_date:mdy"})
    assert [record.birth_date for _, record in after[2:]] == ["2015-01-02", "2014-03-04"]


def test_people_are_given_to_the_partner_and_counted_for_each_that_knows_them(
    session: Session, incident: Incident, write: Write
) -> None:
    parties = [Party(name="Alpha", code="alpha"), Party(name="Beta", code="beta")]
    session.add_all(parties)
    session.flush()
    scoping.load(
        session,
        incident,
        [write("a.csv", "Name,Email\nAna Ruiz,a@example.com\nBen Weber,b@example.com\n")],
        actor="ana",
        party=parties[0],
    )
    scoping.load(
        session, incident, [write("b.csv", "Name,Email\nAna Ruiz,a@example.com\n\n")], actor="ana", party=parties[1]
    )
    assert scoping.people_by_party(session, incident) == {"alpha": 2, "beta": 1}
    assert {person.party_id for person, _ in people_of(session, incident)} == {parties[0].id}


def test_one_entry_a_file_with_counts_and_hashes_alone(session: Session, incident: Incident, write: Write) -> None:
    path = write("ana_ruiz_private.csv", HEAD + ANA + "torn\n")
    report = scoping.load(session, incident, [path, write("two.csv", HEAD + BEN)], actor="rita")
    entries = session.exec(select(Entry).where(Entry.incident_id == incident.id).order_by(col(Entry.seq))).all()
    assert [(entry.verb, entry.actor, entry.object_type) for entry in entries] == [("loaded", "rita", "evidence")] * 2
    assert entries[0].data["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (entries[0].data["rows_in"], entries[0].data["rows_loaded"], entries[0].data["rows_quarantined"]) == (
        2,
        1,
        1,
    )
    assert "ruiz" not in json.dumps([entry.model_dump(mode="json") for entry in entries]).lower()
    assert report.rows_in == 3


def test_the_report_is_plain_and_adds_up(session: Session, incident: Incident, write: Write) -> None:
    report = scoping.load(session, incident, [write("p.csv", HEAD + ANA + ANA + BEN + "torn\n")], actor="ana")
    data = report.as_dict()
    assert (data["rows_in"], data["rows_quarantined"], data["people"], data["people_new"]) == (4, 1, 2, 2)
    assert data["merged"] == {"same customer number, same first name": 1}
    assert data["files"][0]["quarantined"] == {"fewer fields than the header has": 1}


def test_a_workbook_of_two_sheets_and_a_legend_loses_no_row(session: Session, incident: Incident, write: Write) -> None:
    from workbook import xlsx

    sheets = {
        "A": [["Name", "Email"], ["Ana", "a@example.com"]],
        "Legend": [["Colours"], ["red"], ["green"]],
        "B": [["Vorname", "E-Mail"], ["Ben", "b@example.com"]],
    }
    report = scoping.load(session, incident, [write("b.xlsx", xlsx(sheets))], actor="ana")
    assert (report.rows_in, report.people, report.rows_quarantined) == (4, 2, 2)
    assert [link["row"] for link in scoping.links(session, incident)] == [0, 1, 2, 3]


def test_the_scope_version_rises_with_people_and_not_without(
    session: Session, incident: Incident, write: Write
) -> None:
    def version() -> int:
        return int(
            session.execute(text("select scope_version from incident where id = :i"), {"i": incident.id}).scalar_one()
        )

    before = version()
    scoping.load(session, incident, [write("p.csv", HEAD + ANA)], actor="ana")
    loaded = version()
    scoping.form_cohorts(session, incident)
    assert before < loaded == version()


def test_people_who_are_alike_form_one_cohort_and_others_do_not(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded("Name,Email,Country\nAna Ruiz,a@example.com,DE\nBen Weber,b@example.com,DE\nCy Li,c@example.com,FR\n")
    cohorts = session.exec(select(Cohort).where(Cohort.incident_id == incident.id).order_by(col(Cohort.count))).all()
    assert [(c.jurisdiction, c.language, c.count) for c in cohorts] == [("FR", "fr", 1), ("DE", "de", 2)]
    found = session.execute(text("select cohort_id, count(*) from person group by 1")).all()
    assert dict(found) == {cohort.id: cohort.count for cohort in cohorts}  # type: ignore[arg-type]


def test_forming_cohorts_again_keeps_their_ids_and_forgets_the_empty(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded("Name,Email,Country\nAna Ruiz,a@example.com,DE\nBen Weber,b@example.com,FR\n")
    before = {c.jurisdiction: c.id for c in session.exec(select(Cohort).where(Cohort.incident_id == incident.id))}
    loaded("Name,Email,Diagnosis\nBen Weber,b@example.com,Migraine\n")
    after = {
        (c.jurisdiction, c.count): c.id for c in session.exec(select(Cohort).where(Cohort.incident_id == incident.id))
    }
    assert after[("DE", 1)] == before["DE"]
    assert before["FR"] not in after.values()
    assert set(after) == {("DE", 1), ("FR", 1)}


def test_the_deceased_are_a_cohort_of_their_own(loaded: Loaded, session: Session, incident: Incident) -> None:
    loaded("Name,Email,Country,Deceased\nAna Ruiz,a@example.com,US,no\nBen Weber,b@example.com,US,yes\n")
    cohorts = session.exec(select(Cohort).where(Cohort.incident_id == incident.id)).all()
    assert sorted(cohort.deceased for cohort in cohorts) == [False, True]


def test_every_person_has_a_cohort_and_every_source_row_a_person(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded(HEAD + ANA + BEN, HEAD + ANA)
    assert session.execute(text("select count(*) from person where cohort_id is null")).scalar_one() == 0
    people = {uuid.UUID(line["person_id"]) for line in scoping.people_lines(session, incident)}
    assert {row.person_id for row in session.exec(select(PersonSource))} == people


def test_counts_are_shown_as_known_and_possible() -> None:
    from forthwith.scoping.showing import possible

    assert possible({"US-CA": 480, "US": 30, "DE": 5, "unknown": 2}) == {"US-CA": 512, "US": 32, "DE": 7}
