"""People named by their numbers, and reasons that name nobody: what every act on single people asks first."""

import re
from collections.abc import Iterable, Sequence

import orjson
from sqlmodel import Session, col, select

from forthwith import keys
from forthwith.scoping.expiring import forget
from forthwith.timeline.wording import impersonal
from models import Incident, Person, PersonRecord, Refusal

LONGEST = 1000
SHOWN = 10  # numbers in one line


def named(session: Session, incident: Incident, numbers: Sequence[int]) -> list[Person]:
    """Return the people with these numbers, as the database has them. Raises Refusal where one is unknown."""
    see = f"`forthwith people export {incident.ref}` lists the numbers."
    if not numbers:
        raise Refusal("Nobody was named.", f"Say whom, by number: {see}")
    forget(session)
    wanted = select(Person).where(Person.incident_id == incident.id, col(Person.number).in_(set(numbers)))
    found = list(session.exec(wanted.order_by(col(Person.number))))
    refuse(sorted(set(numbers) - {person.number for person in found}), "nobody here", see)
    return found


def refuse(numbers: Iterable[int], what: str, do: str) -> None:
    """Raise Refusal where there are such people. They are named by their number alone."""
    if found := list(numbers):
        raise Refusal(f"{_numbered(found)}: {what}.", do)


def _numbered(numbers: Sequence[int]) -> str:
    """Return numbers of people for a line: the first ones, and how many more."""
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"No. {', '.join(map(str, numbers[:SHOWN]))}{more}"


def reason_for(incident: Incident, people: Sequence[Person], reason: str, example: str) -> str:
    """Return the reason, tidied. Raises Refusal where it is missing (`example` would do) or names somebody."""
    words = impersonal(reason, "reason")
    if not words or len(words) > LONGEST:
        raise Refusal("A reason is needed, in a sentence or two.", f'Say why: --reason "{example}"')
    said = set(re.findall(r"\w+", words.casefold()))
    refuse(
        (person.number for person in people if said & _names(incident, person)), "the reason names them",
        "Say it without naming anybody: it stays for ever and others read it.",
    )  # fmt: skip
    return words


def _names(incident: Incident, person: Person) -> set[str]:
    """Return the words of a person's own name; no initials and no particles."""
    if person.sealed is None:
        return set()
    key = keys.unwrap(incident.id, incident.wrapped_key)
    held = PersonRecord.model_construct(**orjson.loads(key.open(person.id, person.sealed)))
    words = re.findall(r"\w+", f"{held.name} {held.given} {held.family}".casefold())
    return {word for word in words if len(word) > 3}
