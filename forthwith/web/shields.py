"""What stands before every route: safe headers, size limits, same-origin forms, and no word of a failure's data."""

import asyncio
import logging
import re
import traceback
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forthwith.settings import settings
from forthwith.web.bearing import bearer
from forthwith.web.visits import signed

KILO, MEGA = 1024, 1024 * 1024
SMALL = 128 * KILO  # a form
HOOK = 2 * MEGA  # a provider's batch of receipts
EVIDENCE = 64 * MEGA  # a file handed in by somebody signed in; larger ones go through the command line
UPLOAD = re.compile(r"/incidents/[^/]+/(evidence|people/\d+/part)")
PROGRAM = re.compile(r"/api/v1/incidents/[^/]+/(evidence|people/\d+/part)")
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # `no-referrer` would blank the Origin that our forms are checked by
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": "no-store",
}
log = logging.getLogger("forthwith.web")


class Headed:
    """Sets the safe headers on every answer that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with a `send` that adds the headers."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if settings().public_url.startswith("https://"):
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        return await self.app(scope, receive, headed)


class Contained:
    """Turns a failure into a bare 500. Only its kind and place are logged: its message may hold somebody's data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, and answer 500 where it fails before its answer began."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as failure:
            place = traceback.extract_tb(failure.__traceback__)[-1]
            log.error("%s in %s line %s", type(failure).__name__, place.name, place.lineno)
            if not begun:
                answer = PlainTextResponse("Something failed here. Nothing was half done. Try again.", 500)
                await answer(scope, receive, send)


class Sized:
    """Refuses bodies that are too large, by their stated and by their counted length."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on where the stated length is allowed, and count what really comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        allowed = await asyncio.to_thread(limit, scope) if PROGRAM.fullmatch(scope["path"]) else limit(scope)
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdigit() or int(stated) > allowed:
            await _too_large(scope, receive, send)
        else:
            await self._counted(scope, receive, send, allowed)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, allowed: int) -> None:
        counted = 0

        async def counting() -> Message:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > allowed:
                raise _TooLarge
            return message

        async def unless_too_large(message: Message) -> None:
            if counted <= allowed:
                await send(message)

        with suppress(_TooLarge):
            await self.app(scope, counting, unless_too_large)
        if counted > allowed:
            await _too_large(scope, receive, send)


class SameOrigin:
    """Refuses a form that another site sent in somebody's name. Webhooks prove themselves by signature instead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and _foreign(scope):
            answer = PlainTextResponse("This form came from another site. Open the page here and send it again.", 403)
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _foreign(scope: Scope) -> bool:
    """Return whether a browser says that another site sent this."""
    if scope["path"].startswith("/hooks/"):
        return False
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    elsewhere = origin is not None and origin.partition("://")[2] != headers.get("host")
    return elsewhere or headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


class _TooLarge(Exception):
    """More bytes came than were allowed."""


def limit(scope: Scope) -> int:
    """Return how many bytes a request may bring. Only a session or a token of ours may bring evidence."""
    path = scope["path"]
    if path.startswith("/hooks/"):
        return HOOK
    if PROGRAM.fullmatch(path):
        kind, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
        return EVIDENCE if kind.lower() == "bearer" and bearer(secret.strip()) else SMALL
    return EVIDENCE if UPLOAD.fullmatch(path) and signed(Request(scope)) else SMALL


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse("This is too large. Load large files with `forthwith people load`.", 413)
    await answer(scope, receive, send)
