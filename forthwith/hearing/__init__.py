"""What affected people ask and want of us: taken in, queued, answered."""

from forthwith.hearing.answering import Answered, answer, close, noted, sent
from forthwith.hearing.asking import FORMS, RIGHTS, WAYS, ask, knows, own
from forthwith.hearing.queue import AT_ONCE, Waiting, opened, waiting
from forthwith.hearing.wishing import OTHER, acts, state, take_back
from forthwith.hearing.wishing import noted as taken_up

__all__ = [
    "AT_ONCE", "FORMS", "OTHER", "RIGHTS", "WAYS", "Answered", "Waiting", "acts", "answer", "ask", "close", "knows",
    "noted", "opened", "own", "sent", "state", "take_back", "taken_up", "waiting",
]  # fmt: skip
