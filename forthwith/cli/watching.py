"""A bar on the terminal that shows how far a load is. It counts rows and shows nothing of anybody."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from forthwith.scoping.progress import Progress, Watch


@contextmanager
def watched() -> Iterator["Watch"]:
    """Give what a load tells its progress to: a bar on standard error, where that is a terminal."""
    from forthwith.scoping.progress import unwatched

    if not sys.stderr.isatty():
        yield unwatched
        return
    with _bar() as bar:
        yield _told(bar)


def _bar() -> "Bar":
    """Return a bar with rows a second and the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    speed = TextColumn("{task.fields[speed]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _told(bar: "Bar") -> "Watch":
    """Return what moves a bar: one line a stage."""
    tasks = {}

    def tell(step: "Progress") -> None:
        if step.stage not in tasks:
            tasks[step.stage] = bar.add_task(step.stage, total=None, speed="")
        task = tasks[step.stage]
        bar.update(task, completed=step.done, total=step.rows or None)
        speed = bar.tasks[task].speed
        bar.update(task, speed=f"{speed:,.0f} rows/s" if speed else "")

    return tell
