"""The command line. Each group of commands is a module, imported when it is called: `--help` must stay fast."""

import os
import sys

from cyclopts import App

app = App(
    name="forthwith",
    help="Breach response from the first alert to the last delivered notice.",
    version="0.1.0",
)
for name, module in {
    "demo": "demo:demo", "serve": "serve:serve", "doctor": "doctor:doctor", "detect": "detect:app",
    "intake": "intake:app",
    "incident": "incident:app", "respond": "respond:respond", "people": "people:app", "assess": "assess:assess",
    "law": "law:app", "notice": "notice:app", "review": "review:app", "send": "send:app",
    "deadlines": "deadlines:deadlines", "timeline": "timeline:app", "register": "register:app",
    "remedy": "remedy:app", "retention": "retention:app", "user": "user:app",
}.items():  # fmt: skip
    app.command(f"forthwith.cli.{module}", name=name)


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Exit codes: 0 done, 1 refused with one clear line, 2 wrong usage."""
    try:
        app(arguments)
    except Exception as failure:
        if os.environ.get("FORTHWITH_DEBUG"):
            raise
        sys.stderr.write(f"forthwith: {_line(failure)}\n")
        sys.exit(1)


def _line(failure: Exception) -> str:
    """Return what a person reads of a failure. A fault's own text may hold a name, so its place is told instead."""
    from flows.safe import described  # here, since what is behind it costs more than the whole help
    from models import Refusal

    if isinstance(failure, Refusal):
        return f"{failure.what} {failure.do}"
    return f"A fault of this program: {described(failure)}. Nothing half done is kept; report that place, please."
