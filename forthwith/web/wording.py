"""The words of the public pages: one YAML file a language under pages/words."""

from functools import lru_cache

import yaml

from forthwith.web.frame import HERE

FOLDER = HERE / "pages" / "words"


@lru_cache
def languages() -> tuple[str, ...]:
    """Return the languages that the public pages speak; English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return ("en", *(name for name in found if name != "en"))


@lru_cache
def words(language: str) -> dict[str, str]:
    """Return a language's words."""
    read: dict[str, str] = yaml.load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return read


def best_language(chosen: str, accepted: str) -> str:
    """Return the language chosen on the page, else the first that the browser asks for and we speak, else English."""
    wished = [chosen, *(part.split(";")[0].strip() for part in accepted[:200].split(","))]
    return next((name for wish in wished if (name := wish.split("-")[0].lower()) in languages()), "en")
