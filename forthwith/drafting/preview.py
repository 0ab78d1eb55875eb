"""What a recipient would see of each wording, with an invented recipient, as files."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session, col, select

from forthwith.filling import sms
from forthwith.filling.content import fill
from forthwith.filling.letters import typeset
from forthwith.filling.sample import sample
from models import Audience, Incident, Medium, Notice, Refusal, Variant

OURS = re.compile(rf"\d{{2,}}-(?:{'|'.join(Audience)})-[a-z]{{2}}-[a-z]+\.(?:txt|html|pdf)")


@dataclass(frozen=True, slots=True)
class Previewed:
    """One wording as files. `parts` counts the SMS that it takes."""

    variant_id: str
    notice: str
    audience: str
    language: str
    medium: str
    version: int
    files: list[str]
    warnings: list[dict[str, Any]]
    parts: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def variants_of(session: Session, incident: Incident) -> list[tuple[Notice, Variant]]:
    """Return the current wordings of an incident. Raises Refusal where there are none."""
    rows = session.exec(
        select(Notice, Variant)
        .join(Variant, col(Variant.notice_id) == col(Notice.id))
        .where(Notice.incident_id == incident.id, col(Notice.current), col(Variant.current))
    ).all()
    if not rows:
        raise Refusal(
            f"Incident {incident.ref} has no notices yet.", f"`forthwith notice draft {incident.ref}` writes them."
        )
    return sorted(rows, key=lambda row: (row[0].audience, row[0].title, row[0].key, row[1].language, row[1].medium))


def preview(session: Session, incident: Incident, folder: Path) -> list[Previewed]:
    """Write what the recipients of each wording would see into `folder`, in place of an earlier preview there."""
    found = variants_of(session, incident)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if OURS.fullmatch(old.name):
            old.unlink()
    keys = list(dict.fromkeys(notice.key for notice, _ in found))
    return [_written(one, notice, incident, folder, keys.index(notice.key) + 1) for notice, one in found]


def _written(variant: Variant, notice: Notice, incident: Incident, folder: Path, number: int) -> Previewed:
    """Write one wording's files."""
    slots = sample(variant.content, incident.ref)
    filled = fill(variant.content, slots)
    stem = f"{number:02d}-{notice.audience}-{variant.language}-{variant.medium}"
    text = f"{filled.subject}\n\n{filled.text}" if filled.subject else filled.text
    bodies = {".txt": text.encode(), ".html": filled.html.encode()}
    if orjson.loads(variant.content).get("tree"):
        bodies[".pdf"] = typeset([(variant.content, slots)])
    files = [folder / f"{stem}{ending}" for ending, body in bodies.items() if body]
    for path in files:
        path.write_bytes(bodies[path.suffix])
    parts = sms.count(filled.text).parts if variant.medium == Medium.SMS else 0
    return Previewed(
        str(variant.id), notice.title, notice.audience, variant.language, variant.medium, variant.version,
        [str(path) for path in files], variant.lint.get("warnings", []), parts,
    )  # fmt: skip
