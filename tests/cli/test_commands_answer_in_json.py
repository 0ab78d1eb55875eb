"""Every command that shows something: one JSON document with --json, plain words without, and an honest exit code."""

import contextlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fakes.databases import copied, dropped, forget

import forthwith.cli
from forthwith import db
from forthwith.settings import settings

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = EXAMPLES / "mis-sent-spreadsheet"
REF = "2026-001"
ENVIRONMENT = {
    "FORTHWITH_ORGANISATION": "Example Ltd", "FORTHWITH_CONTACT_EMAIL": "dpo@example.com",
    "FORTHWITH_CONTACT_PHONE": "+49 30 5550000", "FORTHWITH_ACTOR": "rita",
}  # fmt: skip
REPRS = re.compile(r"datetime\.|UUID\(|\bNone\b|\{'|\['|<[\w.]+ object|Decimal\(|\bTrue\b|\bFalse\b")
LEGAL = ("eu.gdpr.risk", "high_risk", "--reason", "Diagnoses lie with a stranger.")

# Each step of the story: the name by which tests ask for it, and what is typed. A step of WORDS has no --json.
STEPS: dict[str, tuple[str, ...]] = {
    "user add": ("user", "add", "rita", "--role", "responder"),
    "user renew": ("user", "renew", "rita"),
    "user list": ("user", "list"),
    "doctor": ("doctor",),
    "law list": ("law", "list"),
    "law show": ("law", "show", "eu.gdpr"),
    "law check": ("law", "check"),
    "assess file": ("assess", "FACTS"),
    "incident open": ("incident", "open", str(SMALL / "incident.yaml")),
    "incident state": ("incident", "state", REF, "--set", "breach.misuse=unknown"),
    "people map": ("people", "map", REF, str(SMALL / "evidence" / "termine.xlsx")),
    "people load": ("people", "load", REF, str(SMALL / "evidence" / "termine.xlsx"), "--kind", "patient", "--yes"),
    "people search": ("people", "search", REF, str(SMALL)),
    "people show": ("people", "show", REF),
    "people export": ("people", "export", REF),
    "assess": ("assess", REF),
    "respond to the gate": ("respond", REF, "--inline"),
    "notice draft": ("notice", "draft", REF),
    "notice preview": ("notice", "preview", REF),
    "notice lint": ("notice", "lint", REF),
    "review show": ("review", "show", REF),
    "review list": ("review", "list", REF),
    "review answer": ("review", "answer", REF, *LEGAL),
    "respond again": ("respond", REF, "--inline"),
    "review ask": ("review", "ask", REF, "--all", "--comment", "Say it more plainly."),
    "review reject": ("review", "reject", REF, "--all", "--comment", "Not so."),
    "review approve": ("review", "approve", REF, "--all"),
    "send plan": ("send", "plan", REF),
    "send go": ("send", "go", REF),
    "send reconcile": ("send", "reconcile", REF),
    "respond to the end": ("respond", REF, "--inline"),
    "send status": ("send", "status", REF),
    "incident show": ("incident", "show", REF),
    "incident list": ("incident", "list"),
    "deadlines": ("deadlines", REF),
    "deadlines of all": ("deadlines",),
    "timeline show": ("timeline", "show", REF),
    "timeline verify": ("timeline", "verify", REF),
    "register export": ("register", "export", "--drills"),
    "retention run": ("retention", "run", "--dry-run"),
    "detect": ("detect", str(EXAMPLES / "support-processor-leak" / "alert.json"), "--open"),
}  # fmt: skip
WORDS = ("review answer",)
IN_JSON_ALONE = ("register export",)  # a file's content either way
SHOWING = [name for name in STEPS if name not in WORDS]


@dataclass
class Story:
    """What each step said, on standard output and beside it."""

    said: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)

    def document(self, step: str) -> Any:
        return json.loads(self.said[step])


def captured(*words: str) -> tuple[int, str, str]:
    """Run a command as the shell would; return its exit code and both its outputs."""
    out, beside, code = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(beside):
        try:
            forthwith.cli.main(list(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
    out.flush()
    return code, out.buffer.getvalue().decode(), beside.getvalue()  # type: ignore[attr-defined]


@contextlib.contextmanager
def house(template: str) -> Iterator[pytest.MonkeyPatch]:
    """A database and a data folder of one story's own."""
    url = copied(template, "story")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        for setting, value in ENVIRONMENT.items():
            patch.setenv(setting, value)
        patch.setenv("FORTHWITH_HOME", folder)
        patch.setenv("FORTHWITH_DATABASE_URL", url)
        forget()
        yield patch
        db.engine().dispose()
    forget()
    dropped(template, url)


def lena(patch: pytest.MonkeyPatch) -> None:
    """Let Lena, who is counsel, type from now on."""
    from forthwith.review import users

    with db.session() as session:
        patch.setenv("FORTHWITH_TOKEN", users.add(session, "lena", role="legal")[1])


def facts_file() -> str:
    """Return some case of a law as a facts file."""
    file = Path(settings().home) / "facts.yaml"
    file.write_text(
        "entity: {role: controller, home: DE}\nbreach: {properties: [confidentiality]}\n"
        "clocks: {aware_at: 2026-11-20T08:00:00Z}\npeople: [{jurisdiction: DE, count: 3}]\n",
        encoding="utf-8",
    )
    return str(file)


def told(template: str, *more: str) -> Story:
    """Take an incident through all steps, each with these words more; return what was said."""
    story = Story()
    with house(template) as patch:
        lena(patch)
        for step, typed in STEPS.items():
            words = [facts_file() if word == "FACTS" else word for word in typed]
            code, story.said[step], story.beside[step] = captured(*words, *(() if step in WORDS else more))
            assert code in ((0, 1) if step == "doctor" else (0,)), f"{step}: {code} {story.beside[step]}"
    return story


@pytest.fixture(scope="module")
def in_json(template: str) -> Story:
    return told(template, "--json")


@pytest.fixture(scope="module")
def in_words(template: str) -> Story:
    return told(template)


@pytest.fixture(scope="module")
def empty(template: str) -> Iterator[None]:
    """An installation in which nothing happened yet."""
    with house(template):
        yield


@pytest.mark.parametrize("step", SHOWING)
def test_json_is_one_document_and_nothing_else(in_json: Story, step: str) -> None:
    text = in_json.said[step]
    document, end = json.JSONDecoder().raw_decode(text)
    assert isinstance(document, dict | list)
    assert text[end:].strip() == "", "something follows the document"


@pytest.mark.parametrize("step", SHOWING)
def test_json_holds_no_python_in_its_strings(in_json: Story, step: str) -> None:
    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield from (name, *strings(inner))
        elif isinstance(value, list):
            for inner in value:
                yield from strings(inner)

    found = [text for text in strings(in_json.document(step)) if re.search(r"datetime\.|UUID\(|^None$|object at", text)]
    assert found == []


@pytest.mark.parametrize("step", [step for step in STEPS if step not in IN_JSON_ALONE])
def test_words_are_said_and_show_no_python(in_words: Story, step: str) -> None:
    text = in_words.said[step]
    assert text.strip()
    assert [line for line in text.splitlines() if REPRS.search(line)] == []


@pytest.mark.parametrize("step", [step for step in STEPS if step not in IN_JSON_ALONE])
def test_words_are_no_json(in_words: Story, step: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(in_words.said[step])


@pytest.mark.parametrize("step", [step for step in STEPS if step not in WORDS])
def test_both_ways_say_something_else_of_the_same(in_json: Story, in_words: Story, step: str) -> None:
    if step in IN_JSON_ALONE:
        assert [one["ref"] for one in in_json.document(step)] == [one["ref"] for one in in_words.document(step)]
    else:
        assert in_json.said[step] != in_words.said[step]


def test_the_incident_is_named_alike_from_its_opening_to_its_end(in_json: Story) -> None:
    for step in ("incident open", "respond to the gate", "respond to the end", "incident show", "review show"):
        assert in_json.document(step)["ref"] == REF
    assert REF in [one["ref"] for one in in_json.document("incident list")]
    assert in_json.document("send status")["incident"] == REF
    assert [one["ref"] for one in in_json.document("register export")] == [REF]
    assert in_json.document("detect")["incident"] == "2026-002"


def test_a_machine_reads_where_the_incident_stands(in_json: Story) -> None:
    before, after = in_json.document("respond to the gate"), in_json.document("respond to the end")
    assert before["phase"] == "in_review"
    assert len(before["waiting_for"]) > 1
    assert after["phase"] == "monitoring"
    assert after["waiting_for"] == []


def test_a_machine_reads_that_nobody_is_left_out(in_json: Story) -> None:
    state = in_json.document("send status")
    assert state["people"] == 3
    assert state["equal"] is True
    assert len(set(state["equality"].values())) == 1
    assert state["gaps"] == []


def test_the_gate_reads_the_same_in_both_ways(in_json: Story, in_words: Story) -> None:
    gate = in_json.document("review show")["gate"]
    assert gate["open"] is False
    assert "The gate is closed:" in in_words.said["review show"]
    for line in gate["missing"]:
        assert line in in_words.said["review show"]
    assert in_json.document("review approve")["gate"] == {"open": True, "missing": []}
    assert "The gate is open" in in_words.said["review approve"]


def test_what_was_approved_is_what_was_listed(in_json: Story) -> None:
    approved = {(one["language"], one["medium"]) for one in in_json.document("review approve")["decided"]}
    listed = {(one["language"], one["medium"]) for one in in_json.document("review list")}
    assert approved == listed
    assert {one["verdict"] for one in in_json.document("review approve")["decided"]} == {"approve"}


def test_a_token_is_in_the_document_once_and_never_in_the_list(in_json: Story) -> None:
    first, second = in_json.document("user add")["token"], in_json.document("user renew")["token"]
    assert first != second
    assert [one["name"] for one in in_json.document("user list")] == ["lena", "rita"]
    later = "".join(said for step, said in in_json.said.items() if step not in ("user add", "user renew"))
    assert first not in later
    assert second not in later


def test_the_timeline_verifies_and_counts_what_it_shows(in_json: Story, in_words: Story) -> None:
    report, entries = in_json.document("timeline verify"), in_json.document("timeline show")
    assert report["sound"] is True
    assert report["count"] == len(entries)
    assert [one["seq"] for one in entries] == sorted(one["seq"] for one in entries)
    assert in_words.said["timeline verify"].startswith(f"Sound: incident {REF}")


def test_each_duty_of_the_assessment_stands_among_the_deadlines(in_json: Story) -> None:
    owed = {one["key"] for one in in_json.document("deadlines")}
    assert owed == {one["key"] for one in in_json.document("review show")["duties"]}
    assert owed <= {one["key"] for one in in_json.document("deadlines of all")}


def test_warnings_never_mix_with_the_document(in_json: Story) -> None:
    assert "warning" in "".join(in_json.beside.values())  # the first use of the keys warns
    assert [step for step in SHOWING if "warning: new key" in in_json.said[step]] == []


def test_nobody_affected_is_named_in_any_answer_but_the_export(in_json: Story, in_words: Story) -> None:
    with zipfile.ZipFile(SMALL / "evidence" / "termine.xlsx") as book:
        sheets = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    mails = set(re.findall(r"[\w.+-]+@[\w.-]+\.\w+", sheets))
    assert mails
    for story in (in_json, in_words):
        assert [step for step, said in story.said.items() for mail in mails if mail in said] == []


OF_AN_INCIDENT = [
    ("incident", "show"), ("incident", "close"), ("people", "show"), ("people", "export"), ("assess",),
    ("respond", "--inline"), ("notice", "draft"), ("notice", "preview"), ("notice", "lint"), ("review", "show"),
    ("review", "list"), ("send", "plan"), ("send", "go"), ("send", "status"), ("send", "reconcile"), ("deadlines",),
    ("timeline", "show"), ("timeline", "verify"), ("timeline", "export"),
]  # fmt: skip


@pytest.mark.parametrize("words", OF_AN_INCIDENT, ids=" ".join)
def test_an_unknown_incident_ends_with_1_and_one_line(empty: None, words: tuple[str, ...]) -> None:
    named, options = [word for word in words if word[0] != "-"], [word for word in words if word[0] == "-"]
    code, out, beside = captured(*named, "1999-001", *options)
    assert code == 1
    assert out == ""
    assert beside.startswith("forthwith: ")
    assert len(beside.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [
    ("nothing",), ("incident", "nothing"), ("incident", "show"), ("review", "show"), ("send", "go"),
    ("incident", "show", REF, "--no-such-option"), ("user", "add", "rita"),
    ("send", "go", REF, "--batch", "many"), ("timeline", "export", REF, "--format", "docx"),
], ids=" ".join)  # fmt: skip
def test_wrong_usage_ends_with_2_and_does_nothing(empty: None, words: tuple[str, ...]) -> None:
    code, out, beside = captured(*words)
    assert code == 2, out + beside
    assert "Traceback" not in out + beside
    assert json.loads(captured("incident", "list", "--json")[1]) == []


@pytest.mark.parametrize("words", [
    ("--help",), ("--version",), *((group, "--help") for group in (
        "incident", "people", "assess", "law", "notice", "review", "send", "deadlines", "timeline", "register",
        "retention", "user", "doctor", "respond", "serve", "demo", "detect",
    )),
], ids=" ".join)  # fmt: skip
def test_help_ends_with_0_and_says_something(words: tuple[str, ...]) -> None:
    code, out, _ = captured(*words)
    assert code == 0
    assert out.strip()
