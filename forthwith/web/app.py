"""The web application: routes put together, shields put before them."""

from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from forthwith import review
from forthwith.settings import settings
from forthwith.web import (
    account,
    alerts,
    api,
    board,
    calendars,
    desk,
    doors,
    enquiries,
    evidence,
    failures,
    frame,
    hooks,
    incidents,
    intake,
    metering,
    operating,
    own_page,
    pairs,
    people,
    people_here,
    proving,
    public,
    reading_room,
    reporting,
    reviewing,
    shields,
    signing,
    single_sign_on,
    story,
)
from models import Refusal

ROUTERS = (
    public, own_page, reporting, signing, single_sign_on, account, proving, people_here, intake, desk, board, calendars,
    incidents, evidence, pairs, people, reviewing, reading_room, enquiries, story, alerts, hooks, operating,
)  # fmt: skip
STATUS = {failures.Forbidden: 403, review.NotAllowed: 403, failures.Missing: 404, failures.TooMany: 429}


def create_app() -> FastAPI:
    """Return the application. It opens no database before it is asked something."""
    # handed-in files stay in memory: an unencrypted copy in the system's temporary folder would be a second place
    MultiPartParser.spool_max_size = shields.EVIDENCE
    app = FastAPI(title="forthwith", docs_url=None, redoc_url=None, openapi_url=None)
    for module in ROUTERS:
        app.include_router(module.routes)
        doors.learn(module.routes.routes)
    app.mount("/api/v1", api.create_api(), name="api")
    app.mount("/static", StaticFiles(directory=frame.HERE / "static"), name="static")
    _answer_failures(app)
    # the last one added stands first
    app.add_middleware(shields.SameOrigin)
    app.add_middleware(shields.Sized)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts())
    app.add_middleware(shields.Contained)
    app.add_middleware(shields.Headed)
    app.add_middleware(metering.Metered)
    return app


def hosts() -> list[str]:
    """Return the names that this server answers to: another site's name that points here gets nothing."""
    own = urlsplit(settings().public_url).hostname or "localhost"
    return sorted({own, settings().web_host, "127.0.0.1", "localhost"})


def _answer_failures(app: FastAPI) -> None:
    """Say every refusal in one line with what to do, and never what was sent."""
    app.add_exception_handler(failures.SignInNeeded, _sign_in_first)
    app.add_exception_handler(failures.Outside, _code_first)
    app.add_exception_handler(failures.ConfirmNeeded, _confirm_first)
    app.add_exception_handler(api.Unproven, api.refused)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)


def _sign_in_first(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, failures.SignInNeeded)
    if not failure.path:
        return frame.refused(request, Refusal("Nobody is signed in.", "Sign in, then send the form again."), 401)
    return RedirectResponse(f"/sign-in?after={quote(failure.path, safe='')}", 303)


def _code_first(request: Request, _failure: Exception) -> Response:
    """Send whoever shows no code, or showed it too long ago, to where it is asked for."""
    return frame.to(f"/verify?lang={quote(request.query_params.get('lang', ''), safe='')}")


def _confirm_first(_request: Request, failure: Exception) -> Response:
    assert isinstance(failure, failures.ConfirmNeeded)
    return RedirectResponse(f"/account/confirm?after={quote(failure.after, safe='')}", 303)


def _refused(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, Refusal)
    return frame.refused(request, failure, STATUS.get(type(failure), 400))


def _not_understood(request: Request, _failure: Exception) -> Response:
    return frame.refused(request, Refusal("The form was not complete.", "Fill in each field that is asked for."), 422)


def _http(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)
    words = {404: ("There is no such page.", "Check the address."), 405: ("That can't be done here.", "Go back.")}
    what, do = words.get(failure.status_code, ("That was not understood.", "Go back and try again."))
    return frame.refused(request, Refusal(what, do), failure.status_code)
