"""`forthwith doctor`: what is set, what is missing, what answers."""

import sys


def doctor(*, json: bool = False) -> None:
    """Say what is set, what is missing and what answers. Ends with 1 where something that is needed does not work."""
    from forthwith import examining
    from forthwith.cli.console import show, table

    found = examining.everything()
    bad = [name for name, (state, _) in found.items() if state in examining.NEEDED]
    data = {
        "ok": not bad,
        "checks": [{"name": name, "state": state, "found": what} for name, (state, what) in found.items()],
    }
    closing = f"{len(bad)} to mend: {', '.join(bad)}" if bad else "everything that is needed works"
    rows = [(name, state, what) for name, (state, what) in found.items()]
    show(data, json, f"{table(('check', 'state', 'found'), rows)}\n{closing}")
    if bad:
        sys.exit(1)
