"""The operator's corner: queues, channels, set-up, signs of life; and the same as measures for a monitor."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from forthwith import examining
from forthwith.access.tokens import Bearer
from forthwith.settings import settings
from forthwith.web.bearing import Scoped
from forthwith.web.frame import page
from forthwith.web.gauges import Gauges, exposed, gauges
from forthwith.web.guards import ReadsUsers, WritesUsers
from forthwith.web.visits import Visit
from models import Medium

SILENT = 180  # seconds after which a minute's question has been missed
AT_ONCE = ("data folder", "keys", "channels", "sender", "laws", "time zones")  # checks that read what is here
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
routes = APIRouter()


@routes.get("/operator")
def desk(visit: ReadsUsers) -> Response:
    """Show how the house runs. Nobody outside is asked: that takes the button."""
    found = {name: examining.examined(examining.CHECKS[name]) for name in AT_ONCE}
    return _page(visit, gauges(), found, asked=False)


@routes.post("/operator/checks")
def check(visit: WritesUsers) -> Response:
    """Run every check that `forthwith doctor` runs, those that ask others too."""
    return _page(visit, gauges(), examining.everything(), asked=True)


@routes.get("/metrics")
def metrics(asks: Annotated[Bearer, Depends(Scoped("operate"))]) -> Response:  # noqa: ARG001 - the guard itself
    """Return counts in Prometheus's text format, to a token with the scope `operate`."""
    return PlainTextResponse(exposed(gauges()), media_type=PROMETHEUS)


def _page(visit: Visit, now: Gauges, found: dict[str, examining.Finding], *, asked: bool) -> Response:
    chosen = {str(medium): getattr(settings(), f"{medium}_channel") for medium in Medium if medium != Medium.FILING}
    silent = [name for name, at in now.pulses.items() if (now.at - at).total_seconds() > SILENT]
    return page(
        "operator", visit, now=now, found=found, asked=asked, chosen=chosen, silent=silent,
        running=version("forthwith"), newest=examining.newest_schema(), rates=settings().rates,
    )  # fmt: skip
