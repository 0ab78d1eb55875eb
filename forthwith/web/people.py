"""The affected people of an incident: counts, versions of the scope, a list by number; one opened for a reason."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from sqlmodel import Session
from starlette.responses import Response

from forthwith import db, scoping
from forthwith.web import roster, safekeeping
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsReview, WritesAnswer, WritesIncident
from forthwith.web.revealing import revealed
from models import Incident, Refusal

MOVES = {"remove": scoping.remove, "restore": scoping.restore}
NEWEST = 20  # versions on the page at first
routes = APIRouter()


@routes.get("/incidents/{ref}/people")
def listing(ref: str, visit: ReadsReview, after: int = 0, out: bool = False, versions: str = "") -> Response:
    """Show counts, versions of the scope, and a page of people by number. No personal value stands here."""
    after = _number(after)
    with db.session() as session:
        incident = found(session, ref)
        rows = roster.lines(session, incident, after=after, out=out)
        history = scoping.scope_versions(session, incident)[::-1]
        told = roster.counts(session, incident)
    more = rows[-1].number if len(rows) == roster.AT_ONCE else 0
    shown = history if versions == "all" else history[:NEWEST]
    return page(
        "people", visit, incident=incident, rows=rows, counts=told, versions=shown, older=len(history) - len(shown),
        out=out, after=after, more=more,
    )  # fmt: skip


@routes.get("/incidents/{ref}/people/difference")
def difference(ref: str, visit: ReadsReview, first: int = 0, last: int | None = None) -> Response:
    """Show who came, went and changed between two versions, in counts by place."""
    with db.session() as session:
        incident = found(session, ref)
        told = scoping.difference(session, incident, first, last)
    return page("difference", visit, incident=incident, told=told)


@routes.post("/incidents/{ref}/people/scope")
def move(
    ref: str, visit: WritesIncident, numbers: Annotated[str, Form(max_length=8000)] = "",
    reason: Annotated[str, Form()] = "", act: Annotated[str, Form()] = "remove", sure: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Take people out of scope or back in; the first click says what would fall, the second one does it."""
    if act not in MOVES:
        raise Refusal("That can't be done with people.", "Choose one of the buttons.")
    wanted = numbers_in(numbers)
    with db.session() as session:
        incident = found(session, ref)
        if not sure:
            told = foreseen(session, incident, wanted)
            return page("scope", visit, incident=incident, numbers=wanted, reason=reason, act=act, **told)
        MOVES[act](session, incident, wanted, reason=reason, actor=visit.user.name)
    return to(f"/incidents/{ref}/people")


@routes.post("/incidents/{ref}/people/{number}")
def look(ref: str, number: int, visit: WritesAnswer, reason: Annotated[str, Form()] = "") -> Response:
    """Open one person for who states why: that somebody looked, and why, stands in the timeline from then on."""
    with db.session() as session:
        incident = found(session, ref)
        one = roster.person(session, incident, _number(number))
        revealed(session, incident, visit, f"person {one.number}", reason)
        told, before = roster.shown(session, incident, one), foreseen(session, incident, [one.number])
        return page("person", visit, incident=incident, told=told, **before)


@routes.post("/incidents/{ref}/people/{number}/part")
def part(
    ref: str, number: int, visit: WritesIncident, reason: Annotated[str, Form()] = "",
    rows: Annotated[list[str] | None, Form()] = None, files: Annotated[list[UploadFile] | None, File()] = None,
    columns: Annotated[str, Form(max_length=4000)] = "", country: Annotated[str, Form(max_length=60)] = "",
) -> Response:  # fmt: skip
    """Take a merge back: these rows become a person of their own. The files are needed again: no row is kept."""
    with db.session() as session, ExitStack() as held:
        incident = found(session, ref)
        paths = [held.enter_context(kept(incident, file)) for file in files or [] if file.filename]
        scoping.part(
            session, incident, _number(number), [row_of(one) for one in rows or []], evidence=paths, reason=reason,
            actor=visit.user.name, columns=stated(columns), country=country.strip() or None,
        )  # fmt: skip
    return to(f"/incidents/{ref}/people")


def foreseen(session: Session, incident: Incident, numbers: list[int]) -> dict[str, Any]:
    """Return what falls when these people come or go. Raises Refusal where one of the numbers is nobody's."""
    falls, waiting = roster.falling(session, incident, [roster.person(session, incident, one) for one in numbers])
    return {"falls": falls, "waiting": waiting}


def numbers_in(typed: str) -> list[int]:
    """Return the people that somebody typed by number. Raises Refusal where it is something else, or too many."""
    said = re.split(r"[\s,;]+", typed.strip())
    if not all(re.fullmatch(r"[0-9]{1,9}", one) for one in said):
        raise Refusal("People are named by their numbers here.", "Write them like this: 12, 57, 60")
    wanted = sorted({int(one) for one in said})
    if len(wanted) > roster.MOST:
        raise Refusal(f"{len(wanted)} people are too many for one form.", "Use `forthwith people remove`.")
    return wanted


@contextmanager
def kept(incident: Incident, file: UploadFile) -> Iterator[Path]:
    """Give a file that was handed in as a readable one inside the block; it is kept sealed, and gone afterwards."""
    upload = safekeeping.keep(incident, file.filename or "", file.file.read())
    try:
        with safekeeping.opened(incident, upload) as path:
            yield path
    finally:
        safekeeping.forget(incident, upload)


def stated(columns: str) -> dict[str, str]:
    """Return field by column from lines of COLUMN=FIELD. Raises Refusal where a line is none."""
    pairs = [line.strip().rpartition("=")[::2] for line in columns.splitlines() if line.strip()]
    if not all(name and field for name, field in pairs):
        raise Refusal("A line of the columns is none.", "Write COLUMN=FIELD, one a line.")
    return dict(pairs)


def row_of(said: str) -> tuple[str, int]:
    """Return file and row of a ticked box, `ROW FILE`."""
    number, _, name = said.partition(" ")
    if not re.fullmatch(r"[0-9]{1,9}", number):
        raise Refusal("That is no row.", "Tick rows on the person's page.")
    return name, int(number)


def _number(number: int) -> int:
    """Return a number that the database can hold; a larger one is nobody's."""
    return number if 0 <= number < 2**31 else 0
