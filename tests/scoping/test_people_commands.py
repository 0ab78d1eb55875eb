"""`forthwith people` as a person or a script uses it."""

import contextlib
import csv
import io
import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith import cli, db, keys
from models import Entry, Incident, Party, Person

Write = Callable[..., Path]
Run = Callable[..., str]
TEXT = "Name,Email,Country,Diagnosis\nAna Ruiz,ana@example.com,DE,Migraine\nBen Weber,ben@example.com,FR,\ntorn\n"


@pytest.fixture
def run(fresh: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against a database of its own that has one incident; return what it printed."""
    from forthwith.settings import settings

    monkeypatch.setenv("FORTHWITH_ACTOR", "rita")
    settings.cache_clear()
    key = uuid.uuid4()
    with db.session() as session:
        session.add(
            Incident(id=key, ref="2026-001", title="A drill", opened_by="ana", wrapped_key=keys.new_data_key(key))
        )
        session.add(Party(name="Nordwind Reisen", code="nordwind"))

    def call(*words: str | Path) -> str:
        capsys.readouterr()
        with contextlib.suppress(SystemExit):  # cyclopts ends with exit code 0; a refusal shows in what was printed
            cli.main(["people", *map(str, words)])
        return capsys.readouterr().out

    return call


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Return the one line with which a command is refused."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        cli.main(["people", *map(str, words)])
    said = capsys.readouterr().err
    assert end.value.code == 1
    assert said.startswith("forthwith: ")
    assert said.count("\n") == 1
    return said


NEAR = (
    "Name,Email,Birth date,Street,Postcode,City,Country\nAna Ruiz,ana@example.com,1960-05-04,Weg 1,10115,Berlin,DE\n"
    "Ana Ruiz,ana@example.com,1960-05-05,Weg 1,10115,Berlin,DE\nAna Ruiz,ana@example.com,,Weg 1,10115,Berlin,DE\n"
)


def test_who_may_be_one_is_listed_decided_and_parted(
    run: Run, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("near.csv", NEAR)
    assert "forthwith people near 2026-001" in run("load", "2026-001", path, "--yes")
    listed = run("near", "2026-001")
    assert "1-2" in listed
    assert "birth dates differ" in listed
    assert "near.csv:0 / near.csv:1" in listed
    assert "Ruiz" not in listed
    merged = run("merges", "2026-001", "1")
    assert "same e-mail, same first name" in merged
    assert "No. 1 (A. R.), DE; different values: 1 name, 1 email, 1 address, 1 born" in merged
    assert "They stay two" in run("decide", "2026-001", "1-2", "different", "--reason", "father and son of one name")
    assert "No two people look near enough" in run("near", "2026-001")
    assert "different by rita: father and son of one name" in run("near", "2026-001", "--decided")
    told = run("part", "2026-001", "1", "--rows", "near.csv:2", "--evidence", path, "--reason", "a third one")
    assert "They are two people now. People in scope: 3 (version 2)." in told
    decided = json.loads(run("decide", "2026-001", "1-3", "same", "--reason", "no third one", "--json"))
    assert decided == {
        "incident": "2026-001", "pair": "1-3", "verdict": "same", "decided_by": "rita", "reason": "no third one",
    }  # fmt: skip
    assert "is no pair of people" in refused(capsys, "decide", "2026-001", "1,3", "same", "--reason", "x")
    rows = ("--rows", "2", "--evidence", path, "--reason", "x")
    assert "names no rows" in refused(capsys, "part", "2026-001", "1", *rows)


def test_a_list_is_taken_up_and_back(run: Run, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    run("load", "2026-001", write("people.csv", TEXT), "--yes")
    stop = write("stop.csv", "Email\nana@example.com\ndora@example.org\n")
    told = run("suppress", "2026-001", stop, "--class", "legal", "--reason", "a protected address")
    assert "2 entries (0 rows name nothing); 1 people are on it." in told
    assert "Their notices are held." in told
    assert "2 entries were lifted." in run("suppress", "2026-001", stop, "--lift", "--reason", "the wrong list")
    told = run("suppress", "2026-001", stop, "--class", "marketing", "--reason", "a newsletter")
    assert "neither blocks nor satisfies a legal duty" in told
    assert "Say --class marketing or --class legal" in refused(capsys, "suppress", "2026-001", stop, "--reason", "x")


def test_load_show_and_export_go_together(run: Run, write: Write) -> None:
    path = write("people.csv", TEXT)
    report = json.loads(run("load", "2026-001", path, "--party", "nordwind", "--kind", "patient", "--yes", "--json"))
    assert (report["people"], report["rows_in"], report["rows_quarantined"]) == (2, 3, 1)
    shown = json.loads(run("show", "2026-001", "--json"))
    assert shown["jurisdictions"] == {"DE": 1, "FR": 1}
    assert shown["kinds"] == {"patient": 2}
    assert shown["parties"] == {"nordwind": 2}
    lines = [json.loads(line) for line in run("export", "2026-001").splitlines()]
    assert [set(line) for line in lines] == [
        {"person_id", "number", "jurisdiction", "country", "age_class", "language", "elements", "channels"}
    ] * 2
    assert lines == json.loads(run("export", "2026-001", "--json"))
    links = list(csv.DictReader(io.StringIO(run("export", "2026-001", "--links"))))
    assert [(link["source"], link["row"]) for link in links] == [
        ("people.csv", "0"),
        ("people.csv", "1"),
        ("people.csv", "2"),
    ]
    assert [link["person_id"] for link in links] == [lines[0]["person_id"], lines[1]["person_id"], ""]
    assert links[2]["reason"] == "fewer fields than the header has"
    assert len(json.loads(run("export", "2026-001", "--links", "--json"))) == 3


def test_what_people_read_says_what_happened_and_what_comes_next(run: Run, write: Write) -> None:
    said = run("load", "2026-001", write("people.csv", TEXT.replace("Diagnosis", "Zauber")), "--yes")
    assert "people.csv: 3 rows = 2 loaded + 1 in quarantine" in said
    assert "look at column 'Zauber'" in said
    assert "forthwith people show 2026-001" in said
    assert "loaded before, nothing changed" in run(
        "load", "2026-001", write("people.csv", TEXT.replace("Diagnosis", "Zauber")), "--yes"
    )
    shown = run("show", "2026-001")
    assert "2 people in 2026-001" in shown
    assert "fewer fields than the header has" in shown


def test_an_unconfirmed_mapping_loads_only_with_a_person_s_word(
    run: Run, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("people.csv", TEXT)
    assert "Nobody has confirmed" in refused(capsys, "load", "2026-001", path)
    assert json.loads(run("show", "2026-001", "--json"))["people"] == 0
    assert "medical" in run("map", "2026-001", path, "--confirm")
    assert json.loads(run("load", "2026-001", path, "--json"))["people"] == 2
    with db.session() as session:
        from sqlmodel import select

        assert [entry.verb for entry in session.exec(select(Entry).order_by(Entry.seq))] == ["confirmed", "loaded"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("answer", "people"), [("y", 2), ("n", 0), ("", 0)])
def test_on_a_terminal_a_person_is_asked(
    run: Run,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    people: int,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    path = write("people.csv", TEXT)
    if people:
        assert "Xxx Xxxx" in run("load", "2026-001", path)
    else:
        assert "Nothing was loaded" in refused(capsys, "load", "2026-001", path)
    with db.session() as session:
        from sqlmodel import func, select

        assert session.exec(select(func.count()).select_from(Person)).one() == people


def test_map_shows_masked_examples_and_takes_corrections(run: Run, write: Write) -> None:
    path = write("people.csv", TEXT.replace("Name", "Wer"))
    seen = json.loads(run("map", "2026-001", path, "--set", "Wer=full_name", "--json"))
    assert {column["column"]: column["field"] for column in seen["columns"]} == {
        "Wer": "full_name",
        "Email": "email",
        "Country": "country",
        "Diagnosis": "health",
    }
    assert seen["columns"][0]["examples"] == ["Xxx Xxxx", "Xxx Xxxxx"]
    assert (seen["saved"], seen["confirmed"]) == (False, False)
    assert "Ruiz" not in run("map", "2026-001", path)


def test_several_files_of_which_one_has_the_stated_column_are_loaded(run: Run, write: Write) -> None:
    one, two = write("one.csv", TEXT), write("two.csv", "Wer;E-Mail\nCora Lang;cora@example.com\n")
    assert json.loads(run("load", "2026-001", one, two, "--set", "Wer=full_name", "--yes", "--json"))["people"] == 3


def test_wrong_use_is_refused_in_one_line_and_leaves_nothing(
    run: Run, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("people.csv", TEXT)
    assert "No incident" in refused(capsys, "load", "2026-999", path, "--yes")
    assert "no file" in refused(capsys, "load", "2026-001", path.with_name("none.csv"), "--yes")
    assert "No file was named" in refused(capsys, "load", "2026-001", "--yes")
    assert "No party" in refused(capsys, "load", "2026-001", path, "--party", "nobody", "--yes")
    assert "COLUMN=FIELD" in refused(capsys, "map", "2026-001", path, "--set", "Name")
    assert "no field" in refused(capsys, "map", "2026-001", path, "--set", "Name=wizard").lower()
    assert "no country" in refused(capsys, "load", "2026-001", path, "--country", "Atlantis", "--yes").lower()
    assert json.loads(run("show", "2026-001", "--json"))["people"] == 0


def test_a_file_that_nobody_knows_is_refused_but_can_be_looked_at(
    run: Run, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("odd.csv", "A,B\nx,y\n")
    assert "No column of odd.csv is known" in refused(capsys, "load", "2026-001", path, "--yes")
    assert "odd.csv: 1 rows" in run("map", "2026-001", path)
    assert "No column" in refused(capsys, "map", "2026-001", path, "--confirm")


def test_people_are_taken_out_and_back_and_the_versions_tell_of_it(
    run: Run, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run("load", "2026-001", write("people.csv", TEXT), "--yes")
    numbers = [json.loads(line)["number"] for line in run("export", "2026-001").splitlines()]
    assert numbers == [1, 2]
    said = run("remove", "2026-001", "1", "--reason", "a test account")
    assert "1 taken out of scope. People in scope: 1 (version 2)" in said
    assert "1 more were taken out of scope" in run("show", "2026-001")
    assert "stay out" in run("load", "2026-001", write("more.csv", TEXT.replace("torn\n", "")), "--yes")
    assert "No. 1: out of scope already." in refused(capsys, "remove", "2026-001", "1", "--reason", "x")
    assert "reason is needed" in refused(capsys, "remove", "2026-001", "2", "--reason", " ")
    listed = run("scope", "2026-001", "--from", "1", "--to", "2")
    assert "a test account" in listed
    assert "Out of scope, by number: 1 (version 2)" in listed
    assert "From version 1 to 2:" in listed
    assert json.loads(run("restore", "2026-001", "1", "--reason", "it was one", "--json"))["added"] == 1
    told = json.loads(run("scope", "2026-001", "--from", "0", "--json"))
    assert [row["what"] for row in told["versions"]] == ["load", "remove", "load", "restore"]
    assert (told["version"], told["out"], told["difference"]["came"]) == (4, [], 2)
    assert json.loads(run("scope", "2026-001", "--json"))["difference"] is None
    assert not [name for name in ("Ruiz", "Weber", "example.com") if name in listed + said + str(told)]


def test_the_help_warns_that_a_reason_must_name_nobody(run: Run) -> None:
    for command in ("remove", "restore"):
        assert "name no person" in " ".join(run(command, "--help").replace("│", " ").split())
