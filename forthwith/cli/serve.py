"""`forthwith serve`: database, flows and web pages on one machine."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.serving import Served


def serve() -> None:
    """Serve this data folder until Ctrl+C: PostgreSQL, a Prefect server, the flows and a worker, the web pages."""
    from flows import serving
    from forthwith.cli.console import say
    from forthwith.settings import settings

    say(f"starting in {settings().home} ...")
    if fallen := serving.serve(ready):
        sys.stderr.write(f"forthwith: the {fallen} keeps falling. {settings().home}/logs/{fallen}.log tells why.\n")
        sys.exit(1)
    say("stopped")


def ready(served: "Served") -> None:
    """Say where everything is."""
    from forthwith.cli.console import say

    say(f"ready after {served.seconds:.0f} s: {served.web_url}  (flows: {served.api_url.removesuffix('/api')})")
    sys.stdout.flush()
