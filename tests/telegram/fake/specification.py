"""Checks requests and answers against the Bot API's machine-readable specification."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.telegram.fake.refusals import Json

FILE = Path(__file__).parents[4] / "shared" / "spec" / "telegram-bot-api.json"
UPLOAD = "$upload"  # how an uploaded file stands in a request that is checked
PLAIN: dict[str, Json] = {
    "Integer": {"type": "integer"},
    "Float": {"type": "number"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
    "InputFile": {"type": "object", "required": [UPLOAD]},
}
TOLD_APART = re.compile(r'(?:, always|, must be) "?(\w+)"?$')  # how descriptions name the value that tells types apart
TELLING = ("type", "status", "source")
ARRAY = "Array of "


class Specification:
    """Compiles each schema once. `check_request` and `check_answer` return sentences about what is wrong."""

    def __init__(self, text: str) -> None:
        told: Json = json.loads(text)
        self.methods: dict[str, Json] = told["methods"]
        types = {name: _type(each) for name, each in told["types"].items()} | PLAIN
        self._registry = jsonschema_rs.Registry([("urn:api", {"$defs": types})], draft=jsonschema_rs.Draft202012)
        self._validators: dict[tuple[str, str], jsonschema_rs.Draft202012Validator] = {}

    def check_request(self, method: str, fields: dict[str, str], uploads: frozenset[str]) -> list[str]:
        """`fields` are the values of the form as they came; `uploads` the names of its files."""
        known = {each["name"]: each["types"] for each in self.methods[method].get("fields", [])}
        values: Json = {name: _value(text, known.get(name, ["String"])) for name, text in fields.items()}
        attached = {name for name in uploads if f"attach://{name}" in "".join(fields.values())}
        values |= {name: {UPLOAD: name} for name in uploads - attached}
        validator = self._validator("request", method, lambda: _object(self.methods[method].get("fields", [])))
        return _faults(f"request {method}", validator, values)

    def check_answer(self, method: str, result: object) -> list[str]:
        validator = self._validator("answer", method, lambda: _any(self.methods[method]["returns"]))
        return _faults(f"answer to {method}", validator, result)

    def check_update(self, update: Json) -> list[str]:
        validator = self._validator("update", "Update", lambda: _any(["Update"]))
        return _faults("update", validator, update)

    def _validator(self, kind: str, name: str, schema: Any) -> jsonschema_rs.Draft202012Validator:
        validator = self._validators.get((kind, name))
        if validator is None:
            validator = jsonschema_rs.Draft202012Validator(schema(), registry=self._registry)
            self._validators[kind, name] = validator
        return validator


@functools.cache
def specification() -> Specification | None:
    """The specification, or None where its folder is absent; in CI that absence is an error."""
    if FILE.exists():
        return Specification(FILE.read_text("utf-8"))
    if os.environ.get("CI") == "true":
        raise AssertionError(f"{FILE.name} is needed in CI: requests to the fake Telegram cannot be checked")
    return None


def _type(told: Json) -> Json:
    if "subtypes" in told:
        return _any(told["subtypes"])
    return _object(told.get("fields", []))


def _object(fields: list[Json]) -> Json:
    return {
        "type": "object",
        "properties": {each["name"]: _field(each) for each in fields},
        "required": [each["name"] for each in fields if each.get("required")],
        "additionalProperties": False,
    }


def _field(told: Json) -> Json:
    found = TOLD_APART.search(told["description"]) if told["name"] in TELLING else None
    return {"const": found.group(1)} if found else _any(told["types"])


def _any(types: list[str]) -> Json:
    if len(types) == 1:
        return _one(types[0])
    if all(each.startswith(ARRAY) for each in types):  # one array may hold all of them: photos beside videos
        return {"type": "array", "items": _any([each.removeprefix(ARRAY) for each in types])}
    return {"anyOf": [_one(each) for each in types]}


def _one(name: str) -> Json:
    if name.startswith(ARRAY):
        return {"type": "array", "items": _one(name.removeprefix(ARRAY))}
    return {"$ref": f"urn:api#/$defs/{name}"}


def _value(text: str, types: list[str]) -> object:
    """A form's text as the JSON it stands for; text that is no such JSON stays text, and is then found wrong."""
    if types == ["String"]:
        return text
    if "String" in types and not re.fullmatch(r"-?\d+", text):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _faults(where: str, validator: jsonschema_rs.Draft202012Validator, value: object) -> list[str]:
    return [
        f"{where}: {'/'.join(map(str, error.instance_path)) or 'all of it'}: {error.message[:500]}"
        for error in validator.iter_errors(value)
    ]
