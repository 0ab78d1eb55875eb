"""The evidence that an incident file lists, ready to be loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from models import Refusal


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One listed file: where it is, whose customers it holds (a party's code), what they are to it."""

    path: Path
    party_code: str | None = None
    kind: str = "customer"
    columns: Mapping[str, str] = field(default_factory=dict)


def evidence_of(source: Path | str) -> list[EvidenceFile]:
    """Return the evidence that `incident.yaml` (or the folder with it) lists. Raises Refusal where it can't be read."""
    path = Path(source)
    path = path / "incident.yaml" if path.is_dir() else path
    try:
        stated: Any = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise Refusal(f"{path.name} is not a readable incident file.", "See examples/ for two of them.") from None
    listed = stated.get("evidence") or [] if isinstance(stated, dict) else None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) and entry.get("file") for entry in listed):
        raise Refusal(f"`evidence` in {path.name} is not a list of files.", "Write `- {file: NAME, party: CODE}`.")
    return [_listed(path.parent, entry) for entry in listed]


def _listed(folder: Path, entry: dict[str, Any]) -> EvidenceFile:
    """Return one listed file, its path taken from the incident file's folder."""
    kind = str(entry.get("kind") or "customer")
    return EvidenceFile(folder / str(entry["file"]), entry.get("party"), kind, dict(entry.get("columns") or {}))
