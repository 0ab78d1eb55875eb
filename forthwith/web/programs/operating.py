"""The operator's checks for programs; `/metrics` has the counts."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from forthwith import examining
from forthwith.access.tokens import Bearer
from forthwith.web.bearing import Scoped
from forthwith.web.programs.words import Told

routes = APIRouter(tags=["operating"])
Operates = Annotated[Bearer, Depends(Scoped("operate"))]


class Finding(Told):
    """What one check found."""

    name: str
    state: str = Field(description="ok note missing broken")
    found: str


@routes.post("/operator/checks")
def check(asks: Operates) -> list[Finding]:  # noqa: ARG001 - the guard itself
    """Run every check that `forthwith doctor` runs, those that ask others too."""
    found = examining.everything()
    return [Finding(name=name, state=state, found=said) for name, (state, said) in found.items()]
