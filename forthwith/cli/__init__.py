"""The command line. Each group of commands is a module, imported when it is called: `--help` must stay fast."""

import sys

from cyclopts import App

app = App(
    name="forthwith",
    help="Breach response from the first alert to the last delivered notice.",
    version="0.1.0",
)
for name, module in {
    "demo": "demo:demo", "serve": "serve:serve", "doctor": "doctor:doctor", "detect": "detect:detect",
    "incident": "incident:app", "respond": "respond:respond", "people": "people:app", "assess": "assess:assess",
    "law": "law:app", "notice": "notice:app", "review": "review:app", "send": "send:app",
    "deadlines": "deadlines:deadlines", "timeline": "timeline:app", "register": "register:app",
    "retention": "retention:app", "user": "user:app",
}.items():  # fmt: skip
    app.command(f"forthwith.cli.{module}", name=name)


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Exit codes: 0 done, 1 refused with one clear line, 2 wrong usage."""
    try:
        app(arguments)
    except Exception as failure:
        from models import Refusal  # here, since the tables behind it cost more than the whole help

        if not isinstance(failure, Refusal):
            raise
        sys.stderr.write(f"forthwith: {failure.what} {failure.do}\n")
        sys.exit(1)
