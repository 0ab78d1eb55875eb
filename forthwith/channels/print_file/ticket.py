"""The job ticket: what a mailing house must know to print, insert and mail a batch, for its machine and for people."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import templates
from forthwith.channels.print_file.manifest import COLUMNS, Placed
from forthwith.channels.print_file.returns import MEANING
from forthwith.settings import settings

ENVELOPES = Path(templates.__file__).parent / "layout" / "envelopes.json"
SIZES = {(595.3, 841.9): "a4", (612.0, 792.0): "us-letter"}  # points
POINTS_A_MM = 72 / 25.4
MARK = "Data Matrix: delivery (32 hexadecimal digits), page (2 digits), pages of the letter (2 digits)"


@dataclass(frozen=True, slots=True)
class Job:
    """How one batch is to be printed. `paper`: the sizes of its pages, in points."""

    name: str
    duplex: bool
    colour: bool
    paper: Sequence[tuple[float, float]]


def ticket(job: Job, placed: Sequence[Placed], files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the ticket of a batch. It names nobody, and depends on the batch and the settings alone."""
    return {
        "form": "forthwith print job 1",
        "job": job.name,
        "sender": settings().organisation,
        "contact": {"email": settings().contact_email, "phone": settings().contact_phone},
        "counts": counts(placed, duplex=job.duplex),
        "paper": [_paper(size) for size in job.paper],
        "print": {
            "sides": "duplex, long edge" if job.duplex else "simplex",
            "colour": "colour" if job.colour else "black",
            "scale": "100 %, do not fit to page",
            "rule": "each letter begins on a sheet of its own; never put two letters on one sheet",
        },
        "codes": {
            "mark": MARK,
            "post": "the barcode of the post is on the page where the manifest names one and it fits",
        },
        "order": "by country, postcode, sheets",
        "files": [_file(name, content) for name, content in files.items()],
        "manifest": {"columns": list(COLUMNS), "sha256": "of each page's size and contents, in order"},
        "returns": {
            "columns": ["delivery, or batch and seq, or mark", "status", "at", "reason"],
            "status": list(MEANING),
        },
    }


def counts(placed: Sequence[Placed], *, duplex: bool) -> dict[str, Any]:
    """Return how many letters, sheets and pages there are, by sheets a letter and by country."""
    sheets = Counter(one.sheets for one in placed)
    total = sum(n * letters for n, letters in sheets.items())
    return {
        "letters": len(placed),
        "sheets": total,
        "pages_in_file": total * 2 if duplex else total,
        "letters_by_sheets": {str(n): sheets[n] for n in sorted(sheets)},
        "letters_by_country": dict(sorted(Counter(one.letter.country or "unknown" for one in placed).items())),
    }


def _paper(size: tuple[float, float]) -> dict[str, Any]:
    """Return a size of paper, and the envelope whose window shows the address; none is known for other sizes."""
    width, height = size
    name = next((one for (w, h), one in SIZES.items() if abs(w - width) < 1 and abs(h - height) < 1), "other")
    found = {"size": name, "width_mm": round(width / POINTS_A_MM, 1), "height_mm": round(height / POINTS_A_MM, 1)}
    if name == "other":
        return found
    layout = json.loads(ENVELOPES.read_text())[name]
    return {
        **found,
        "envelope": layout["envelope"],
        "window_mm_on_page": layout["window"],
        "mark_mm_on_page": layout["mark"],
    }


def _file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}


def as_json(job: Mapping[str, Any]) -> bytes:
    """Return a ticket for a machine."""
    return (json.dumps(job, indent=2, ensure_ascii=False) + "\n").encode()


def as_text(job: Mapping[str, Any]) -> bytes:
    """Return a ticket for people: a line a fact, what belongs together indented."""
    return ("\n".join(_lines(job, 0)) + "\n").encode()


def _lines(value: Any, depth: int) -> list[str]:
    """Return nested facts as indented lines."""
    pad = "  " * depth
    if isinstance(value, Mapping):
        return [line for name, inner in value.items() for line in _named(str(name), inner, depth)]
    return [f"{pad}- {one}" for one in value]


def _named(name: str, value: Any, depth: int) -> list[str]:
    """Return one fact with its name."""
    label = "  " * depth + name.replace("_", " ")
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [line for one in value for line in [f"{label}:", *_lines(one, depth + 1)]]
    if isinstance(value, Mapping | list):
        return [f"{label}:", *_lines(value, depth + 1)]
    return [f"{label}: {value}"]
