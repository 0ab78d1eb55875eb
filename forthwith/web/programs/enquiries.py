"""What affected people ask, for programs: listed without their words; opened with a reason; answered."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Query
from pydantic import Field

from forthwith import db, hearing
from forthwith.access.tokens import Bearer
from forthwith.web import enquiries
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.people import Why
from forthwith.web.programs.words import ANSWERERS, NUMBER, Asked, Done, Number, Ref, Told, Words
from forthwith.web.revealing import revealed
from models import Wish

routes = APIRouter(tags=["enquiries"])
Reads = Annotated[Bearer, Depends(Scoped("read"))]
Opens = Annotated[Bearer, Depends(Scoped("people", roles=ANSWERERS))]


class EnquiryLine(Told):
    """One enquiry: nothing that somebody wrote."""

    number: int
    person: int = Field(description="The person's number.")
    kind: str = Field(description="question address channel format other_language right")
    language: str
    state: str = Field(description="open answered done refused")
    came_at: datetime
    due_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    mailed: str = Field(description="Of the answer by mail: sending accepted refused unknown left; empty: none.")
    by_itself: bool = Field(description="A wish that was taken up without anybody.")


class EnquiryPage(Told):
    """Enquiries by number."""

    enquiries: list[EnquiryLine]
    after: int | None = Field(description="Ask with this for the next page; nothing: there is none.")


class Known(Told):
    """Where a person is reached as far as we know: personal data."""

    address: list[str]
    postcode: str
    country: str
    email: str
    phone: str


class EnquiryOpened(Told):
    """One enquiry, opened. That this was asked, and why, is in the timeline."""

    number: int
    person: int
    kind: str
    state: str
    language: str
    wish: Wish = Field(description="What the person wrote: personal data.")
    reply: str = Field(description="What was answered.")
    left: str = Field(description="Of a wish: what is left to do about it.")
    known: Known | None = Field(description="Of a corrected address: what we hold.")


class Ending(Asked):
    """How an enquiry ends without a mail."""

    act: Literal["correct", "done", "refuse"] = Field(description="`correct` takes a corrected address over.")
    text: Words = Field(default="", description="What stands on their page, in their language; needed to refuse.")


class Mailing(Asked):
    """What becomes of an answer's mail of which nobody knows whether it left, or that was refused."""

    act: Literal["again", "leave"]


class Reply(Asked):
    """An answer, in the person's language."""

    text: Words


@routes.get("/incidents/{ref}/enquiries")
def listing(
    ref: Ref, asks: Reads,  # noqa: ARG001 - the guard itself
    after: Annotated[int, Query(ge=0, le=NUMBER)] = 0, all: bool = False,
) -> EnquiryPage:  # fmt: skip
    """List what waits, fifty at a time. `all`: what was settled, too."""
    with db.session() as session:
        rows = hearing.waiting(session, found(session, ref), open_only=not all, after=after)
    more = rows[-1].number if len(rows) == hearing.AT_ONCE else None
    return EnquiryPage(enquiries=[EnquiryLine.model_validate(row) for row in rows], after=more)


@routes.post("/incidents/{ref}/enquiries/{number}")
def look(ref: Ref, number: Number, asks: Opens, body: Why) -> EnquiryOpened:
    """Open one enquiry for a stated reason, which becomes an entry of the timeline."""
    with db.session() as session:
        incident = found(session, ref)
        revealed(session, incident, asks, f"enquiry {number}", body.reason)
        one, person, wish, reply = hearing.opened(session, incident, number)
        told = {name: getattr(one, name) for name in ("number", "kind", "state", "language")}
        known = enquiries.known(one, person, incident)
        return EnquiryOpened(
            person=person.number, wish=wish, reply=reply, known=Known.model_validate(known) if known else None,
            left=enquiries.left(session, incident, one, person, wish), **told,
        )  # fmt: skip


@routes.post("/incidents/{ref}/enquiries/{number}/close")
def close(ref: Ref, number: Number, asks: Opens, body: Ending) -> Done:
    """Take a correction over, note a wish as done, or refuse it with the reason on the person's page."""
    with db.session() as session:
        enquiries.settled(session, found(session, ref), number, body.act, body.text, actor=asks.user.name)
    return Done()


@routes.post("/incidents/{ref}/enquiries/{number}/answer")
def answer(ref: Ref, number: Number, asks: Opens, body: Reply, later: BackgroundTasks) -> Done:
    """Answer on the person's page, and by mail where they left an address."""
    with db.session() as session:
        mail = hearing.answer(session, found(session, ref), number, body.text, actor=asks.user.name)
    return _mailed(later, mail)


@routes.post("/incidents/{ref}/enquiries/{number}/mail")
def settle_mail(ref: Ref, number: Number, asks: Opens, body: Mailing, later: BackgroundTasks) -> Done:
    """Decide about an answer's mail of which nobody knows whether it left, or that was refused."""
    with db.session() as session:
        mail = enquiries.mail_settled(session, found(session, ref), number, body.act, actor=asks.user.name)
    return _mailed(later, mail)


def _mailed(later: BackgroundTasks, mail: hearing.Answered | None) -> Done:
    """Let what is to be mailed leave behind the answer."""
    if mail:
        later.add_task(enquiries.mail_out, mail)
    return Done()
