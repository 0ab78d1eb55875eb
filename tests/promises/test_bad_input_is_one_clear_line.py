"""Whatever is handed in: one clear line that says what to do, exit code 1, and nothing half done."""

import base64
import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from runpy import run_path

import psycopg
import pytest
from fakes.american_breach import FACTS
from fakes.databases import emptied, forget

import forthwith.cli
import laws
import templates
from forthwith import db, keys
from forthwith.drafting import wording
from forthwith.settings import settings
from models import Row

REF = "2026-001"
NAME, MAIL, BORN = "Zzyzxa Zzyzxson", "zzyzx@example.com", "1984-03-07"
SECRETS = ("zzyzx", BORN, "078-05-1120", "s3cret-word")
LIST = f"Name,E-mail,Date of birth,SSN,Country,State\n{NAME},{MAIL},{BORN},078-05-1120,US,CA\n"
XLSX = run_path(str(Path(laws.__file__).parents[1] / "examples" / "workbook.py"))["xlsx"]
Answer = tuple[int, str, str]


class Desk:
    """A command line in a house of its own, and what stands in that house."""

    def __init__(self, url: str, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.url, self.home, self._capfd = url, home, capfd

    def call(self, *words: str) -> Answer:
        """Run a command; return exit code, output and errors."""
        self._capfd.readouterr()
        code = 0
        try:
            forthwith.cli.main(list(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self._capfd.readouterr()
        return code, said.out, said.err

    def done(self, *words: str) -> str:
        """Run a command that must work; return what it said."""
        code, out, err = self.call(*words)
        assert code == 0, err
        return out

    def standing(self) -> tuple[dict[str, tuple[int, str]], list[str]]:
        """Return count and hash of every table, and the files that were written."""
        asked = " union all ".join(
            f"select '{table.name}', count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) "
            f'from "{table.name}" t'
            for table in Row.metadata.sorted_tables
        )
        with psycopg.connect(self.url) as connection:
            tables = {name: (count, digest) for name, count, digest in connection.execute(asked)}
        assert len(tables) > 20
        files = [path for path in self.home.rglob("*") if path.is_file() and path.parent.name not in ("keys", "cache")]
        return tables, sorted(str(path.relative_to(self.home)) for path in files)

    def refused(self, *words: str) -> str:
        """Run a command that must be refused with one clear line and nothing done; return the line."""
        before = self.standing()
        code, out, err = self.call(*words)
        assert (code, out) == (1, ""), err
        one_clear_line(err)
        assert self.standing() == before
        return err


def one_clear_line(err: str) -> None:
    """Hold an error against what is promised of every one."""
    assert err.startswith("forthwith: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "fault of this program" not in err
    assert len(err) < 800
    assert [secret for secret in SECRETS if secret in err.casefold()] == []


@pytest.fixture(scope="module")
def ground(shared: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with one open incident, for all tests that leave it as it was; return its folder."""
    emptied(shared)
    home = tmp_path_factory.mktemp("ground")
    with pytest.MonkeyPatch.context() as patched:
        settle(patched, shared, home)
        forthwith.cli.app(["incident", "open", "--title", "A drill"], result_action="return_value")
        db.engine().dispose()
    forget()
    return home


def settle(monkeypatch: pytest.MonkeyPatch, url: str, home: Path) -> None:
    """Make database and folder ours."""
    monkeypatch.setenv("FORTHWITH_DATABASE_URL", url)
    monkeypatch.setenv("FORTHWITH_HOME", str(home))
    forget()
    keys.signing_key.cache_clear()


@pytest.fixture
def desk(
    shared: str, ground: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A command line in the house that stays as it is."""
    settle(monkeypatch, shared, ground)
    yield Desk(shared, ground, capfd)
    db.engine().dispose()
    monkeypatch.undo()
    forget()
    keys.signing_key.cache_clear()


@pytest.fixture
def own(fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    """A house of the test's own: one incident with its facts, one person with an address and one without."""
    settle(monkeypatch, fresh, tmp_path / "home")
    made = Desk(fresh, tmp_path / "home", capfd)
    made.done("incident", "open", "--title", "A drill", *(part for fact in FACTS for part in ("--set", fact)))
    (tmp_path / "list.csv").write_text(f"{LIST}Zzyzxo Unreached,,1990-01-01,078-05-1121,US,CA\n")
    assert "2 new" in made.done("people", "load", REF, str(tmp_path / "list.csv"), "--yes")
    return made


def evidence(kind: str) -> tuple[str, bytes]:
    """Return name and content of a bad evidence file."""
    good = XLSX({"S": [["Name", "E-mail"], [NAME, MAIL]]})
    return {
        "empty": ("list.csv", b""),
        "blank": ("list.csv", b"\xef\xbb\xbf \r\n\r\n"),
        "empty sheet": ("list.xlsx", XLSX({"S": []})),
        "header only": ("list.csv", b"Name,E-mail\n"),
        "header only in a sheet": ("list.xlsx", XLSX({"S": [["Name", "E-mail"]]})),
        "cut UTF-16": ("list.csv", b"\xff\xfe" + LIST.encode("utf-16-le")[:-1]),
        "bytes of no text": ("list.csv", bytes(range(256)) * 40),
        "cut workbook": ("list.xlsx", good[: len(good) // 2]),
        "no workbook inside": ("list.xlsx", b"PK\x03\x04" + LIST.encode()),
        "password": ("list.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 40),
        "unknown columns": ("list.csv", f"Qwx,Vbn\n{NAME},hello\n".encode()),
        "a PDF": ("list.csv", b"%PDF-1.7\n" + LIST.encode()),
        "a web page": ("list.csv", b"<!doctype html><html><body>" + LIST.encode() + b"</body></html>"),
        "broken JSON": ("list.jsonl", f'{{"name": "{NAME}", "email": '.encode()),
        "broken Parquet": ("list.parquet", b"PAR1" + LIST.encode() + b"PAR1"),
        "a dump without rows": ("dump.sql", b"CREATE TABLE people (name text);\n"),
    }[kind]


TO_DO = {
    "empty": "Export it again", "blank": "Export it again", "empty sheet": "Export it again",
    "header only": "Export it again with its rows", "header only in a sheet": "Export it again with its rows",
    "cut UTF-16": "hand it in again whole", "bytes of no text": "list.csv", "cut workbook": "broken or cut off",
    "no workbook inside": "list.xlsx", "password": "list.xlsx", "unknown columns": "--set",
    "a PDF": "not a table", "a web page": "not a table", "broken JSON": "list.jsonl",
    "broken Parquet": "broken or cut off", "a dump without rows": "Dump it again",
}  # fmt: skip


@pytest.mark.parametrize("kind", TO_DO)
def test_an_evidence_file_that_cannot_be_read_is_refused(desk: Desk, tmp_path: Path, kind: str) -> None:
    name, content = evidence(kind)
    (tmp_path / name).write_bytes(content)
    if kind != "unknown columns":  # those can be looked at
        assert name in desk.refused("people", "map", REF, str(tmp_path / name), "--confirm")
    line = desk.refused("people", "load", REF, str(tmp_path / name), "--yes")
    assert TO_DO[kind] in line
    assert name in line
    assert str(tmp_path) not in line


@pytest.mark.parametrize("command", ["load", "map"])
def test_a_file_that_is_not_there_is_named(desk: Desk, tmp_path: Path, command: str) -> None:
    line = desk.refused("people", command, REF, str(tmp_path / "list.csv"))
    assert line == "forthwith: There is no file list.csv. Check the path.\n"


def test_a_bad_file_beside_a_good_one_keeps_the_good_one_out_too(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(LIST)
    (tmp_path / "bad.csv").write_bytes(b"")
    files = (str(tmp_path / "good.csv"), str(tmp_path / "bad.csv"))
    assert "bad.csv" in desk.refused("people", "load", REF, *files, "--yes")
    assert json.loads(desk.done("people", "show", REF, "--json"))["people"] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Nobody has confirmed"), (("--set", "Wer=full_name", "--yes"), "There is no column 'Wer'"),
        (("--set", "Name=soul", "--yes"), "There is no field 'soul'"), (("--set", "Name", "--yes"), "COLUMN=FIELD"),
        (("--set", "Date of birth=birth_date:ydm", "--yes"), "date order"),
        (("--party", "nobody", "--yes"), "No party is called 'nobody'"), (("--country", "XX", "--yes"), "no country"),
    ],
    ids=["unconfirmed", "no such column", "no such field", "no pair", "no such order", "no such party", "no country"],
)  # fmt: skip
def test_what_is_said_about_a_good_file_is_checked_too(
    desk: Desk, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    assert told in desk.refused("people", "load", REF, str(tmp_path / "list.csv"), *words)


@pytest.mark.parametrize(
    "words",
    [
        ("people", "show"), ("people", "export"), ("incident", "show"), ("incident", "close"), ("assess",),
        ("incident", "state", "--set", "breach.cause=phishing"), ("respond", "--inline"), ("notice", "preview"),
        ("review", "list"), ("review", "show"), ("send", "plan"), ("send", "go"), ("send", "status"), ("deadlines",),
        ("send", "reconcile"), ("timeline", "show"), ("timeline", "verify"), ("timeline", "export"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_incident_that_is_not_there_is_refused_everywhere(desk: Desk, words: tuple[str, ...]) -> None:
    command = [word for word in words if not word.startswith("--") and "=" not in word]
    line = desk.refused(*command, "2099-999", *[word for word in words if word not in command])
    assert line == "forthwith: No incident is called '2099-999'. `forthwith incident list` shows them.\n"


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        ("breach.reason=hacking", "breach.reason"), ("nonsense=1", "nonsense"), ("breach.cause=zzyzx", "breach.cause"),
        ("clocks.aware_at=2026-02-30", "clocks.aware_at"), ("clocks.aware_at=yesterday", "clocks.aware_at"),
        ("breach.media=[smoke]", "breach.media"),
        ("words.offer.months=many", "words.offer.months"),
        ("breach.media=[electronic", "breach.media"), ("breach.cause", "name=value"), ("=hacking", "name=value"),
        ("breach.event.acquired={a: b}", "breach.event.acquired"), ("breach.cause=&a [*a]", "breach.cause"),
    ],
)  # fmt: skip
def test_a_fact_with_a_wrong_name_or_value_is_refused_whole(desk: Desk, fact: str, told: str) -> None:
    right = "entity.role=controller"
    assert told in desk.refused("incident", "state", REF, "--set", right, "--set", fact)
    assert told in desk.refused("incident", "open", "--title", "Another", "--set", right, "--set", fact)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "title"), (b"title: [", "line"), (b"\xff\xfe\xfa", "UTF-8"), (b"- a\n- b\n", "title"),
        (b"title: A\nwho: Zzyzx\n", "who"), (b"title: A\ntitle: B\n", "twice"), (b"title: A\ndrill: zzyzx\n", "drill"),
        (b"title: A\nfacts: {breach: {cause: zzyzx}}\n", "breach.cause"), (b"title: &a [*a]\n", "reference"),
        (b"title: A\nparties: [{name: Zzyzx, code: z, role: zzyzx}]\n", "role"),
        (b"title: !!python/name:os.system\n", "line"),
        (b"title: A\nclocks: {aware_at: 2026-13-01}\n", "a date"), (b"facts: {}\n", "title"),
        (b"title: A\nclocks: {aware_at: '2026-13-01'}\n", "aware_at"),
    ],
)  # fmt: skip
def test_an_incident_file_with_a_fault_opens_nothing(desk: Desk, tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "incident.yaml").write_bytes(content)
    assert told in desk.refused("incident", "open", str(tmp_path / "incident.yaml"))
    assert told in desk.refused("incident", "add", REF, str(tmp_path / "incident.yaml"))


def test_an_incident_file_that_is_not_there_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    assert "Check its path." in desk.refused("incident", "open", str(tmp_path / "incident.yaml"))
    assert "--title" in desk.refused("incident", "open")
    (tmp_path / "incident.yaml").write_text("title: ''\n")
    assert "title" in desk.refused("incident", "open", str(tmp_path / "incident.yaml"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [", "line"), (b"\xff\xfe\xfa", "UTF-8"), (b"- one\n- two\n", "facts"), (b"just words", "facts"),
        (b"", "facts"), (b"a: 1\na: 2\n", "twice"), (b"a: &x 1\nb: *x\n", "anchors"), (b"a: !!set {b}\n", "tags"),
        (b"breach: zzyzx\n", "breach"), (b"people: zzyzx\n", "people"), (b"people: [zzyzx]\n", "people"),
        (b"clocks: {aware_at: zzyzx}\n", "aware_at"), (b"as_of: zzyzx\n", "as_of"), (b"a: 1\n---\nb: 2\n", "document"),
        (b"people: [{jurisdiction: DE, count: zzyzx}]\n", "count"), (b"entity: [1]\n", "entity"),
    ],
)  # fmt: skip
def test_a_facts_file_that_is_none_is_refused(desk: Desk, tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "facts.yaml").write_bytes(content)
    assert told in desk.refused("assess", str(tmp_path / "facts.yaml"))


def test_a_facts_file_that_is_not_there_and_a_day_that_is_none(desk: Desk, tmp_path: Path) -> None:
    assert "facts.yaml can't be read" in desk.refused("assess", str(tmp_path / "facts.yaml"))
    assert "as_of" in desk.refused("assess", REF, "--as-of", "zzyzx")
    (tmp_path / "facts.yaml").write_text("entity: {role: controller}\n")
    assert "as_of" in desk.refused("assess", str(tmp_path / "facts.yaml"), "--as-of", "zzyzx")


def own_law(tmp_path: Path, change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a changed copy of a contract's record beside ours, as a user's own duties stand."""
    source = next((Path(laws.__file__).parent / "contracts").rglob("law.yaml"))
    made = re.sub(r"(?m)^id: .*$", "id: contracts.my-promise", source.read_text("utf-8"), count=1)
    folder = tmp_path / "own" / "contracts" / "my-promise"
    folder.mkdir(parents=True)
    (folder / "law.yaml").write_text(change(made), "utf-8")
    monkeypatch.setenv("FORTHWITH_LAWS", json.dumps([str(tmp_path / "own")]))
    settings.cache_clear()


def without_citation(content: str) -> str:
    head, found, rest = content.partition("trigger:\n  citation: ")
    assert found
    return head + "trigger:\n" + rest.partition("\n")[2]


def unknown_code(content: str) -> str:
    assert content.count("\ndefinitions:\n") == 1
    odd = "  odd:\n    citation: § 1\n    when: {fact: breach.odd, is: [x]}\n"
    return content.replace("\ndefinitions:\n", f"\ndefinitions:\n{odd}")


BAD_LAWS: dict[str, tuple[Callable[[str], str], str]] = {
    "no citation": (without_citation, "clause without citation"),
    "unknown code": (unknown_code, "breach.odd"),
    "no YAML": (lambda content: content + "\nduties: [", "line"),
    "wrong folder": (lambda content: content.replace("my-promise", "another", 1), "belongs in"),
}


@pytest.mark.parametrize("fault", BAD_LAWS)
def test_a_law_with_a_fault_stops_every_assessment_and_is_named(
    desk: Desk, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, told = BAD_LAWS[fault]
    own_law(tmp_path, change, monkeypatch)
    for words in (("assess", REF), ("law", "list"), ("law", "show", "us-ca")):
        line = desk.refused(*words)
        assert told in line
        assert "own/contracts/my-promise/law.yaml" in line
        assert str(tmp_path) not in line


@pytest.mark.parametrize("fault", BAD_LAWS)
def test_checking_the_laws_tells_the_fault_in_one_line(
    desk: Desk, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, told = BAD_LAWS[fault]
    own_law(tmp_path, change, monkeypatch)
    code, out, err = desk.call("law", "check")
    assert (code, err, out.count("\n")) == (1, "", 1)
    assert told in out
    assert out.startswith("own/contracts/my-promise/law.yaml: ")


def test_a_flow_that_meets_such_a_law_stops_before_any_duty_or_word(
    own: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_law(tmp_path, without_citation, monkeypatch)
    code, out, err = own.call("respond", REF, "--inline")
    assert (code, out) == (1, "")
    one_clear_line(err)
    assert "clause without citation" in err
    tables, files = own.standing()
    assert [tables[name][0] for name in ("obligation", "notice", "variant", "delivery")] == [0, 0, 0, 0]
    assert files == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("{{ slot.birthday }}", "unknown slot: birthday"), ("{{ slot.name | upper }}", "more than print the slot name"),
        ("{{ nobody_knows.this }}", "something unknown"), ("{% if %}", "can't be used"),
    ],
    ids=["unknown slot", "slot in a filter", "unknown name", "no template"],
)  # fmt: skip
def test_a_template_with_a_fault_words_nothing(
    own: Desk, tmp_path: Path, words: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(Path(templates.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("opening", "what_happened"):
        page = folder / "en" / f"{name}.html"
        page.write_text(page.read_text("utf-8").replace("%}", f"%}}{words}", 1), "utf-8")
    for place in ("forthwith.approval.hashes", "forthwith.filling.labels", "forthwith.drafting.wording"):
        monkeypatch.setattr(f"{place}.TEMPLATES", folder)
    wording.environment.cache_clear()
    monkeypatch.setattr(wording.environment(Path(templates.__file__).parent).loader, "searchpath", [str(folder)])
    code, out, err = own.call("respond", REF, "--inline")
    wording.environment.cache_clear()
    assert (code, out) == (1, "")
    one_clear_line(err)
    assert told in err
    assert "en/" in err
    tables, files = own.standing()
    assert [tables[name][0] for name in ("notice", "variant", "decision", "delivery")] == [0, 0, 0, 0]
    assert files == []


@pytest.mark.parametrize("command", [("incident", "list"), ("people", "show", REF), ("send", "go", REF)])
def test_a_database_that_is_down_is_told_without_its_address(
    desk: Desk, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # taken, and nobody listens
        port = held.getsockname()[1]
        settle(monkeypatch, f"postgresql://ana:s3cret-word@127.0.0.1:{port}/forthwith", desk.home)
        line = desk.refused(*command)
    assert line.startswith("forthwith: The database can't be reached. Start it, or check FORTHWITH_DATABASE_URL")
    assert str(port) not in line


@pytest.mark.parametrize(
    ("kek", "told"),
    [
        (base64.b64encode(b"k" * 32).decode(), "Set the key that it was made with"),
        ("s3cret-word", "Restore it from your backup"),
        (base64.b64encode(b"k" * 16).decode(), "Restore it from your backup"),
    ],
    ids=["another", "no base64", "short"],
)  # fmt: skip
def test_a_wrong_key_stops_all_that_needs_it(
    desk: Desk, tmp_path: Path, kek: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    monkeypatch.setenv("FORTHWITH_KEK", kek)
    settings.cache_clear()
    assert told in desk.refused("people", "load", REF, str(tmp_path / "list.csv"), "--yes")


@pytest.mark.parametrize(
    "command", [("approve", REF, "--all"), ("decide", REF, "us-ca.ag", "--notify", "--reason", "x")]
)
@pytest.mark.parametrize(
    ("token", "told"), [(None, "FORTHWITH_TOKEN is not set"), ("s3cret-word", "This token is not known")]
)
def test_without_a_known_token_nothing_is_decided(
    desk: Desk, command: tuple[str, ...], token: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_TOKEN", token or "")
    assert told in desk.refused("review", *command)


def test_a_role_that_there_is_not_gives_no_access(desk: Desk) -> None:
    line = desk.refused("user", "add", "lena", "--role", "king")
    assert "Choose one of: responder, legal, approver, auditor, operator." in line
    assert "`forthwith user list`" in desk.refused("user", "remove", "nobody")


def test_a_person_without_address_is_held_with_a_reason_and_a_responder_decides_nothing(
    own: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.done("respond", REF, "--inline")
    add = ("user", "add", "--json", "--role")
    token = {role: json.loads(own.done(*add, role, f"a {role}"))["token"] for role in ("responder", "legal")}
    monkeypatch.setenv("FORTHWITH_TOKEN", token["responder"])
    assert "legal" in own.refused("review", "approve", REF, "--all")
    monkeypatch.setenv("FORTHWITH_TOKEN", token["legal"])
    with psycopg.connect(own.url) as connection:
        open_duties = connection.execute("select key from obligation where current and verdict = 'review'").fetchall()
    for (duty,) in open_duties:
        own.done("review", "decide", REF, duty, "--notify", "--reason", "Told to be safe.")
    own.done("respond", REF, "--inline")
    own.done("review", "approve", REF, "--all")
    own.done("respond", REF, "--inline")
    state = json.loads(own.done("send", "status", REF, "--json"))
    assert state["people"] == 2
    assert state["deliveries"]["held"] >= 1
    assert [one["reason"] for one in state["reasons"] if one["state"] == "held"] != []
    assert all(one["reason"] for one in state["reasons"])


def test_a_timeline_file_that_was_changed_is_told_by_its_place(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "timeline.json"
    desk.done("timeline", "export", REF, "--out", str(file))
    good, before = file.read_bytes(), desk.standing()
    assert desk.call("timeline", "verify", str(file))[0] == 0
    for bad in (good.replace(b"opened", b"closed", 1), good[:-40], b"", b"{}", b"\xff" + good, b"[" * 100_000):
        file.write_bytes(bad)
        code, out, err = desk.call("timeline", "verify", str(file))
        assert (code, err) == (1, ""), bad[:20]
        assert "Traceback" not in out
        assert "NOT" in out.upper()
    file.write_bytes(b"%PDF-1.7\n")
    line = desk.refused("timeline", "verify", str(file))
    assert line == "forthwith: timeline.json carries no timeline. Verify the JSON export instead.\n"
    assert desk.standing() == before
