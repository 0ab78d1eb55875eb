"""Pages for affected people: is this notice real, and the notices that were published."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header
from starlette.responses import HTMLResponse, JSONResponse, Response

from forthwith import clock, db
from forthwith.channels import web_notice
from forthwith.settings import settings
from forthwith.web.failures import Missing
from forthwith.web.frame import page
from forthwith.web.guards import public_form
from forthwith.web.limits import Limit
from forthwith.web.verifying import Real, real
from forthwith.web.wording import best_language, languages, words
from models import Refusal

ANSWERED_AFTER = 0.5  # seconds: a known and an unknown code take the same time
routes = APIRouter()
asks = Limit(times=10, every=6.0)  # ten at once, then one each six seconds, from one address
NOTICE_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"


@routes.get("/")
@routes.get("/verify")
def ask(lang: str = "", accept_language: Annotated[str, Header()] = "") -> Response:
    """Show the form that checks a code. The code of a scanned letter follows `#`, which no browser sends."""
    return verify_page(best_language(lang, accept_language), state="ask")


@routes.post("/verify", dependencies=[Depends(asks), Depends(public_form)])
async def check(code: Annotated[str, Form(max_length=40)] = "", lang: Annotated[str, Form()] = "") -> Response:
    """Say whether a code is of a notice that was really sent; nothing about the person is said or stored."""
    begun = time.monotonic()
    found = await asyncio.to_thread(_look_up, code)
    spent = time.monotonic() - begun
    await asyncio.sleep(ANSWERED_AFTER - spent % ANSWERED_AFTER)
    return verify_page(
        best_language(lang, ""), state="real" if found else "unknown", found=found, typed=code if found else ""
    )


@routes.get("/notices/{key}")
def published(key: str) -> Response:
    """Show a published notice."""
    channel = web_notice.channel()
    card = next((one for one in channel.published() if one.key == key), None)
    if card is None:
        raise Missing("There is no such notice here.", "Check the address, or ask us.")
    headers = {"content-security-policy": NOTICE_CSP, "content-language": card.language, "cache-control": "no-cache"}
    return HTMLResponse((channel.folder / f"{card.key}.html").read_bytes(), headers=headers)


@routes.get("/health")
def health() -> Response:
    """Say whether the database answers."""
    try:
        with db.session():
            return JSONResponse({"ok": True})
    except Refusal:
        return JSONResponse({"ok": False}, 503)


def _look_up(code: str) -> Real | None:
    with db.session() as session:
        return real(session, code)


def verify_page(language: str, *, state: str, found: Real | None = None, typed: str = "") -> Response:
    """Return the page on which a code is checked: `ask`, `real`, `unknown`, or `closed` to one's own page."""
    spoken = {name: words(name)["language"] for name in languages()}
    cards = web_notice.channel().published()
    answer = page(
        "verify", public=True, words=words(language), language=language, spoken=spoken, state=state, found=found,
        typed=typed, posted=sorted({(one.title, f"/notices/{one.key}") for one in cards if one.until >= clock.now()}),
        phone=settings().contact_phone, email=settings().contact_email,
    )  # fmt: skip
    answer.headers["content-language"] = language
    return answer
