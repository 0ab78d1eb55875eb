"""What the countries of ISO 3166-1 are called, in the languages of the world."""

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

SOURCE = "phonenumbers.geodata.locale"


@lru_cache
def names() -> Mapping[str, Mapping[str, str]]:
    """Return each country's name by language (ISO 639), by its code; a name is blank where a language has none."""
    return {country: {language: _told(by, name) for language, name in by.items()} for country, by in _table().items()}


def _told(by: Mapping[str, str], name: str) -> str:
    """Return a name itself; `*de` says: as in German. One entry of the table refers to itself: it says nothing."""
    told = by.get(name[1:], "") if name.startswith("*") else name
    return "" if told.startswith("*") else told


def _table() -> Mapping[str, Mapping[str, str]]:
    """Read the one file of names: the package around it reads every area code on earth, which takes a second."""
    if loaded := sys.modules.get(SOURCE):
        return dict(loaded.LOCALE_DATA)
    package = find_spec("phonenumbers")
    assert package is not None
    assert package.origin is not None
    spec = spec_from_file_location(SOURCE, Path(package.origin).parent / "geodata" / "locale.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.LOCALE_DATA)
