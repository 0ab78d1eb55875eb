"""Every minute: what is due, what is stuck, who is still untold, which run died, what was reported by e-mail."""

from flows import minute
from flows.kinds import once, story


@story("watch")
def watch() -> None:
    """Ask the database, never a timer, what is due: a late or lost minute is caught up by the next."""
    deadlines()
    sweep()
    tidy()
    mend()
    drop()


@once("deadlines")
def deadlines() -> int:
    """Say which duties come due or are late; return how many were said."""
    return minute.deadlines()


@once("sweep")
def sweep() -> int:
    """Free what was claimed and never settled, and send on what late answers planned anew; return how many."""
    return minute.sweep()


@once("tidy")
def tidy() -> int:
    """Put in doubt the answers whose mail was cut off, and empty forms that waited too long; return how many."""
    return minute.tidy()


@once("drop")
def drop() -> int:
    """Take in reports by e-mail; return how many were new."""
    return minute.drop()


@once("mend")
def mend() -> int:
    """Wake, restart or start what nobody works on; return how many."""
    return minute.mend()
