"""What affected people ask and want of us: taken in, queued, answered."""

from forthwith.hearing.answering import answer, close
from forthwith.hearing.asking import FORMS, RIGHTS, WAYS, ask, knows, own
from forthwith.hearing.mailing import Answered, again, cut_off, in_doubt, leave, noted, sent
from forthwith.hearing.queue import AT_ONCE, Waiting, opened, waiting
from forthwith.hearing.wishing import OTHER, acts, state, take_back
from forthwith.hearing.wishing import noted as taken_up

__all__ = [
    "AT_ONCE", "FORMS", "OTHER", "RIGHTS", "WAYS", "Answered", "Waiting", "acts", "again", "answer", "ask", "close",
    "cut_off", "in_doubt", "knows", "leave", "noted", "opened", "own", "sent", "state", "take_back", "taken_up",
    "waiting",
]  # fmt: skip
