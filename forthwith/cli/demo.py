"""`forthwith demo`: two incidents from the first alert to the last notice, acted out in the open. Nothing leaves."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

SHOWN = 14  # lines of a command's answer; the rest is there for whoever repeats the command
LEFT_OVER = ("outbox", "print", "published", "preview", "timeline")


@dataclass
class Stage:
    """Where the story is told: who speaks, and how long it took so far."""

    inline: bool
    began: float = field(default_factory=time.monotonic)
    tokens: dict[str, str] = field(default_factory=dict)

    def say(self, line: str = "") -> None:
        """Tell a step, with the clock beside it."""
        sys.stdout.write(f"[{time.monotonic() - self.began:5.1f} s] {line}\n")
        sys.stdout.flush()

    def run(self, who: str, *words: str, shown: int = SHOWN) -> str:
        """Let somebody type a command: print it, run it, print what it answers; return the answer."""
        os.environ["FORTHWITH_TOKEN"], os.environ["FORTHWITH_ACTOR"] = self.tokens.get(who, ""), who
        _forget_settings()
        self.say(f"{who:<9} $ forthwith {' '.join(_quoted(word) for word in words)}")
        answer = _answer(*words)
        lines = answer.rstrip().splitlines()
        for line in lines[:shown]:
            sys.stdout.write(f"{'':>22}{line}\n")
        if len(lines) > shown:
            sys.stdout.write(f"{'':>22}... {len(lines) - shown} more lines\n")
        return answer

    def respond(self, ref: str, *, wait: bool = True) -> str:
        """Let the responder run the flow, up to the gate or on from it."""
        how = ["--inline"] if self.inline else ["--wait"] * wait
        return self.run("rita", "respond", ref, *how)


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
    from forthwith.cli import drilling

    for name, role in (("rita", "responder"), ("lena", "legal")):
        stage.tokens[name] = drilling.token(name, role)
    stage.say()
    stage.say("ONE. A spreadsheet was sent to the wrong person: three people, one of them a child.")
    small = drilling.open_by_file(stage, "mis-sent-spreadsheet")
    stage.say()
    stage.say("TWO. An alert: a support processor's bucket is public. 10,000 people, six countries, three partners.")
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


def _answer(*words: str) -> str:
    """Run one command as the command line would, in this process; return what it prints."""
    from forthwith.cli import app

    out = StringIO()
    with redirect_stdout(out):
        app(list(words), result_action="return_value")
    return out.getvalue()


def _forget_settings() -> None:
    from forthwith.settings import settings

    settings.cache_clear()


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
