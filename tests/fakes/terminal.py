"""Run a command as a person types it, in this process, and see what it printed and how it ended."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from forthwith import keys
from forthwith.cli import main
from models import new_id


@dataclass(frozen=True)
class Printed:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, which must be one JSON document and nothing else."""
        return json.loads(self.out)


class Terminal:
    """Types commands; `stdin` is what the next one reads."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._patch = capsys, monkeypatch
        keys.new_data_key(new_id())  # a new installation says once that it made its keys: not in every test
        keys.public_key()

    def type(self, *words: str, stdin: bytes = b"") -> Printed:
        """Run `forthwith WORDS`."""
        import io

        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        self._capsys.readouterr()
        code = 0
        try:
            main(list(words))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else (1 if end.code else 0)
        shown = self._capsys.readouterr()
        return Printed(code, shown.out, shown.err)
