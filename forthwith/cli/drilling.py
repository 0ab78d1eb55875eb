"""What the people of the demo do: Rita responds, Lena is counsel. Each act is a command that anyone may repeat."""

import json
from pathlib import Path
from typing import Any

from forthwith.cli.stage import Stage


def examples() -> Path:
    """Return the folder of the examples. Raises Refusal where the program was installed without them."""
    import flows
    from models import Refusal

    folder = Path(flows.__file__).parents[1] / "examples"
    if not folder.is_dir():
        raise Refusal("The examples are not installed.", "Run the demo in a checkout of the project.")
    return folder


def token(name: str, role: str) -> str:
    """Give somebody access and return the token."""
    from forthwith import db
    from forthwith.review import users

    with db.session() as session:
        return users.add(session, name, role=role)[1]


def open_by_file(stage: Stage, example: str) -> str:
    """Open an incident by its file; return its reference."""
    file = _short(examples() / example / "incident.yaml")
    ref: str = json.loads(stage.run("rita", "incident", "open", file, "--json", shown=0))["ref"]
    return ref


def open_by_alert(stage: Stage, example: str) -> str:
    """Open an incident by a tool's alert, add what is known; return its reference."""
    folder = examples() / example
    answer = stage.run("rita", "detect", _short(folder / "alert.json"), "--open", "--json", shown=0)
    ref: str = json.loads(answer)["incident"]
    stage.run("rita", "detect", _short(folder / "alert.json"), "--open")
    stage.run("rita", "incident", "add", ref, _short(folder / "incident.yaml"))
    return ref


def load(stage: Stage, ref: str, example: str, part: slice = slice(None)) -> None:
    """Load an incident's evidence, or a part of its files."""
    from forthwith import scoping

    for one in scoping.evidence_of(examples() / example / "incident.yaml")[part]:
        party = ["--party", one.party_code] if one.party_code else []
        stage.run("rita", "people", "load", ref, _short(one.path), *party, "--kind", one.kind, "--yes")


def answer(stage: Stage, ref: str, example: str) -> None:
    """Wait for the gate; let Lena read, and answer what only a person can. The flow then words the notices anew."""
    stage.respond(ref, shown=1)
    stage.run("lena", "review", "show", ref, shown=36)
    given = _answers(example)
    pairs = [word for key, value in given["answers"].items() for word in (key, value)]
    stage.run("lena", "review", "answer", ref, *pairs, "--reason", given["reason"])
    stage.respond(ref, wait=False)


def approve(stage: Stage, ref: str) -> None:
    """Wait for the new wordings; show that the author may not approve them; let Lena approve. That wakes the flow."""
    stage.respond(ref, shown=5)
    _refused_author(stage, ref)
    stage.run("lena", "review", "approve", ref, "--all", shown=4)
    if stage.inline:
        stage.respond(ref)


def hand_in(stage: Stage, ref: str) -> None:
    """Wait until all is sent that may be; hand in what the law puts first, and start to send what that held back."""
    stage.respond(ref)
    for duty in held_back_by(ref):
        stage.run("lena", "send", "filed", ref, duty, "--reference", f"{duty.split('.')[0].upper()}-{ref}")
        stage.respond(ref, wait=False)


def held_back_by(ref: str) -> list[str]:
    """Return the filings that the law puts before the notices to people, and that nobody has handed in yet."""
    from sqlmodel import col, select

    from forthwith import db
    from forthwith.cli.console import incident_of
    from models import Obligation, Verdict

    with db.session() as session:
        incident = incident_of(session, ref)
        first = select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current))
        found = session.exec(first.where(Obligation.sequence == "before_individuals")).all()
        return [duty.key for duty in found if duty.effective == Verdict.NOTIFY and duty.met_at is None]


def _answers(example: str) -> dict[str, Any]:
    """Return what Lena answers in this example, and why."""
    from forthwith.detection.files import load_yaml

    file = examples() / example / "legal.yaml"
    given: dict[str, Any] = load_yaml(file.read_text(encoding="utf-8"), file.name)
    return given


def _refused_author(stage: Stage, ref: str) -> None:
    """Show that whoever opened the incident may not approve it."""
    from models import Refusal

    try:
        stage.run("rita", "review", "approve", ref, "--all")
    except Refusal as refused:
        stage.say(f"{'':<9}   refused: {refused.what}")


def account(stage: Stage, ref: str, folder: Path) -> None:
    """Show the account, write the timeline, verify it."""
    stage.run("rita", "send", "status", ref, shown=40)
    out = folder / "timeline"
    out.mkdir(exist_ok=True)
    for form in ("json", "pdf"):
        stage.run("rita", "timeline", "export", ref, "--format", form, "--out", _short(out / f"{ref}.{form}"))
    stage.run("rita", "timeline", "verify", _short(out / f"{ref}.json"))


def places(folder: Path) -> list[str]:
    """Return where to look, each with what lies there."""
    found = {
        "e-mails": folder / "outbox" / "email", "letters": folder / "outbox" / "print",
        "reports to authorities": folder / "outbox" / "filing", "timelines": folder / "timeline",
    }  # fmt: skip
    return [f"{what:<23} {_short(where)}  ({len(list(where.rglob('*')))} files)" for what, where in found.items()]


def _short(path: Path) -> str:
    """Return a path from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
