"""The verifier that regulators get runs alone: one file, no project, no network."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import Session

from forthwith import keys
from forthwith.timeline import export, record, verify
from models import Incident

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs/operators/verify_timeline.py"


@pytest.fixture
def handed_out(session: Session, incident: Incident, tmp_path: Path) -> Path:
    """A folder as a regulator has it: the script and an export, nothing else."""
    for number in range(4):
        record(session, incident.id, actor="ana", verb="stepped", text=f"Step {number}.")
    (tmp_path / "verify_timeline.py").write_bytes(SCRIPT.read_bytes())
    (tmp_path / "old.json").write_bytes(export.to_json(session, incident))
    record(session, incident.id, actor="ana", verb="stepped", text="Step 4.")
    (tmp_path / "new.json").write_bytes(export.to_json(session, incident))
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "verify_timeline.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={})


def test_the_script_is_the_same_code_that_we_run_ourselves() -> None:
    assert SCRIPT.read_bytes() == Path(verify.__file__).read_bytes()


def test_the_script_needs_nothing_but_python_and_cryptography() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names == {"cryptography"}


def test_the_script_never_opens_a_connection() -> None:
    names = {node.id for node in ast.walk(ast.parse(SCRIPT.read_text())) if isinstance(node, ast.Name)}
    assert names & {"socket", "urllib", "http", "subprocess", "os", "eval", "exec"} == set()


def test_a_sound_export_ends_with_0(handed_out: Path) -> None:
    done = run(handed_out, "new.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Sound: incident 2026-001, 5 entries" in done.stdout
    assert verify.fingerprint(keys.public_key()) in done.stdout


def test_a_changed_export_ends_with_1_and_names_the_entry(handed_out: Path) -> None:
    path = handed_out / "new.json"
    path.write_bytes(path.read_bytes().replace(b"Step 2.", b"Step 9."))
    done = run(handed_out, "new.json")
    assert (done.returncode, done.stdout) == (1, "NOT SOUND: entry 3: its hash does not fit its content.\n")


def test_the_expected_key_is_compared(handed_out: Path) -> None:
    assert run(handed_out, "new.json", "--key", verify.fingerprint(keys.public_key())).returncode == 0
    done = run(handed_out, "new.json", "--key", "0" * 64)
    assert (done.returncode, "another key" in done.stdout) == (1, True)


def test_an_earlier_export_is_compared(handed_out: Path) -> None:
    assert run(handed_out, "new.json", "--earlier", "old.json").returncode == 0
    assert run(handed_out, "old.json", "--earlier", "new.json").returncode == 1


@pytest.mark.parametrize("arguments", [[], ["absent.json"], ["new.json", "--earlier", "absent.json"], ["--what"]])
def test_wrong_usage_ends_with_2_and_no_traceback(handed_out: Path, arguments: list[str]) -> None:
    done = run(handed_out, *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


@pytest.mark.parametrize("content", [b"", b"\0", b"{}", b"[]", b"\xff\xfe", b'{"header":{},\n"entries":[\n'])
def test_any_other_file_ends_with_1_and_no_traceback(handed_out: Path, content: bytes) -> None:
    (handed_out / "odd.json").write_bytes(content)
    done = run(handed_out, "odd.json")
    assert (done.returncode, done.stderr, done.stdout.startswith("NOT SOUND: ")) == (1, "", True)


def test_the_document_for_regulators_describes_the_format_that_is_checked() -> None:
    page = (ROOT / "docs/regulators/timeline.md").read_text(encoding="utf-8")
    for name in verify.HEADER | verify.ENTRY:
        assert f"`{name}`" in page
    assert verify.FORMAT in page
    assert verify.CONTEXT.decode().strip() in page


def test_the_document_for_regulators_is_enough_to_check_an_export(handed_out: Path) -> None:
    """Follow the page's words alone, without our code."""
    import base64
    import hashlib
    import json

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = (handed_out / "new.json").read_bytes()
    document = json.loads(raw)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(document["header"]["public_key"]))
    before = "0" * 64
    for entry in document["entries"]:
        ten = {name: value for name, value in entry.items() if name not in ("sha256", "signature")}
        text = json.dumps(ten, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert len(ten) == 10
        assert entry["prev"] == before
        assert entry["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        key.verify(base64.b64decode(entry["signature"]), bytes.fromhex(entry["sha256"]))
        before = entry["sha256"]
    lines = raw.split(b"\n")
    closing = document["closing"]
    assert closing["header"] == hashlib.sha256(lines[0].removeprefix(b'{"header":').removesuffix(b",")).hexdigest()
    assert closing["entries"] == hashlib.sha256(b"\n".join(lines[2:-3])).hexdigest()
    both = f'{{"entries":"{closing["entries"]}","header":"{closing["header"]}"}}'
    key.verify(base64.b64decode(closing["signature"]), b"forthwith timeline export 1\n" + both.encode())
