"""An affected person's own page: what happened, which of their data, what to do, and what they want of us.

Behind the code of their notice and their name. No word of it stands in an address; nothing here tracks anybody.
"""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from sqlmodel import Session
from starlette.responses import Response

from forthwith import clock, db, dispatch, hearing
from forthwith.filling import typesetting
from forthwith.filling.letters import SIZES
from forthwith.settings import settings
from forthwith.web import own_visit, public, wishing
from forthwith.web.drawing import drawn
from forthwith.web.failures import Missing
from forthwith.web.frame import page, to
from forthwith.web.guards import public_form
from forthwith.web.limits import Limit
from forthwith.web.own_visit import Own, ReadsMine, WritesMine
from forthwith.web.verifying import holder
from forthwith.web.visits import form_token
from forthwith.web.wording import best_language, languages, words
from models import AgeClass, EnquiryKind, Incident, Person, Refusal, Wish

routes = APIRouter()
asks = Limit(times=20, every=30.0)  # enquiries from one address


@routes.post("/mine", dependencies=[Depends(public.asks), Depends(public_form)])
async def enter(
    code: Annotated[str, Form(max_length=40)] = "", name: Annotated[str, Form(max_length=120)] = "",
    lang: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Let somebody in who has the code and knows the name; a wrong code and a wrong name get one answer in one time."""
    begun = time.monotonic()
    found = await asyncio.to_thread(_holder, code, name)
    spent = time.monotonic() - begun
    await asyncio.sleep(public.ANSWERED_AFTER - spent % public.ANSWERED_AFTER)
    language = best_language(lang, "")
    if found is None:
        return public.verify_page(language, state="closed")
    answer = to(f"/mine?lang={language}")
    own_visit.begin(answer, found.id)
    return answer


@routes.get("/mine")
def show(reader: ReadsMine, lang: str = "", size: str = "plain", said: str = "") -> Response:
    """Show a person their page."""
    return _shown(reader, lang, size, said=said)


@routes.post("/mine/ask", dependencies=[Depends(asks)])
def ask(
    reader: WritesMine, kind: Annotated[str, Form()], lang: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "", reply_to: Annotated[str, Form()] = "", address: Annotated[str, Form()] = "",
    postcode: Annotated[str, Form()] = "", country: Annotated[str, Form()] = "", email: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "", choice: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Take what somebody asks or wants into the queue."""
    language = best_language(lang, "")
    wish = Wish(
        text=text, reply_to=reply_to, address=address.splitlines(), postcode=postcode, country=country, email=email,
        phone=phone, choice=choice,
    )  # fmt: skip
    try:
        with db.session() as session:
            wishing.ask(session, _person(session, reader), kind, wish, language=language)
    except Refusal as refused:
        return _shown(reader, language, problem=refused, typed=wish, kind=kind)
    return to(f"/mine?lang={language}&said={kind}#wishes")


@routes.get("/mine/notice-{place}.pdf")
def as_pdf(place: int, reader: ReadsMine, lang: str = "", size: str = "plain") -> Response:
    """Return a notice as a PDF for screen readers and printers, in plain or in large letters. It names nobody."""
    with db.session() as session:
        person = _person(session, reader)
        told = dispatch.told_to(session, person, _language(session, person, lang))
        if not 0 < place <= len(told):
            raise Missing("There is no such notice here.", "Go back to your page.")
        one, incident = told[place - 1], session.get_one(Incident, person.incident_id)
    pdf = typesetting.compile("reading.typ", {
        "title": one.title, "sender": settings().organisation, "language": one.language, "tree": one.tree,
        "text": one.text, "slots": one.slots, "reference": incident.ref, "size": SIZES.get(size, SIZES["plain"]),
        "paper": "us-letter" if person.country == "US" else "a4",
    }, timestamp=one.sent_at or clock.now())  # fmt: skip
    headers = {"content-disposition": 'inline; filename="notice.pdf"', "content-language": one.language}
    return Response(pdf, media_type="application/pdf", headers=headers)


@routes.post("/mine/leave")
def leave(reader: WritesMine) -> Response:  # noqa: ARG001 - the guard itself
    """Close the page."""
    answer = to("/verify")
    own_visit.end(answer)
    return answer


def _holder(code: str, name: str) -> Person | None:
    """Return who has this code and is called so."""
    with db.session() as session:
        person = holder(session, code)
        if person is None:
            return None
        known = hearing.knows(session.get_one(Incident, person.incident_id), person, name)
        return person if known else None


def _person(session: Session, reader: Own) -> Person:
    """Return whose page it is, as the database has them now. Raises Missing where there is nothing any more."""
    person = session.get(Person, reader.person_id)
    if person is None or person.sealed is None or not dispatch.left_for(session, person):
        raise Missing("There is nothing to show any more.", "Ask us.")
    return person


def _language(session: Session, person: Person, wished: str) -> str:
    """Return the language of the notice: as wished where legal approved it so, else the reader's own."""
    return wished if wished in dispatch.languages_of(session, person) else person.language.split("-")[0]


def _shown(
    reader: Own, lang: str, size: str = "plain", *, said: str = "", problem: Refusal | None = None,
    typed: Wish | None = None, kind: str = "",
) -> Response:  # fmt: skip
    """Return the page."""
    with db.session() as session:
        person = _person(session, reader)
        incident = session.get_one(Incident, person.incident_id)
        language = best_language(lang or person.language, "")
        notices = dispatch.told_to(session, person, _language(session, person, language))
        answer = page(
            "own", public=True, status=422 if problem else 200, words=words(language), language=language,
            spoken={name: words(name)["language"] for name in languages()},
            approved=dispatch.languages_of(session, person), shown={one.language for one in notices},
            large=size == "large", drill=incident.drill,
            notices=[(one, drawn(one.tree, one.slots)) for one in notices],
            remedy=next((one.remedy for one in notices if one.remedy), ""), forms=hearing.FORMS,
            elements=dispatch.elements_in_words(person, language), child=person.age_class == AgeClass.CHILD,
            enquiries=hearing.own(session, person), learned_at=incident.aware_at or incident.created_at,
            acting=wishing.KINDS, ways=[str(one) for one in hearing.WAYS], rights=hearing.RIGHTS,
            said=said if said in set(EnquiryKind) else "", problem=problem, typed=typed or Wish(), kind=kind,
            own_token=form_token(reader.nonce), phone=settings().contact_phone, email=settings().contact_email,
            answer_days=settings().answer_days,
        )  # fmt: skip
    answer.headers["content-language"] = language
    return answer
