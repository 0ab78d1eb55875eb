"""Read YAML as data alone: no aliases, tags or duplicate keys, and no YAML 1.1 (`NO` is Norway, dates are text)."""

import re
from pathlib import Path
from typing import Any

import yaml

from models import Refusal

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+$")
WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Unreadable(ValueError):
    """The text is not YAML that we read; the message says why and where, and never quotes a value."""


def read(text: str) -> Any:
    """Return the one document in `text`. Raises Unreadable."""
    if len(text.encode()) > MAX_BYTES:
        raise Unreadable(f"it is larger than {MAX_BYTES:,} bytes")
    try:
        return _Builder().build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise Unreadable(f"bad YAML{where}") from None
    except yaml.YAMLError:
        raise Unreadable("bad YAML: a character that YAML does not allow") from None


def read_file(path: Path, named: str | None = None) -> Any:
    """Return the document in a file. Raises Refusal naming the file, never its content."""
    name = named or path.name
    try:
        return read(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        what = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "can't be read"
        raise Refusal(f"{name} {what}.", "Check the file and try again.") from None
    except Unreadable as error:
        raise Refusal(f"{name}: {error}.", "Mend the file and try again.") from None


def scalar(value: str, quoted: bool) -> Any:
    """Return a scalar: null, true, false and decimal numbers are read; everything else stays text."""
    if quoted:
        return value
    if value in WORDS:
        return WORDS[value]
    if INTEGER.match(value) and len(value) < 19:
        return int(value)
    return float(value) if DECIMAL.match(value) and len(value) < 40 else value


class _Builder:
    """Builds the document from events, without recursion."""

    def __init__(self) -> None:
        self.stack: list[tuple[Any, list[Any]]] = []  # container, pending key
        self.documents: list[Any] = []

    def build(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=LOADER):
            self._take(event)
        if len(self.documents) > 1:
            raise Unreadable("it holds more than one document")
        return self.documents[0] if self.documents else None

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(f"anchors and aliases are not allowed, line {line}")
        if isinstance(event, yaml.ScalarEvent):
            self._put(scalar(event.value, quoted=not event.implicit[0]), line, getattr(event, "tag", None))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], line, event.tag)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()

    def _open(self, container: Any, line: int, tag: str | None) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise Unreadable(f"it is nested deeper than {MAX_DEPTH}, line {line}")
        self._put(container, line, tag)
        self.stack.append((container, []))

    def _put(self, value: Any, line: int, tag: str | None) -> None:
        if tag:
            raise Unreadable(f"tags are not allowed, line {line}")
        if not self.stack:
            self.documents.append(value)
            return
        container, key = self.stack[-1]
        if isinstance(container, list):
            container.append(value)
        elif not key:
            if not isinstance(value, str | int | float):
                raise Unreadable(f"a key must be a word, line {line}")
            if str(value) in container:
                raise Unreadable(f"a key stands twice, line {line}")
            key.append(str(value))
        else:
            container[key.pop()] = value
