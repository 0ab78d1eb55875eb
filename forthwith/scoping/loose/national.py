"""Numbers that states give to people: their shapes, and their check digits by python-stdnum."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from forthwith.scoping.loose.labels import Labels

EDGE, END = r"(?<![\w@#/-])", r"(?![\w@]|[-./]\d)"


@dataclass(frozen=True, slots=True)
class Number:
    """A kind of number: its module in python-stdnum (blank: none has check digits), code, shape."""

    module: str
    element: str
    shape: re.Pattern[str]
    alone: bool = False  # its check is strong enough to need no label
    far: int = 40

    def holds(self, value: str) -> bool:
        """Tell whether the check digits agree."""
        checker: Any = import_module(f"stdnum.{self.module}") if self.module else None
        return checker is None or bool(checker.is_valid(value.upper()))


def _number(module: str, shape: str, element: str = "gov_id_other", *, alone: bool = False) -> Number:
    """Return a kind of number."""
    return Number(module, element, re.compile(f"{EDGE}(?:{shape}){END}", re.IGNORECASE), alone)


NUMBERS = {
    "ssn": _number("us.ssn", r"\d{3}-\d\d-\d{4}|\d{3} \d\d \d{4}|\d{9}", "ssn"),
    "itin": _number("us.itin", r"9\d\d-?\d\d-?\d{4}", "tax_id"),
    "de_idnr": _number("de.idnr", r"\d{11}|\d\d \d{3} \d{3} \d{3}", "tax_id"),
    "es_dni": _number("es.dni", r"\d{8}[- ]?[a-z]|\d\d\.\d{3}\.\d{3}[- ]?[a-z]"),
    "es_nie": _number("es.nie", r"[xyz][- ]?\d{7}[- ]?[a-z]"),
    "fr_nir": _number("fr.nir", r"[1-478] ?\d\d ?\d\d ?(?:\d\d|2[ab]) ?\d{3} ?\d{3} ?\d\d", alone=True),
    "nl_bsn": _number("nl.bsn", r"\d{9}|\d{4}[. ]\d\d[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3}"),
    "gb_nhs": _number("gb.nhs", r"\d{10}|\d{3}[ -]\d{3}[ -]\d{4}"),
    "gb_nino": _number("", r"[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z] ?\d\d ?\d\d ?\d\d ?[a-d]"),
    "ca_sin": _number("ca.sin", r"\d{9}|\d{3}[ -]\d{3}[ -]\d{3}"),
    "au_tfn": _number("au.tfn", r"\d{8,9}|\d{3} \d{3} \d{2,3}"),
    "br_cpf": _number("br.cpf", r"\d{11}|\d{3}\.\d{3}\.\d{3}-\d\d"),
    "it_cf": _number(
        "it.codicefiscale", r"[a-z]{6} ?[\dlmnp-v]{2}[a-z][\dlmnp-v]{2} ?[a-z][\dlmnp-v]{3}[a-z]", "tax_id", alone=True
    ),
    "pt_nif": _number("pt.nif", r"\d{9}|\d{3} \d{3} \d{3}", "tax_id"),
    "be_nn": _number("be.nn", r"\d{11}|\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    "pl_pesel": _number("pl.pesel", r"\d{11}"),
    "se_pn": _number("se.personnummer", r"(?:\d\d)?\d{6}[-+]?\d{4}"),
    "dk_cpr": _number("dk.cpr", r"\d{6}-?\d{4}"),
    "at_vnr": _number("at.vnr", r"\d{4} ?\d{6}"),
    "ch_ssn": _number("ch.ssn", r"756\.\d{4}\.\d{4}\.\d\d|756\d{10}", alone=True),
    "ie_pps": _number("ie.pps", r"\d{7}[a-w][a-iw]?"),
    "in_aadhaar": _number("in_.aadhaar", r"\d{12}|\d{4} \d{4} \d{4}"),
    "mx_curp": _number("mx.curp", r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z\d]\d", alone=True),
}


def national_ids(text: str, labels: Labels) -> Iterator[tuple[str, str, int, int]]:
    """Yield kind, element, start and end of the numbers of states in a line of plain text."""
    announced = frozenset().union(*(label.kinds for label in labels.found))
    for name, number in NUMBERS.items():
        if not (number.alone or announced & {name, "national"}):
            continue
        for found in number.shape.finditer(text):
            kinds = labels.kinds(found.start(), number.far)
            named = name in kinds or ("national" in kinds and name != "ssn")
            if (named or (number.alone and "none" not in kinds)) and number.holds(found[0]):
                yield "ssn" if name == "ssn" else "national_id", number.element, *found.span()
