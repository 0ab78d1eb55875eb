"""Two people who may be one, opened for a stated reason; and a merge taken back."""

import uuid
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from pydantic import Field

from forthwith import db, scoping
from forthwith.access.tokens import Bearer
from forthwith.web import pairs, people
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.people import Person, Version, Why, opened
from forthwith.web.programs.words import ANSWERERS, Line, Number, Reason, Ref, Told, Words
from forthwith.web.revealing import revealed

routes = APIRouter(tags=["people"])
Responds = Annotated[Bearer, Depends(Scoped("respond"))]
Opens = Annotated[Bearer, Depends(Scoped("people", roles=ANSWERERS))]


class PairOpened(Told):
    """Both people of a pair, opened. That this was asked, and why, is in the timeline."""

    id: uuid.UUID
    why: str
    people: list[Person] = Field(description="By number.")


@routes.post("/incidents/{ref}/people/near/{pair_id}/look")
def look(ref: Ref, pair_id: uuid.UUID, asks: Opens, body: Why) -> PairOpened:
    """Open both people of a pair for a stated reason, which becomes an entry of the timeline."""
    with db.session() as session:
        incident = found(session, ref)
        pair, both = pairs.both(session, incident, pair_id)
        revealed(session, incident, asks, f"people {both[0].number} and {both[1].number}", body.reason)
        return PairOpened(id=pair.id, why=pair.why, people=[opened(session, incident, one) for one in both])


@routes.post("/incidents/{ref}/people/{number}/part")
def part(
    ref: Ref, number: Number, asks: Responds, reason: Annotated[Reason, Form()],
    rows: Annotated[list[Line], Form(max_length=1000, description="`ROW FILE`, each: the rows that leave.")],
    files: Annotated[list[UploadFile], File(description="The files again: no row is kept.")],
    columns: Annotated[Words, Form(description="COLUMN=FIELD, one a line, where a column is another.")] = "",
    country: Annotated[Line, Form(description="Of numbers and addresses that name none.")] = "",
) -> Version:  # fmt: skip
    """Take a merge back: these rows become a person of their own. Whoever keeps the number keeps what was sent."""
    with db.session() as session, ExitStack() as held:
        incident = found(session, ref)
        paths = [held.enter_context(people.kept(incident, file)) for file in files if file.filename]
        made = scoping.part(
            session, incident, number, [people.row_of(one) for one in rows], evidence=paths, reason=reason,
            actor=asks.user.name, columns=people.stated(columns), country=country.strip() or None,
        )  # fmt: skip
        return Version.model_validate(made)
