"""`forthwith demo`: two incidents from the first alert to the last notice, acted out in the open. Nothing leaves."""

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from forthwith.cli.stage import Stage

SMALL, LARGE = "mis-sent-spreadsheet", "support-processor-leak"
EARLY, LATE = slice(None, -1), slice(-1, None)  # its last file comes while the flow of the other works already
LEFT_OVER, GONE = ("outbox", "print", "published", "preview", "timeline"), "left-over"


def demo(*, folder: Path = Path(".demo"), inline: bool = False) -> None:
    """Act out two incidents through the real flows, the real gate and the file outbox. Nothing leaves this machine.

    Parameters
    ----------
    folder: where everything is kept; what an earlier demo left there is replaced
    inline: without a Prefect server: the same path, the same rows
    """
    with _set_apart(folder.resolve()):
        stage = Stage(inline)
        stage.say("Starting the database" + ("." if inline else ", a Prefect server and a worker."))
        with _served(inline) as served:
            _empty(folder.resolve())
            stage.say("The database is there." if inline else f"Prefect comes up at {served.api_url}; meanwhile:")
            stage.ready = served.ready if served else stage.ready
            _story(stage, folder.resolve())


def _story(stage: Stage, folder: Path) -> None:
    """Rita responds, Lena is counsel. While the flow of one incident works, they see to the other."""
    import forthwith.cli.drilling as drilling

    for name, role in (("rita", "responder"), ("lena", "legal")):
        stage.tokens[name] = drilling.token(name, role)
    stage.head("ONE. A spreadsheet was sent to the wrong person: three people, one of them a child.")
    small = drilling.open_by_file(stage, SMALL)
    drilling.load(stage, small, SMALL)
    stage.head("TWO. An alert: data of a support processor was copied. 10,000 people, six countries, three partners.")
    large = drilling.open_by_alert(stage, LARGE)
    drilling.load(stage, large, LARGE, EARLY)
    stage.head("The flows: find the people, find the duties under every law, word the notices.")
    stage.respond(small, wait=False)
    drilling.load(stage, large, LARGE, LATE)
    stage.respond(large, wait=False)
    for ref, example in ((small, SMALL), (large, LARGE)):
        stage.head(f"{ref}. Legal reads the duties and answers what only a person can.")
        drilling.answer(stage, ref, example)
    for ref in (small, large):
        stage.head(f"{ref}. Legal approves, and the notices go out.")
        drilling.approve(stage, ref)
    stage.head(f"{large}. The law wants one authority told before the people are: legal hands that in.")
    drilling.hand_in(stage, large)
    for ref in (small, large):
        stage.head(f"{ref}. What came of it.")
        stage.respond(ref)
        drilling.account(stage, ref, folder)
    stage.head("Nothing left this machine. Look at it:")
    for line in drilling.places(folder):
        stage.say(line)


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
    _throw_away(folder)
    db.migrate()


def _throw_away(folder: Path) -> None:
    """Put what is left over aside at once, and delete it while the story goes on: ten thousand mails take seconds."""
    gone = folder / GONE / uuid.uuid4().hex
    gone.mkdir(parents=True)
    for name in LEFT_OVER:
        with suppress(FileNotFoundError):
            (folder / name).rename(gone / name)
    threading.Thread(target=shutil.rmtree, args=(folder / GONE, True), name="left over").start()


@contextmanager
def _served(inline: bool) -> Iterator[Any]:
    """Run the servers for the length of the story."""
    from flows import serving

    with nullcontext() if inline else serving.starting(web=False, prefect_port=0) as served:
        yield served
