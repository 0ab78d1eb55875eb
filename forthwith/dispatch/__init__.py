"""The outbox: planned, claimed, sent, settled, reconciled; and a person's hand on it."""

from forthwith.dispatch.control import cancel, pause, resume
from forthwith.dispatch.filing import filed, settle_letters
from forthwith.dispatch.forecast import Forecast, forecast
from forthwith.dispatch.legs import reopen
from forthwith.dispatch.planning import PlanReport, plan
from forthwith.dispatch.receipts import ReceiveReport, receive
from forthwith.dispatch.reconciling import ReconcileReport, reconcile, resolve, restored
from forthwith.dispatch.sending import send
from forthwith.dispatch.status import equality, gaps, status, waiting
from forthwith.dispatch.stops import hold_stopped
from forthwith.dispatch.sweeping import SweepReport, sweep
from forthwith.dispatch.told import LEFT, Told, elements_in_words, languages_of, left_for, sent_at, told_to
from forthwith.dispatch.waves import set_capacity
from forthwith.dispatch.wished import apply as apply_wishes
from forthwith.dispatch.wished import begin as begin_wishes
from forthwith.dispatch.wished import left_to_do
from forthwith.dispatch.working import SendReport

__all__ = [
    "LEFT", "Forecast", "PlanReport", "ReceiveReport", "ReconcileReport", "SendReport", "SweepReport", "Told",
    "apply_wishes", "begin_wishes", "cancel", "elements_in_words", "equality", "filed", "forecast", "gaps",
    "hold_stopped", "languages_of", "left_for", "left_to_do", "pause", "plan", "receive", "reconcile", "reopen",
    "resolve", "restored", "resume", "send", "sent_at", "set_capacity", "settle_letters", "status", "sweep", "told_to",
    "waiting",
]  # fmt: skip
