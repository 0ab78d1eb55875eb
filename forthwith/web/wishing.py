"""A request from somebody's own page: queued, and where it is a wish that can act by itself, taken up at once."""

from sqlmodel import Session

from forthwith import dispatch, hearing
from models import Enquiry, EnquiryKind, Incident, Person, Wish

# what a responder reads of a wish, by what is left to do
LEFT = {
    "": "It acts by itself; nothing is left to do.",
    "no_address": "No address for it is held. Ask them for one, or say that it is not possible.",
    "not_lawful": "It acts where it can. Not every notice may go this way by law, or without consent: tell them.",
    "no_wording": "It acts where a wording speaks this language. Not every notice does: have one drafted, or answer.",
    "no_setting": "We make no such form by ourselves: have it made, or say that it is not possible.",
    "look": "Letters to them are set in large print by themselves. Look whether they need what left already so, too.",
    "other": "They name the language in their own words: have a wording drafted, or answer.",
}
KINDS = (EnquiryKind.CHANNEL, EnquiryKind.FORMAT, EnquiryKind.OTHER_LANGUAGE)


def ask(session: Session, person: Person, kind: str, wish: Wish, *, language: str) -> Enquiry:
    """Put a request into the queue; a wish acts on what nobody has tried yet, before the answer leaves."""
    incident = session.get_one(Incident, person.incident_id)
    alone = dispatch.begin_wishes(session, incident)
    one = hearing.ask(session, person, kind, wish, language=language)
    if not hearing.acts(kind, wish.choice):
        return one
    left = left_to_do(session, incident, person, kind, wish.choice)
    hearing.state(session, incident, person, kind, wish.choice)
    moved = dispatch.apply_wishes(session, incident, [person.id]) if alone else 0
    took = left in ("", "look")
    hearing.taken_up(session, incident, one, took=took, settled=not left and not wish.text.strip(), moved=moved)
    return one


def left_to_do(session: Session, incident: Incident, person: Person, kind: str, choice: str) -> str:
    """Return what somebody must still do about a wish, as a code of `LEFT`; empty where nothing is."""
    if kind == EnquiryKind.OTHER_LANGUAGE and choice == hearing.OTHER:
        return "other"
    return dispatch.left_to_do(session, incident, person, kind, choice)


def take_back(session: Session, incident: Incident, person: Person, one: Enquiry, wish: Wish) -> None:
    """Let a wish that was refused act no longer."""
    dispatch.begin_wishes(session, incident)
    if hearing.take_back(session, incident, person, one.kind, wish.choice):
        dispatch.apply_wishes(session, incident, [person.id])
