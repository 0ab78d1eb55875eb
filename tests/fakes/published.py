"""The providers' published contracts, where a copy lies beside the repository: every request is held against them."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jsonschema_rs
import orjson
import yaml


def problems(path: str, body: bytes, specs: Path) -> str:
    """Return what the published contract finds wrong with a request; nothing where no copy of it is here."""
    if path == "/v3/mail/send":
        return _first(_sendgrid(specs), orjson.loads(body))
    if path == "/v1/letters":
        return _first(_lob(specs), json.loads(body))
    for kind in ("Messages", "Calls"):
        if path.startswith("/2010-04-01/") and path.endswith(f"/{kind}.json"):
            return _form(_twilio(specs, kind), body)
    return ""


def lob_at_hand(specs: Path) -> bool:
    """Read Lob's contract, which takes longer than a test's patience with a provider; return whether there is one."""
    return _lob(specs) is not None


def _first(validator: Any, value: Any) -> str:
    error = next(iter(validator.iter_errors(value)), None) if validator else None
    return f"{'/'.join(map(str, error.instance_path))}: {error.message}" if error else ""


@lru_cache
def _sendgrid(specs: Path) -> Any:
    file = specs / "sendgrid_mail_v3prefix.swagger2.json"
    if not file.exists():
        return None
    spec = json.loads(file.read_text())
    schema = next(one["schema"] for one in spec["paths"]["/v3/mail/send"]["post"]["parameters"] if one["in"] == "body")
    return jsonschema_rs.Draft4Validator({**schema, "definitions": spec["definitions"]})


@lru_cache
def _lob(specs: Path) -> Any:
    file = specs / "lob-api-bundled.yml"
    if not file.exists():
        return None
    schemas = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["components"]["schemas"]
    whole = {"$ref": "#/components/schemas/letter_editable", "components": {"schemas": schemas}}
    return jsonschema_rs.Draft202012Validator(json.loads(json.dumps(whole, default=str)))


@lru_cache
def _twilio(specs: Path, kind: str) -> dict[str, Any] | None:
    file = specs / "twilio_messages_calls.json"
    if not file.exists():
        return None
    spec = json.loads(file.read_text())
    post = spec["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{kind}.json"]["post"]
    schema: dict[str, Any] = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    return schema


def _form(schema: dict[str, Any] | None, body: bytes) -> str:
    """Check a form: known fields alone, and the required ones."""
    if schema is None:
        return ""
    form = parse_qs(body.decode())
    strange = set(form) - set(schema["properties"])
    missing = set(schema.get("required", ())) - set(form)
    return f"strange {sorted(strange)}, missing {sorted(missing)}" if strange or missing else ""
