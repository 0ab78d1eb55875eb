"""What the tactics of MITRE ATT&CK suggest of a breach. Many tools name them, each in its own spelling.

https://attack.mitre.org/tactics/enterprise/
"""

import re
from collections.abc import Iterable
from typing import Any

TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
TACTICS = {
    "TA0043": "Reconnaissance", "TA0042": "ResourceDevelopment", "TA0001": "InitialAccess", "TA0002": "Execution",
    "TA0003": "Persistence", "TA0004": "PrivilegeEscalation", "TA0005": "DefenseEvasion",
    "TA0006": "CredentialAccess", "TA0007": "Discovery", "TA0008": "LateralMovement", "TA0009": "Collection",
    "TA0010": "Exfiltration", "TA0011": "CommandAndControl", "TA0040": "Impact",
}  # fmt: skip
SPELLED = {**{key.lower(): name for key, name in TACTICS.items()}, **{name.lower(): name for name in TACTICS.values()}}


def tactics(values: Iterable[Any]) -> list[str]:
    """Return the tactics that are named, each once, as `CredentialAccess`; any other word is left out."""
    said = (re.sub(r"[\s_-]", "", value).lower() for value in values if isinstance(value, str))
    return list(dict.fromkeys(SPELLED[one] for one in said if one in SPELLED))


def suggested(named: Iterable[str]) -> dict[str, Any]:
    """Return the facts that tactics suggest: a person must confirm them."""
    known = set(named)
    outflow = {"breach.exfiltration": "likely"} if "Exfiltration" in known else {}
    damage = {"breach.properties": ["availability"]} if "Impact" in known else {}
    return {**outflow, **damage}


def titled(what: str, named: list[str]) -> str:
    """Return a title of what it is and of the first tactics."""
    return what + (f": {', '.join(named[:4])}" if named else "")
