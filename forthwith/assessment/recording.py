"""The texts of laws as assessments found them, and what changed in them since."""

import difflib
from collections.abc import Iterable
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith.assessment import library, patterns
from models import LawText, Obligation, new_id, utc_now

SHOWN = 60  # lines of a difference


def keep(session: Session, hashes: dict[str, str]) -> None:
    """Keep the text of each record by its hash. `hashes` maps a law's id to the hash of the record that was used."""
    known = set(session.exec(select(LawText.sha256).where(col(LawText.sha256).in_(hashes.values()))).all())
    rows = [
        {"id": new_id(), "created_at": utc_now(), "law": one.law.id, "sha256": one.sha256, "text": text_of(one)}
        for one in library.all_laws()
        if hashes.get(one.law.id) == one.sha256 and one.sha256 not in known
    ]
    if rows:
        session.execute(insert(LawText).on_conflict_do_nothing(index_elements=["sha256"]), rows)


def text_of(loaded: library.Loaded) -> str:
    """Return the text of a record, and of the patterns where it may take one over."""
    own = loaded.path.read_text("utf-8")
    return own + patterns.FILE.read_text("utf-8") if "pattern:" in own else own


def changes(session: Session, before: Iterable[Obligation], hashes: dict[str, str]) -> list[dict[str, Any]]:
    """Return each law that is another now than when the current duties were found, with its lines that changed."""
    used = {row.law: row.law_sha256 for row in before}
    changed = {law: sha for law, sha in used.items() if hashes.get(law, sha) != sha}
    return [
        {"law": law, "from": sha, "to": hashes[law], "lines": difference(session, sha, hashes[law])}
        for law, sha in sorted(changed.items())
    ]


def difference(session: Session, old: str, new: str) -> list[str]:
    """Return the lines that changed between two kept records, `-` gone and `+` new; empty where one was not kept."""
    rows = session.exec(select(LawText).where(col(LawText.sha256).in_([old, new]))).all()
    texts = {row.sha256: row.text.splitlines() for row in rows}
    if old not in texts or new not in texts:
        return []
    lines = difflib.unified_diff(texts[old], texts[new], lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))][:SHOWN]
