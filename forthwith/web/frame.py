"""One way to make a page: a template under pages/, escaped, with the frame around it."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from forthwith.settings import settings
from forthwith.web import spoken
from forthwith.web.doors import opens
from forthwith.web.visits import Visit, form_token
from models import Refusal

HERE = Path(__file__).parent
# where a form may lead: never to another site
LOCAL = re.compile(r"(/incidents(/[A-Za-z0-9-]+)*|/account|/users|/operator)(#[A-Za-z0-9-]+)?")
MENU = {  # which entry of the menu a page stands under; all others stand under the incidents
    "signals": "/signals", "written": "/signals", "intake": "/incidents/new", "users": "/users",
    "operator": "/operator", "account": "/account", "authenticator": "/account", "confirm": "/account",
    "recovery_codes": "/account", "token_made": "/account",
}  # fmt: skip
pages = Environment(
    loader=FileSystemLoader(HERE / "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
pages.filters.update(
    moment=spoken.moment,
    day=spoken.day,
    written=spoken.written,
    authority=spoken.authority,
    countdown=spoken.countdown,
    plain=spoken.plain,
    exposed=spoken.exposed,
    value=spoken.value,
)
pages.globals.update(opens=opens)


def page(
    name: str, visit: Visit | None = None, *, status: int = 200, public: bool = False, **told: Any
) -> HTMLResponse:
    """Return the page `name`. Signed in, it has the menu and tokens for its forms; a public page has neither."""
    nonce = visit.nonce if visit and not public else "public"
    content = pages.get_template(f"{name}.html").render(
        visit=visit,
        form_token=form_token(nonce),
        organisation=settings().organisation,
        place=MENU.get(name, "/incidents"),
        **told,
    )
    return HTMLResponse(content, status)


def to(path: str) -> RedirectResponse:
    """Return the answer that sends a browser on after a form: loading again repeats nothing."""
    return RedirectResponse(path, status_code=303)


def local(path: str) -> str:
    """Return the path where it is one of our pages, and the list of incidents otherwise."""
    return path if LOCAL.fullmatch(path) else "/incidents"


def refused(request: Request, refusal: Refusal, status: int) -> Response:
    """Return a refusal as the asker reads it: JSON for programs, a page for people."""
    if "text/html" not in request.headers.get("accept", "text/html"):
        return JSONResponse({"what": refusal.what, "do": refusal.do}, status)
    return page("refused", status=status, public=True, what=refusal.what, do=refusal.do)
