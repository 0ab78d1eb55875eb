"""What a law's record says beside its rules: clauses that no rule covers, and the answers that a judgement allows."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from forthwith.approval import law_folder
from models import Refusal


def unmodelled(law: str) -> list[dict[str, str]]:
    """Return the clauses of a law that no rule covers, with their citations: legal must read them."""
    found: list[dict[str, str]] = _record(law).get("unmodelled") or []
    return found


def judgement_values(law: str, key: str) -> list[str]:
    """Return the answers that a law allows to its judgement `<law>.<name>`; none where it has no such judgement."""
    judgements: dict[str, Any] = _record(law).get("judgements") or {}
    values: list[str] = (judgements.get(key.removeprefix(f"{law}.")) or {}).get("values") or []
    return values


def _record(law: str) -> dict[str, Any]:
    """Return a law's record, every scalar as text; an empty one where the law is not on disk any more."""
    try:
        path = law_folder(law) / "law.yaml"
    except Refusal:
        return {}
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    read = yaml.load(path.read_text(encoding="utf-8"), yaml.CBaseLoader)
    return read if isinstance(read, dict) else {}
