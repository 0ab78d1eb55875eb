"""What affected people ask and want of us: taken in, queued, answered."""

from forthwith.hearing.answering import Answered, answer, close, noted, sent
from forthwith.hearing.asking import FORMS, RIGHTS, WAYS, ask, knows, own
from forthwith.hearing.queue import AT_ONCE, Waiting, opened, waiting

__all__ = [
    "AT_ONCE", "FORMS", "RIGHTS", "WAYS", "Answered", "Waiting", "answer", "ask", "close", "knows", "noted", "opened",
    "own", "sent", "waiting",
]  # fmt: skip
