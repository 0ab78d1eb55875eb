"""The stage that the demo is told on: who speaks, what they type, what is answered, how long it took."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO

SHOWN = 14  # lines of a command's answer; the rest is there for whoever repeats the command


@dataclass
class Stage:
    """Where the story is told: who speaks, and how long it took so far."""

    inline: bool
    ready: Callable[[], None] = lambda: None  # waits until a flow can be started
    began: float = field(default_factory=time.monotonic)
    tokens: dict[str, str] = field(default_factory=dict)

    def say(self, line: str = "") -> None:
        """Tell a step, with the clock beside it."""
        sys.stdout.write(f"[{time.monotonic() - self.began:5.1f} s] {line}\n")
        sys.stdout.flush()

    def head(self, line: str) -> None:
        """Open a scene."""
        sys.stdout.write("\n")
        self.say(line)

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

    def respond(self, ref: str, *, wait: bool = True, shown: int = SHOWN) -> str:
        """Let the responder run the flow, up to the gate or on from it."""
        self.ready()
        how = ["--inline"] if self.inline else ["--wait"] * wait
        return self.run("rita", "respond", ref, *how, shown=shown)


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
