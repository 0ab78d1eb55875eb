"""`forthwith demo`: two incidents from the first alert to the last notice, acted out in the open. Nothing leaves."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from forthwith.cli.stage import Stage

LEFT_OVER = ("outbox", "print", "published", "preview", "timeline")


def demo(*, folder: Path = Path(".demo"), inline: bool = False) -> None:
    """Act out two incidents through the real flows, the real gate and the file outbox. Nothing leaves this machine.

    Parameters
    ----------
    folder: where everything is kept; what an earlier demo left there is replaced
    inline: without a Prefect server: the same path, the same rows
    """
    with _set_apart(folder.resolve()):
        stage = Stage(inline)
        stage.say("Starting the database" + ("." if inline else ", the Prefect server, a worker and the web pages."))
        _empty(folder.resolve())
        with _served(inline) as served:
            stage.say(f"Ready{': ' + served.web_url + ', Prefect at ' + served.api_url if served else ''}.")
            _story(stage, folder.resolve())


def _story(stage: Stage, folder: Path) -> None:
    """Rita responds, Lena is counsel. The large incident's flow runs while the small one is worked on."""
    import forthwith.cli.drilling as drilling

    for name, role in (("rita", "responder"), ("lena", "legal")):
        stage.tokens[name] = drilling.token(name, role)
    stage.say()
    stage.say("ONE. A spreadsheet was sent to the wrong person: three people, one of them a child.")
    small = drilling.open_by_file(stage, "mis-sent-spreadsheet")
    stage.say()
    stage.say("TWO. An alert: a support processor's data was copied. 10,000 people, six countries, three partners.")
    large = drilling.open_by_alert(stage, "support-processor-leak")
    for ref, example in ((small, "mis-sent-spreadsheet"), (large, "support-processor-leak")):
        stage.say()
        stage.say(f"{ref}. Legal reads, answers and decides.")
        drilling.review(stage, ref, example)
    for ref in (small, large):
        stage.say()
        stage.say(f"{ref}. What came of it.")
        drilling.close(stage, ref, folder)


@contextmanager
def _set_apart(folder: Path) -> Iterator[None]:
    """Use the demo's own folder and no setting of the real installation: no provider can be reached by accident."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("FORTHWITH_", "PREFECT_"))]:
        del os.environ[name]
    os.environ.update(FORTHWITH_HOME=str(folder), FORTHWITH_ORGANISATION="Click and Resolve Pty Ltd")
    os.environ["FORTHWITH_CONTACT_EMAIL"], os.environ["FORTHWITH_CONTACT_PHONE"] = "dpo@example.com", "+61 2 5550 0000"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _empty(folder: Path) -> None:
    """Take away what an earlier demo left; keep the keys and Prefect's own database, which are slow to make."""
    from forthwith import db

    server = db.start_embedded()
    db.drop_database(server, "forthwith")
    for name in LEFT_OVER:
        shutil.rmtree(folder / name, ignore_errors=True)
    db.migrate()


@contextmanager
def _served(inline: bool) -> Iterator[Any]:
    """Run the servers for the length of the story."""
    from flows import serving

    with nullcontext() if inline else serving.running(prefect_port=0, web_port=0) as served:
        yield served
