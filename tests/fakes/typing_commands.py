"""Commands typed in a house that is ready to send."""

from collections.abc import Callable

import pytest
from fakes.house import House

from forthwith import keys
from forthwith.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(live: House, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command of `forthwith`; return exit code, output and errors."""
    keys.signing_key()  # whose making is told, in whichever test comes first
    capsys.readouterr()

    def made(*words: str) -> tuple[int, str, str]:
        live.session.commit()
        code = 0
        try:
            main(list(words))
        except SystemExit as end:
            code = int(end.code or 0)
        out = capsys.readouterr()
        live.session.rollback()
        live.session.expire_all()
        return code, out.out, out.err

    return made
