"""The doors for providers' receipts. A wrong signature is refused before anything is stored."""

import asyncio
import logging

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forthwith import dispatch
from forthwith.settings import settings
from models import Refusal

PROVIDERS = ("sendgrid", "twilio", "twilio_voice", "fax_http", "lob")
log = logging.getLogger("forthwith.web")
routes = APIRouter()


@routes.post("/hooks/{provider}")
async def receive(provider: str, request: Request) -> Response:
    """Hand a webhook's exact bytes to dispatch, which checks the signature first."""
    if provider not in PROVIDERS:
        return JSONResponse({"what": "No such provider."}, 404)
    body = await request.body()
    query = f"?{request.url.query}" if request.url.query else ""
    url = settings().public_url.rstrip("/") + request.url.path + query
    try:
        await asyncio.to_thread(dispatch.receive, provider, body, dict(request.headers), url)
    except Refusal as refused:
        log.warning("a webhook of %s was refused: %s", provider, refused.what)
        return JSONResponse({"what": refused.what, "do": refused.do}, 403)
    return JSONResponse({"taken": True})
