"""The bar of a load counts rows, and stays away where there is no terminal."""

from forthwith.cli.watching import _bar, _told, watched
from forthwith.scoping.progress import Progress, unwatched


def test_without_a_terminal_nothing_is_shown() -> None:
    with watched() as watch:
        assert watch is unwatched


def test_each_stage_has_a_line_of_its_own() -> None:
    bar = _bar()
    watch = _told(bar)
    for step in (Progress("reading", 10, 0), Progress("reading", 20, 0), Progress("writing", 5, 20)):
        watch(step)
    assert [(task.description, task.completed, task.total) for task in bar.tasks] == [
        ("reading", 20, None),
        ("writing", 5, 20),
    ]
