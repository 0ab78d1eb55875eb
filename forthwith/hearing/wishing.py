"""Wishes that act by themselves: a channel, large print, another language. What they do is dispatch's."""

from sqlmodel import Session

from forthwith import clock
from forthwith.filling.wishes import keep, wishes_of
from forthwith.timeline import record
from models import Enquiry, EnquiryKind, EnquiryState, Incident, Person, Wishes

LARGE_PRINT, OTHER = "large_print", "other"
BY_ITSELF = "forthwith"


def acts(kind: str, choice: str) -> bool:
    """Return whether a wish is one that can act by itself; a question, a right or braille is somebody's to answer."""
    if kind == EnquiryKind.FORMAT:
        return choice == LARGE_PRINT
    return kind == EnquiryKind.CHANNEL or (kind == EnquiryKind.OTHER_LANGUAGE and choice != OTHER)


def state(session: Session, incident: Incident, person: Person, kind: str, choice: str) -> None:
    """Keep what a person wishes from now on, in place of an earlier wish of that kind."""
    _change(session, incident, person, _with(kind, choice))


def take_back(session: Session, incident: Incident, person: Person, kind: str, choice: str) -> bool:
    """Forget a wish that was refused, unless they wished otherwise since; return whether it was in force."""
    held = _held(session, incident, person)
    stated = {name: value for name, value in _with(kind, choice).items() if getattr(held, name) == value}
    if not acts(kind, choice) or not stated:
        return False
    _change(session, incident, person, {name: Wishes.model_fields[name].default for name in stated})
    return True


def noted(session: Session, incident: Incident, one: Enquiry, *, took: bool, settled: bool, moved: int) -> None:
    """Note with an enquiry what was done by itself, with its entry; `settled`: nobody has anything left to do.

    `moved`: how many deliveries that nobody had tried yet go otherwise now. No word of the wish stands in the entry.
    """
    one.by_itself = took
    if settled:
        one.state, one.settled_at, one.settled_by = EnquiryState.DONE, clock.now(), BY_ITSELF
    session.add(one)
    session.flush()
    if took:
        record(
            session, incident.id, actor=BY_ITSELF, verb="wish_taken_up", object_type="enquiry", object_id=one.id,
            text=f"The wish of enquiry {one.number} ({one.kind}) was taken up: "
            f"{moved} deliveries that nobody had tried yet go otherwise.",
            data={"kind": one.kind, "deliveries": moved, "settled": settled},
        )  # fmt: skip


def _with(kind: str, choice: str) -> dict[str, object]:
    """Return which field of the wishes a wish states."""
    if kind == EnquiryKind.CHANNEL:
        return {"medium": choice}
    return {"language": choice} if kind == EnquiryKind.OTHER_LANGUAGE else {"large_print": True}


def _held(session: Session, incident: Incident, person: Person) -> Wishes:
    return wishes_of(session, incident, [person.id]).get(person.id, Wishes())


def _change(session: Session, incident: Incident, person: Person, stated: dict[str, object]) -> None:
    wished = _held(session, incident, person).model_copy(update=stated)
    keep(session, incident, person.id, wished)
