"""The first person of a laid desk is told by mail; a test gets the code and the name by which their page opens."""

from fakes.review_desk import add_delivery
from fakes.web_house import House, desk_of
from sqlmodel import select

from forthwith import clock, db, keys
from forthwith.filling.codes import verification_code
from models import Attempt, Delivery, Incident, Person


def told_by_mail(house: House, number: int = 1, *, state: str = "delivered") -> tuple[str, str]:
    """Send a person's notice, where none was sent; return the code in it and a name that opens the page."""
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == number)).one()
        incident = session.get(Incident, person.incident_id)
        if session.exec(select(Delivery).where(Delivery.recipient_id == person.id)).first() is None:
            delivery = add_delivery(session, desk_of(session, house), person, state=state, medium="email")
            session.add(Attempt(
                incident_id=incident.id, delivery_id=delivery.id, n=1, channel="outbox", started_at=clock.now(),
                request_sha256="0" * 64,
            ))  # fmt: skip
        return verification_code(keys.unwrap(incident.id, incident.wrapped_key), person.id), "Person"
