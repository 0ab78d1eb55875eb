"""The outbox: planned, claimed, sent, settled, reconciled."""

from forthwith.dispatch.filing import filed, settle_letters
from forthwith.dispatch.planning import PlanReport, plan
from forthwith.dispatch.receipts import ReceiveReport, receive
from forthwith.dispatch.reconciling import ReconcileReport, reconcile, resolve, restored
from forthwith.dispatch.sending import SendReport, send
from forthwith.dispatch.status import equality, gaps, status, waiting
from forthwith.dispatch.stops import hold_stopped
from forthwith.dispatch.sweeping import SweepReport, sweep

__all__ = [
    "PlanReport", "ReceiveReport", "ReconcileReport", "SendReport", "SweepReport", "equality", "filed", "gaps",
    "hold_stopped", "plan", "receive", "reconcile", "resolve", "restored", "send", "settle_letters", "status", "sweep",
    "waiting",
]  # fmt: skip
