"""One door to typst: a source under templates/layout and a JSON document become an archivable, accessible PDF."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson
import typst

import templates
from models import Refusal

LAYOUT = Path(templates.__file__).parent / "layout"
STANDARDS: list[Literal["a-3a", "ua-1"]] = [
    "a-3a",
    "ua-1",
]  # ISO 19005-3 for the archive and ISO 14289-1 for screen readers, in one pass
UNCOVERED = re.compile(r'the text `"(.+?)"` could not be displayed|the PDF contains the codepoint `"(.+?)"`')


class Unprintable(Refusal):
    """The fonts of the letter lack a character. Names the script alone, never the text."""

    def __init__(self, scripts: list[str]) -> None:
        super().__init__(
            f"a character can't be printed ({', '.join(scripts)})",
            "The letter fonts cover Latin, Greek and Cyrillic: choose another medium, or state a Latin spelling.",
        )
        self.scripts = scripts


@lru_cache
def fonts() -> typst.Fonts:
    """Return typst's embedded fonts alone: the same bytes on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def compile(source_name: str, data: Mapping[str, Any], *, timestamp: datetime) -> bytes:
    """Typeset `templates/layout/<source_name>` with `data`, found in typst as `json(bytes(sys.inputs.data))`.

    The same data and timestamp (aware) give the same bytes. Raises Unprintable where no font has a character.
    """
    compiler = typst.Compiler(str(LAYOUT / source_name), root=str(LAYOUT), font_paths=fonts())
    inputs = {"data": orjson.dumps(data).decode()}
    moment = timestamp.astimezone(UTC).replace(microsecond=0)
    try:
        made = compiler.compile(
            sys_inputs=inputs, format="pdf", pdf_standards=[*STANDARDS], timestamp=int(moment.timestamp())
        )
    except typst.TypstError as failure:
        raise refusal(failure.diagnostic or failure.message) from None
    assert isinstance(made, bytes)
    return made


def refusal(diagnostic: str) -> Refusal:
    """Return what a typst error means, without any of the text that it quotes."""
    scripts = sorted({script(one or other) for one, other in UNCOVERED.findall(diagnostic)})
    if scripts:
        return Unprintable(scripts)
    first = re.sub(r"[`\"].*?[`\"]", "…", diagnostic.splitlines()[0])[:120]
    return Refusal(f"The page could not be typeset: {first}", "Mend the layout under templates/layout.")


def script(quoted: str) -> str:
    """Return the script of a character as typst quotes it, e.g. `CJK` or `THAI`."""
    escaped = re.fullmatch(r"\\u\{([0-9a-f]+)\}", quoted)
    character = chr(int(escaped.group(1), 16)) if escaped else quoted[0]
    return unicodedata.name(character, "unassigned").split()[0].split("-")[0]
