"""Sending for programs: where it stands, every gap, and a hand on it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from forthwith import db, dispatch
from forthwith.access.tokens import Bearer
from forthwith.review.four_eyes import own_words
from forthwith.web.bearing import Scoped
from forthwith.web.counting import counts
from forthwith.web.finding import found
from forthwith.web.programs.words import ANSWERERS, Asked, Done, Line, Reason, Ref, Told

routes = APIRouter(tags=["deliveries"])
Reads = Annotated[Bearer, Depends(Scoped("read"))]
Stops = Annotated[Bearer, Depends(Scoped("respond", "review", roles=ANSWERERS))]


class Gap(Told):
    """People under a duty without a delivery or a written reason."""

    duty: str
    people: int
    why: str


class Paused(Told):
    """A pause that is in force."""

    channel: str = Field(description="`all`: every channel.")
    since: datetime
    by: str
    reason: str


class Status(Told):
    """Where sending stands. It is settled when there are no gaps and nothing is open."""

    counted_at: datetime | None = Field(description="Nothing: many people are being counted; ask again in seconds.")
    people: int
    duties: int
    pairs: int = Field(description="Of a duty and a person.")
    deliveries: dict[str, int] = Field(description="By state.")
    media: dict[str, dict[str, int]] = Field(description="By medium and state.")
    open: int
    gaps: list[Gap]
    paused: list[Paused]
    reasons: list[dict[str, Any]] = Field(description="Why deliveries are held, called off, failed or in doubt.")
    equal: bool = Field(description="Whether scope = duties = attempts = outcomes.")
    settled: bool


class Pausing(Asked):
    """A stop."""

    reason: Reason
    channel: Line = Field(default="", description="By default every channel.")


class Resuming(Asked):
    """Let it go on."""

    channel: Line | None = Field(default=None, description="By default every pause ends.")


class Resumed(Told):
    """The pauses that ended."""

    channels: list[str] = Field(description="Empty text: the pause of all.")


NOTHING: dict[str, Any] = {
    "people": 0, "duties": 0, "pairs": 0, "deliveries": {}, "open": 0, "gaps": [], "paused": [], "reasons": [],
    "equal": False, "settled": False,
}  # fmt: skip


@routes.get("/incidents/{ref}/deliveries")
def status(ref: Ref, asks: Reads) -> Status:  # noqa: ARG001 - the guard itself
    """Tell where sending stands, and every gap."""
    with db.session() as session:
        made = counts(session, found(session, ref))
    told = made.status if made else NOTHING
    names = set(NOTHING)
    return Status(
        counted_at=made.at if made else None, media=made.by_medium if made else {},
        **{name: value for name, value in told.items() if name in names},
    )  # fmt: skip


@routes.post("/incidents/{ref}/deliveries/pause")
def pause(ref: Ref, asks: Stops, body: Pausing) -> Done:
    """Stop sending, by one channel or by all; what is on the wire is on its way."""
    words = own_words(body.reason, what="reason")
    with db.session() as session:
        dispatch.pause(session, found(session, ref), reason=words, actor=asks.user.name, channel=body.channel)
    return Done()


@routes.post("/incidents/{ref}/deliveries/resume")
def resume(ref: Ref, asks: Stops, body: Resuming) -> Resumed:
    """Let sending go on."""
    with db.session() as session:
        ended = dispatch.resume(session, found(session, ref), actor=asks.user.name, channel=body.channel)
    return Resumed(channels=ended)
