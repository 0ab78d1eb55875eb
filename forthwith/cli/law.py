"""`forthwith law`: the records of laws and promises, and whether they are sound and fresh."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

if TYPE_CHECKING:
    from models.law import Law

app = App(name="law", help="The laws that are loaded: list, show, check.")


@app.command(name="list")
def list_(*, json: bool = False, markdown: bool = False, out: Path | None = None) -> None:
    """List every record with its territory, its duties and how far it is verified.

    Parameters
    ----------
    markdown
        Print the overview for lawyers instead: who is told, by when, and how far each law was verified.
    out
        With --markdown: write the overview and a page a jurisdiction into this folder.
    """
    from forthwith.assessment import library, overview
    from forthwith.cli.console import say, show, table

    if markdown:
        return _write(out) if out else say(overview.markdown().rstrip("\n"))
    records = [loaded.law for loaded in library.all_laws()]
    rows = [
        (law.id, ", ".join(law.reach.territory), len(law.duties), law.confidence, overview.standing(law),
         law.checked.isoformat(), law.title)
        for law in records
    ]  # fmt: skip
    data = [
        {"id": law.id, "title": law.title, "kind": law.kind, "territory": law.reach.territory, "status": law.status,
         "duties": [duty.id for duty in law.duties], "confidence": law.confidence, "verified": law.verified,
         "standing": overview.standing(law), "checked": law.checked.isoformat(), "citation": law.citation}
        for law in records
    ]  # fmt: skip
    listed = table(("law", "territory", "duties", "confidence", "verified", "checked", "title"), rows)
    return show(data, json, f"{listed}\n\n{_counted()}")


def _counted() -> str:
    """Return how many records and clauses are verified, in two lines."""
    from forthwith.assessment import overview

    found = overview.counts().items()
    return "\n".join(f"{name}: {', '.join(f'{n} {word}' for word, n in counts.items())}" for name, counts in found)


def _write(folder: Path) -> None:
    """Write the reference: pages that no law has any more go."""
    from forthwith.assessment import reference
    from forthwith.cli.console import say

    pages = reference.pages()
    (folder / "laws").mkdir(parents=True, exist_ok=True)
    for old in (folder / "laws").glob("*.md"):
        if f"laws/{old.name}" not in pages:
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    say(f"{len(pages)} pages in {folder}.")


@app.command
def show(law_id: str, /, *, json: bool = False) -> None:
    """Show one record with each clause and its citation."""
    from forthwith.assessment import library
    from forthwith.cli import console
    from models import Refusal

    found = next((one for one in library.all_laws() if one.law.id == law_id), None)
    if found is None:
        raise Refusal(f"No law is called {law_id[:60]!r}.", "`forthwith law list` shows them.")
    data = found.law.model_dump(mode="json", by_alias=True, exclude_none=True) | {"sha256": found.sha256}
    console.show(data, json, _human(found.law, found.sha256))


def _human(law: "Law", sha256: str) -> str:
    from forthwith.assessment import overview

    head = [
        f"{law.id}  {law.title}", f"{law.citation}",
        f"checked {law.checked} by {law.read_by}",
        f"confidence {law.confidence}; verified: {overview.standing(law)}",
        f"record {sha256[:16]}", "",
    ]  # fmt: skip
    lines = [f"  {path}: {clause.says or '-'} [{clause.citation}]" for path, clause in law.clauses()]
    further = [f"  not modelled: {one.text} [{one.citation}]" for one in law.unmodelled]
    return "\n".join([*head, *lines, *further])


@app.command
def check(*law_ids: str, stale: str | None = None, cases: bool = False, json: bool = False) -> None:
    """Check every record; run the cases beside those that are named; with --stale 180d name what was read longer ago.

    Parameters
    ----------
    law_ids
        The laws whose cases are run.
    stale
        How old a reading may be, in days: 180d.
    cases
        Run the cases of every law.
    """
    from forthwith.assessment import library
    from forthwith.cli import console

    faults = [fault for path in library.paths() if (fault := _fault(path))] or _doubles()
    count, failed = (0, []) if faults else _tried(law_ids, every=cases)
    old = _stale(_days(stale)) if stale and not faults else []
    data = {"records": len(library.paths()), "faults": faults, "cases": count, "failed": failed, "stale": old}
    lines = [*faults, *failed, *(f"{one['law']} {one['clause']}: last read {one['checked']}" for one in old)]
    held = f" {count} cases hold." if count else ""
    console.show(data, json, "\n".join(lines) or f"{data['records']} records are sound.{held}")
    if lines:
        sys.exit(1)


def _tried(law_ids: tuple[str, ...], *, every: bool) -> tuple[int, list[str]]:
    """Run cases; return how many, and what of them doesn't hold, each with its law and its name."""
    from forthwith.assessment import library
    from forthwith.assessment.cases import cases_of, failures
    from models import Refusal

    laws = library.all_laws()
    if unknown := sorted(set(law_ids) - {one.law.id for one in laws}):
        raise Refusal(f"No law is called {unknown[0][:60]!r}.", "`forthwith law list` shows them.")
    chosen = [one for one in laws if every or one.law.id in law_ids]
    tried = [(one, case) for one in chosen for case in cases_of(one.path.parent)]
    return len(tried), [
        f"{one.law.id}, {case['name']}: {line}" for one, case in tried for line in failures(one, case, laws)
    ]


def _fault(path: Path) -> str | None:
    from forthwith.assessment import library
    from models import Refusal

    try:
        library.load(path)
    except Refusal as refusal:
        return refusal.what
    return None


def _doubles() -> list[str]:
    """Return what is wrong between records that are each sound."""
    from forthwith.assessment import library
    from models import Refusal

    try:
        library.all_laws()
    except Refusal as refusal:
        return [refusal.what]
    return []


def _days(stale: str) -> int:
    from models import Refusal

    if not (found := re.fullmatch(r"(\d{1,5})d?", stale)):
        raise Refusal("--stale is no number of days.", "Write it as 180d.")
    return int(found[1])


def _stale(days: int) -> list[dict[str, Any]]:
    from datetime import timedelta

    from forthwith import clock
    from forthwith.assessment import library

    oldest = clock.today() - timedelta(days=days)
    found = []
    for law in (loaded.law for loaded in library.all_laws()):
        read = [("record", law.checked), *((path, clause.checked) for path, clause in law.clauses() if clause.checked)]
        found += [
            {"law": law.id, "clause": path, "checked": day.isoformat()} for path, day in read if day and day < oldest
        ]
    return found
