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
    """Open an incident by its file, load its evidence, start the flow."""
    file = str(examples() / example / "incident.yaml")
    ref: str = json.loads(stage.run("rita", "incident", "open", file, "--json", shown=0))["ref"]
    return _begin(stage, ref, example)


def open_by_alert(stage: Stage, example: str) -> str:
    """Open an incident by a tool's alert, add what is known, load its evidence, start the flow."""
    folder = examples() / example
    answer = stage.run("rita", "detect", str(folder / "alert.json"), "--open", "--json", shown=0)
    ref: str = json.loads(answer)["incident"]
    stage.run("rita", "detect", str(folder / "alert.json"), "--open")
    stage.run("rita", "incident", "add", ref, str(folder / "incident.yaml"))
    return _begin(stage, ref, example)


def _begin(stage: Stage, ref: str, example: str) -> str:
    from forthwith import scoping

    for one in scoping.evidence_of(examples() / example / "incident.yaml"):
        party = ["--party", one.party_code] if one.party_code else []
        stage.run("rita", "people", "load", ref, str(one.path), *party, "--kind", one.kind, "--yes")
    stage.respond(ref, wait=False)
    return ref


def review(stage: Stage, ref: str, example: str) -> None:
    """Wait for the gate; let Lena answer what only a person can, decide what is left open, and approve all."""
    stage.respond(ref)
    stage.run("lena", "review", "show", ref, shown=40)
    for key, given in _answers(example).items():
        stage.run("lena", "review", "answer", ref, key, str(given["value"]), "--reason", given["reason"])
    stage.respond(ref)
    _refused_author(stage, ref)
    stage.run("lena", "review", "approve", ref, "--all", shown=4)
    stage.respond(ref)


def _answers(example: str) -> dict[str, Any]:
    """Return what Lena answers in this example."""
    from forthwith.detection.files import load_yaml

    file = examples() / example / "legal.yaml"
    answers: dict[str, Any] = load_yaml(file.read_text(encoding="utf-8"), file.name)["answers"]
    return answers


def _refused_author(stage: Stage, ref: str) -> None:
    """Show that whoever opened the incident may not approve it."""
    from models import Refusal

    try:
        stage.run("rita", "review", "approve", ref, "--all")
    except Refusal as refused:
        stage.say(f"{'':<9}   refused: {refused.what}")


def close(stage: Stage, ref: str, folder: Path) -> None:
    """Show the account, write the timeline, verify it."""
    stage.run("rita", "send", "status", ref, shown=40)
    out = folder / "timeline"
    out.mkdir(exist_ok=True)
    for form in ("json", "pdf"):
        stage.run("rita", "timeline", "export", ref, "--format", form, "--out", str(out / f"{ref}.{form}"))
    stage.run("rita", "timeline", "verify", str(out / f"{ref}.json"))
