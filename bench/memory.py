"""How much memory processes hold: the most of each while something runs, and what it comes to."""

import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

EVERY = 0.25  # seconds


def peak(process: int | str = "self") -> float:
    """Return the most memory that a process ever held, in MB. Unlike getrusage it knows nothing of who forked it."""
    return _line(Path(f"/proc/{process}/status"), "VmHWM") / 1024


def own(process: int) -> float:
    """Return what a process holds and shares with nobody, in MB; 0 where it has ended."""
    with suppress(OSError):
        file = Path(f"/proc/{process}/smaps_rollup")
        return (_line(file, "Private_Clean") + _line(file, "Private_Dirty")) / 1024
    return 0.0


def _line(file: Path, name: str) -> int:
    """Return a number of KiB."""
    found = (line.split()[1] for line in file.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(next(found, "0"))


def family(process: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *map(int, children)]


class Watch:
    """Looks at a family of processes while a block runs; `most` is what they held together, in MB."""

    def __init__(self, process: int) -> None:
        self.process, self.most, self._over = process, 0.0, threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self.most = max(self.most, _sum(family(self.process)))


def _sum(processes: Iterable[int]) -> float:
    return sum(map(own, processes))
