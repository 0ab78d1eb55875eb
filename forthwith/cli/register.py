"""`forthwith register`: every breach, as GDPR Art. 33(5) wants it documented."""

from pathlib import Path
from typing import Literal

from cyclopts import App

from forthwith.cli.console import database, say

app = App(name="register", help="The register of breaches (GDPR Art. 33(5)).")


@app.command
def export(
    *,
    format: Literal["json", "csv"] = "json",
    out: Path | None = None,
    drills: bool = False,
    json: bool = False,
) -> None:
    """Write the register: facts, effects, remedial action, what was decided and why.

    Parameters
    ----------
    out:
        The file; by default standard output.
    drills:
        With drills.
    json:
        The same as --format json.
    """
    import sys

    import orjson

    from forthwith.timeline.register import register, to_csv

    with database() as session:
        rows = register(session, drills=drills)
    as_json = json or format == "json"
    content = orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n" if as_json else to_csv(rows)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    say(f"{out}: {len(rows)} incident{'s' * (len(rows) != 1)}")
