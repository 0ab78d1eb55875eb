"""An invented recipient, for whom a wording is shown before anybody gets it."""

import orjson

from forthwith import clock
from forthwith.filling.codes import verify_url
from forthwith.filling.exposed import joined
from forthwith.settings import settings

CODE = "ABCD-EFGH"
REMEDY_CODE = "SAMPLE-0000"
SOMEBODY = ("Alex Sample", "1 Sample Street\nSample Town\n00000")
SOMEBODIES = {"de": ("Alex Muster", "Musterweg 1\n12345 Musterstadt")}


def sample(content: bytes, reference: str) -> dict[str, str]:
    """Return the fields of somebody whom all of a wording's exposed data concerns."""
    fixed = orjson.loads(content)
    name, place = SOMEBODIES.get(fixed["language"], SOMEBODY)
    return {
        "addressee": name, "name": name, "address": place, "code": CODE, "date": clock.today().isoformat(),
        "verify_url": verify_url(settings().public_url, CODE), "reference": reference,
        "elements": joined(fixed.get("elements", ())), "remedy_code": REMEDY_CODE,
    }  # fmt: skip
