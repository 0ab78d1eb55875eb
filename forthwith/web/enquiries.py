"""The queue of what affected people ask: seen without their words; opened with a reason, which is an entry."""

from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.responses import Response

from forthwith import db, dispatch, hearing, scoping
from forthwith.hearing import Answered
from forthwith.web import wishing
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsAll, WritesAnswer
from forthwith.web.revealing import revealed
from models import Enquiry, EnquiryKind, EnquiryState, Incident, Person, Refusal, Wish

TAKEN_OVER = "told by themselves on their own page"
routes = APIRouter()


@routes.get("/incidents/{ref}/enquiries")
def listing(ref: str, visit: ReadsAll, all: bool = False, after: int = 0) -> Response:
    """Show what waits, or everything, a page at a time."""
    with db.session() as session:
        incident = found(session, ref)
        hearing.cut_off(session, incident)
        rows = hearing.waiting(session, incident, open_only=not all, after=after)
        doubts = hearing.in_doubt(session, incident)
    more = rows[-1].number if len(rows) == hearing.AT_ONCE else 0
    return page("enquiries", visit, incident=incident, rows=rows, all=all, more=more, doubts=doubts)


@routes.post("/incidents/{ref}/enquiries/{number}")
def look(ref: str, number: int, visit: WritesAnswer, reason: Annotated[str, Form()] = "") -> Response:
    """Open one enquiry for who states why: that somebody looked, and why, stands in the timeline from then on."""
    with db.session() as session:
        incident = found(session, ref)
        revealed(session, incident, visit, f"enquiry {number}", reason)
        one, person, wish, reply = hearing.opened(session, incident, number)
        held = known(one, person, incident)
        return page(
            "enquiry", visit, incident=incident, one=one, person=person, wish=wish, reply=reply, known=held,
            left=left(session, incident, one, person, wish),
        )  # fmt: skip


def left(session: Session, incident: Incident, one: Enquiry, person: Person, wish: Wish) -> str:
    """Return what is left to do about a wish, in words for who answers it; empty for what is no wish."""
    if one.kind not in wishing.KINDS:
        return ""
    said = wishing.LEFT[wishing.left_to_do(session, incident, person, one.kind, wish.choice)]
    return f"{said} They wrote something besides: answer it." if wish.text and one.by_itself else said


def known(one: Enquiry, person: Person, incident: Incident) -> scoping.Correction | None:
    """Return what we hold beside a correction of an address, for who must compare; else nothing."""
    return scoping.address_of(person, incident) if one.kind == EnquiryKind.ADDRESS else None


@routes.post("/incidents/{ref}/enquiries/{number}/answer")
def answer(ref: str, number: int, visit: WritesAnswer, text: Annotated[str, Form()] = "") -> Response:
    """Answer on the person's page, and by mail where they left an address."""
    with db.session() as session:
        mail = hearing.answer(session, found(session, ref), number, text, actor=visit.user.name)
    return _mailing(ref, mail)


@routes.post("/incidents/{ref}/enquiries/{number}/mail")
def settle_mail(ref: str, number: int, visit: WritesAnswer, act: Annotated[str, Form()]) -> Response:
    """Decide about a mail of which nobody knows whether it left, or that was refused: again, or let it be."""
    with db.session() as session:
        mail = mail_settled(session, found(session, ref), number, act, actor=visit.user.name)
    return _mailing(ref, mail)


def mail_settled(session: Session, incident: Incident, number: int, act: str, *, actor: str) -> Answered | None:
    """Put an answer's mail on the wire once more (`again`), or let it be; return what is to be mailed."""
    if act == "again":
        return hearing.again(session, incident, number, actor=actor)
    hearing.leave(session, incident, number, actor=actor)
    return None


@routes.post("/incidents/{ref}/enquiries/{number}/close")
def close(
    ref: str, number: int, visit: WritesAnswer, act: Annotated[str, Form()], text: Annotated[str, Form()] = ""
) -> Response:
    """Take a correction over, note a wish as done, or refuse it with the reason on their page."""
    with db.session() as session:
        settled(session, found(session, ref), number, act, text, actor=visit.user.name)
    return to(f"/incidents/{ref}/enquiries")


def settled(session: Session, incident: Incident, number: int, act: str, text: str, *, actor: str) -> None:
    """End an enquiry without a mail: `correct` takes its address over, `refuse` wants a reason, else it is done."""
    if act == "correct":
        _correct(session, incident, number, actor)
    state = EnquiryState.REFUSED if act == "refuse" else EnquiryState.DONE
    if state == EnquiryState.REFUSED:
        if not text.strip():
            raise Refusal("Why is it not possible?", "Say it in words that the person reads on their page.")
        one, person, wish, _ = hearing.opened(session, incident, number)
        wishing.take_back(session, incident, person, one, wish)
    hearing.close(session, incident, number, state=state, reason=text, actor=actor)


def _mailing(ref: str, mail: Answered | None) -> Response:
    """Return to the queue; what is to be mailed leaves behind the answer to the browser."""
    back = to(f"/incidents/{ref}/enquiries")
    back.background = BackgroundTask(mail_out, mail) if mail else None
    return back


def _correct(session: Session, incident: Incident, number: int, actor: str) -> None:
    """Take the corrected address over, and let a notice that found no way go again."""
    one, person, wish, _ = hearing.opened(session, incident, number)
    if one.kind != EnquiryKind.ADDRESS:
        raise Refusal("This enquiry corrects no address.", "Answer it.")
    scoping.correct(session, incident, person.number, _correction(wish), reason=TAKEN_OVER, actor=actor)
    dispatch.reopen(session, incident, person.id)


def _correction(wish: Wish) -> scoping.Correction:
    return scoping.Correction(wish.address, wish.postcode, wish.country, wish.email, wish.phone)


def mail_out(answered: Answered) -> None:
    """Mail an answer that is written; whatever becomes of the mail, the answer stands on the person's page."""
    outcome = hearing.sent(answered)
    with db.session() as session:
        hearing.noted(session, answered, outcome)
