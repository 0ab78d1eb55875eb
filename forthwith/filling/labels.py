"""The small words of a language, and the data that all languages share. Read again when a file changes."""

import time
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

import templates

TEMPLATES = Path(templates.__file__).parent
FALLBACK = "en"


def languages() -> list[str]:
    """Return the languages that are shipped: each folder of templates that has labels."""
    return sorted(path.parent.name for path in TEMPLATES.glob("*/labels.yaml") if len(path.parent.name) == 2)


def shipped(language: str) -> str:
    """Return the shipped language that serves readers of `language` (BCP 47): itself, or English."""
    return _shipped(language, TEMPLATES)


@lru_cache(maxsize=1024)
def _shipped(language: str, folder: Path) -> str:
    """Look once: a language comes with the program, not while it runs."""
    short = language.lower().split("-")[0].split("_")[0]
    return short if (folder / short / "labels.yaml").exists() and len(short) == 2 else FALLBACK


def labels(language: str) -> dict[str, Any]:
    """Return the labels of a shipped language, as they were within the last second: each message asks for them."""
    return _labels(TEMPLATES, language, int(time.monotonic()))


@lru_cache(maxsize=64)
def _labels(folder: Path, language: str, _second: int) -> dict[str, Any]:
    return read(folder / language / "labels.yaml")


def layout(name: str) -> dict[str, Any]:
    """Return the data file `templates/layout/<name>.yaml`."""
    return read(TEMPLATES / "layout" / f"{name}.yaml")


def read(path: Path) -> dict[str, Any]:
    """Return a YAML file of the templates."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    """Parse once per change of the file."""
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)  # texts alone: NO is Norway
    return found


def day_words(day: date, words: Mapping[str, Any], *, american: bool = False) -> str:
    """Return a day as a language writes it out, e.g. `4 November 2026`."""
    form = words["date_us" if american else "date"]
    return str(form.format(day=day.day, month=words["months"][day.month - 1], year=day.year))
