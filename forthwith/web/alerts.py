"""The door for alerts of tools. A call that proves nothing is refused before anything is stored."""

import asyncio
import logging

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forthwith import db
from forthwith.detection import doors
from forthwith.detection.proofs import Call, Forged
from models import Refusal

LONGEST_CHALLENGE = 500
log = logging.getLogger("forthwith.web")
routes = APIRouter()


@routes.get("/hooks/alerts/{source}")
def prove(source: str, request: Request) -> Response:
    """Answer Okta's one question, which it asks once before it calls: the challenge, said back."""
    challenge = request.headers.get("x-okta-verification-challenge", "")
    if source != "okta" or not 0 < len(challenge) <= LONGEST_CHALLENGE or not _stands(source):
        return JSONResponse({"what": "There is nothing to read here.", "do": "Post alerts."}, 404)
    return JSONResponse({"verification": challenge})


@routes.post("/hooks/alerts/{source}")
async def receive(source: str, request: Request) -> Response:
    """Hand a call's exact bytes over. The answer says how many alerts it held, and nothing of them."""
    call = Call({name.lower(): value for name, value in request.headers.items()}, await request.body())
    try:
        taken = await asyncio.to_thread(_take, source, call)
    except Refusal as refused:
        # the source stands in the address, which anybody may write: only what we know is logged
        log.warning("a call with alerts was refused: %s", refused.what if isinstance(refused, Forged) else "no alert")
        return JSONResponse({"what": refused.what, "do": refused.do}, 403 if isinstance(refused, Forged) else 422)
    log.info("%s handed in %s alerts, %s of them new", source, taken.signals, taken.new)
    return JSONResponse({"taken": taken.signals, "again": taken.again})


def _take(source: str, call: Call) -> doors.Taken:
    with db.session() as session:
        return doors.take(session, source, call)


def _stands(source: str) -> bool:
    with db.session() as session:
        return doors.exists(session, source)
