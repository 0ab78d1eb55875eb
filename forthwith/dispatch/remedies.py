"""Codes of a remedy, such as credit monitoring: loaded once, sealed, one a person, kept by that person for ever."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.dispatch.states import NO_CODE
from forthwith.filling.content import slots_of
from forthwith.keys import DataKey
from forthwith.timeline import record
from models import Incident, Person, Refusal, RemedyCode, RemedyPool, Variant, new_id

SLOT = "remedy_code"
CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{2,38})[A-Za-z0-9]")
HEADS = ("code", "codes", "activation code", "activation_code")
LARGEST = 64_000_000  # bytes of a file
AT_ONCE = 5000  # rows of one insert

HELD = """
select c.person_id, c.id, c.sealed from remedy_code c where c.incident_id = :incident and c.person_id = any(:people)
"""

# rows that another sender is giving away at this moment are passed over
FREE = """
select c.id, c.sealed from remedy_code c join remedy_pool p on p.id = c.pool_id
 where c.incident_id = :incident and c.person_id is null and p.until >= :today and c.sealed is not null
 order by p.until, c.id limit :n for update of c skip locked
"""

GIVE = """
update remedy_code c set person_id = k.person, given_at = :now
  from unnest(cast(:ids as uuid[]), cast(:people as uuid[])) as k(id, person) where c.id = k.id
"""

RELEASE = """
update delivery set state = 'planned', reason = null, state_at = :now
 where incident_id = :incident and untold = 'held' and reason = :why and variant_id is not null
"""

STOCK = """
select p.provider, p.until, p.codes, count(c.person_id) as given,
       count(*) filter (where c.person_id is null and p.until >= :today) as free
  from remedy_pool p join remedy_code c on c.pool_id = p.id where p.incident_id = :incident
 group by p.id order by p.until, p.id
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file brought: rows in = codes loaded + rows set aside, with the reason of each kind."""

    rows: int
    codes: int
    aside: Mapping[str, int]
    released: int = 0


def load(
    session: Session, incident: Incident, body: bytes, *, provider: str, until: date, actor: str
) -> Loaded:  # fmt: skip
    """Load a file of codes, one a line or in the first column of a CSV; sealed under the incident's key.

    Rows that are no code, or that are there already, are set aside and counted. Raises Refusal for a file that was
    loaded before, and where nothing in it is a code.
    """
    provider = _checked(session, body, provider, until)
    found, aside = _read(body)
    fresh = _fresh(session, incident, found, aside)
    if not fresh:
        raise Refusal("The file brings no new code.", "One code a line, of letters, digits and hyphens.")
    pool = RemedyPool(
        incident_id=incident.id, provider=provider, until=until, codes=len(fresh), loaded_by=actor,
        file_sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    session.add(pool)
    session.flush()
    _store(session, incident, pool, fresh)
    done = Loaded(len(fresh) + sum(aside.values()), len(fresh), aside, release(session, incident.id))
    record(
        session, incident.id, actor=actor, verb="remedy_loaded", object_type="remedy_pool", object_id=pool.id,
        text=f"{done.codes} codes of a remedy were loaded, to be handed out until {until}",
        data={"codes": done.codes, "aside": dict(aside), "file_sha256": pool.file_sha256, "released": done.released},
    )  # fmt: skip
    return done


def _checked(session: Session, body: bytes, provider: str, until: date) -> str:
    """Return the provider's name, tidied. Raises Refusal where a file can't be one of codes that still serve."""
    if until < clock.today():
        raise Refusal("These codes have run out already.", "Check --until.")
    if len(body) > LARGEST:
        raise Refusal("A file of codes is smaller than 64 MB.", "Check the file.")
    used = select(RemedyPool.id).where(RemedyPool.file_sha256 == hashlib.sha256(body).hexdigest())
    if session.exec(used).first():
        raise Refusal("This file was loaded before.", "A code is given once: take a new file from the provider.")
    name = " ".join(provider.split())
    if not 0 < len(name) <= 80 or not name.isprintable():
        raise Refusal("A provider's name has 1 to 80 characters.", "Give --provider.")
    return name


def _read(body: bytes) -> tuple[list[str], dict[str, int]]:
    """Return the codes of a file in their order, each once, and how many rows were set aside for which reason."""
    try:
        lines = body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Refusal("The file is no text.", "Save it as CSV or plain text, one code a line.") from None
    cells = [re.split(r"[,;\t]", line)[0].strip().strip('"') for line in lines if line.strip()]
    if cells and cells[0].lower() in HEADS:
        cells = cells[1:]
    codes, aside = dict[str, None](), dict[str, int]()
    for cell in cells:
        why = "no code" if not CODE.fullmatch(cell) else "twice in the file" if cell in codes else ""
        if why:
            aside[why] = aside.get(why, 0) + 1
        codes |= {} if why else {cell: None}
    return list(codes), aside


def _fresh(session: Session, incident: Incident, codes: list[str], aside: dict[str, int]) -> dict[str, str]:
    """Return the codes by blind index that the incident does not hold yet; the others are set aside."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    by_index = {key.blind(SLOT, code): code for code in codes}
    held = select(RemedyCode.code_index).where(RemedyCode.incident_id == incident.id)
    known = set(session.exec(held).all()) & set(by_index)
    if known:
        aside["loaded before"] = len(known)
    return {index: code for index, code in by_index.items() if index not in known}


def _store(session: Session, incident: Incident, pool: RemedyPool, fresh: Mapping[str, str]) -> None:
    """Seal and write codes."""
    key, now = keys.unwrap(incident.id, incident.wrapped_key), clock.now()
    rows = []
    for index, code in fresh.items():
        ident = new_id()
        rows.append({
            "id": ident, "created_at": now, "incident_id": incident.id, "pool_id": pool.id, "code_index": index,
            "sealed": key.seal(ident, code.encode()),
        })  # fmt: skip
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(RemedyCode), rows[start : start + AT_ONCE])


@lru_cache(maxsize=64)
def wanted(content: bytes) -> bool:
    """Return whether a wording tells each person a code."""
    return SLOT in slots_of(content)


def give(session: Session, incident_id: uuid.UUID, people: Iterable[uuid.UUID], key: DataKey) -> dict[uuid.UUID, str]:
    """Return each person's code: the one they have, else a free one, now theirs. Who is missing found none left.

    Raises IntegrityError where another sender gave the same person one at this moment; try again.
    """
    asked = list(dict.fromkeys(people))
    rows = session.execute(text(HELD), {"incident": incident_id, "people": asked}).all()
    given = {row.person_id: _opened(key, row.id, row.sealed) for row in rows}
    without = [one for one in asked if one not in given]
    if not without:
        return given
    found = {"incident": incident_id, "today": clock.today(), "n": len(without)}
    free = session.execute(text(FREE), found).all()
    lucky = without[: len(free)]
    if free:
        keys_: dict[str, Any] = {"ids": [row.id for row in free], "people": lucky, "now": clock.now()}
        session.execute(text(GIVE), keys_)
    return given | {one: _opened(key, row.id, row.sealed) for one, row in zip(lucky, free, strict=True)}


def code_of(session: Session, person: Person, key: DataKey) -> str:
    """Return the code that a person was given; blank for none."""
    held = {"incident": person.incident_id, "people": [person.id]}
    row = session.execute(text(HELD), held).first()
    return _opened(key, row.id, row.sealed) if row else ""


def _opened(key: DataKey, code_id: uuid.UUID, sealed: bytes | None) -> str:
    if sealed is None:
        raise Refusal("The codes were destroyed at the end of retention.", "They can't be read again.")
    return key.open(code_id, sealed).decode()


def release(session: Session, incident_id: uuid.UUID) -> int:
    """Let those go who were held for want of a code; return how many. Whoever finds none is held again."""
    keys_ = {"incident": incident_id, "why": NO_CODE, "now": clock.now()}
    return int(session.execute(text(RELEASE), keys_).rowcount)  # type: ignore[attr-defined]


def stock(session: Session, incident: Incident) -> list[dict[str, Any]]:
    """Return each pool: provider, until when, how many codes, given and free."""
    rows = session.execute(text(STOCK), {"incident": incident.id, "today": clock.today()})
    return [dict(row._mapping) for row in rows]


def telling(session: Session, incident: Incident) -> set[uuid.UUID]:
    """Return the current wordings that tell each person a code."""
    found = select(Variant).where(Variant.incident_id == incident.id, col(Variant.current))
    return {one.id for one in session.exec(found).all() if wanted(one.content)}
