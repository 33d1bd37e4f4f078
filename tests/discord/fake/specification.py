"""Checks requests and answers against Discord's own machine-readable specification (OpenAPI 3.1)."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.discord.fake.refusals import Json

FILE = Path(__file__).parents[4] / "shared" / "spec" / "discord-openapi.json"
INTEGER_TOO = {"type": ["string", "integer"]}
WORDS = {"true": True, "1": True, "false": False, "0": False}


class Specification:
    """Compiles each schema once. `check_request` and `check_answer` return sentences about what is wrong."""

    def __init__(self, text: str) -> None:
        answers: Json = json.loads(text.replace('"#/components/', '"urn:answers#/components/'))
        requests: Json = json.loads(text.replace('"#/components/', '"urn:requests#/components/'))
        _correct(answers, requests)
        self._paths: dict[str, Json] = {"requests": requests["paths"], "answers": answers["paths"]}
        self._registry = jsonschema_rs.Registry(
            [
                (f"urn:{name}", {"components": document["components"]})
                for name, document in (("requests", requests), ("answers", answers))
            ],
            draft=jsonschema_rs.Draft202012,
        )
        self._answer_components: Json = answers["components"]
        self._validators: dict[tuple[str, ...], jsonschema_rs.Draft202012Validator | None] = {}

    @property
    def templates(self) -> list[str]:
        return list(self._paths["answers"])

    def check_request(self, method: str, template: str, *, path: Json, query: Json, body: object) -> list[str]:
        """`body` is the parsed JSON (of `payload_json` in a multipart request), None where there was none."""
        operation = self._paths["requests"].get(template, {}).get(method.lower())
        if operation is None:
            return [f"{method} {template} is not in the specification"]
        faults = self._check_parameters(method, template, operation, path=path, query=query)
        if body is None:
            needed = operation.get("requestBody", {}).get("required", False)
            return [*faults, f"{method} {template} needs a body"] if needed else faults
        validator = self._body_validator(method, template, operation)
        if validator is None:
            return [*faults, f"{method} {template} takes no body"]
        return faults + _faults(f"request {method} {template}", validator, body)

    def check_answer(self, method: str, template: str, *, status: int, body: object) -> list[str]:
        validator = self._answer_validator(method, template, status)
        if validator is None:
            return [] if body is None else [f"answer {status} to {method} {template} should have no body"]
        return _faults(f"answer {status} to {method} {template}", validator, body)

    def _check_parameters(self, method: str, template: str, operation: Json, *, path: Json, query: Json) -> list[str]:
        shared = self._paths["requests"][template].get("parameters", [])
        faults = []
        for parameter in [*shared, *operation.get("parameters", [])]:
            name, where = parameter["name"], parameter["in"]
            given = (path if where == "path" else query).get(name)
            if given is None:
                faults += [f"{method} {template} needs {name}"] if parameter.get("required") else []
                continue
            validator = self._validator((method, template, where, name), parameter["schema"])
            faults += _faults(f"{where} {name} of {method} {template}", validator, _coerced(given, parameter["schema"]))
        known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        return faults + [f"{method} {template} knows no query {name}" for name in query if name not in known]

    def _body_validator(self, method: str, template: str, operation: Json) -> jsonschema_rs.Draft202012Validator | None:
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return None if schema is None else self._validator((method, template, "body"), schema)

    def _answer_validator(self, method: str, template: str, status: int) -> jsonschema_rs.Draft202012Validator | None:
        operation = self._paths["answers"][template][method.lower()]
        found = operation["responses"].get(str(status)) or operation["responses"].get(f"{status // 100}XX")
        if found is None:
            return self._validator((method, template, str(status)), False)
        if "$ref" in found:
            found = self._answer_components["responses"][found["$ref"].rpartition("/")[2]]
        schema = found.get("content", {}).get("application/json", {}).get("schema")
        return None if schema is None else self._validator((method, template, str(status)), schema)

    def _validator(self, key: tuple[str, ...], schema: Any) -> jsonschema_rs.Draft202012Validator:
        validator = self._validators.get(key)
        if validator is None:
            validator = jsonschema_rs.Draft202012Validator(schema, registry=self._registry)
            self._validators[key] = validator
        return validator


@functools.cache
def specification() -> Specification | None:
    """The specification, or None where its folder is absent; in CI that absence is an error."""
    if FILE.exists():
        return Specification(FILE.read_text("utf-8"))
    if os.environ.get("CI") == "true":
        raise AssertionError(f"{FILE.name} is needed in CI: requests to the fake Discord cannot be checked")
    return None


def _correct(answers: Json, requests: Json) -> None:
    """Where Discord itself differs from its specification: it takes ids as numbers, and names a form's faults."""
    requests["components"]["schemas"]["SnowflakeType"] = INTEGER_TOO
    fault = answers["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]["items"]
    answers["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]["items"] = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        "required": ["code", "message"],
        "$comment": str(fault),
    }


def _coerced(text: str, schema: Json) -> object:
    if schema.get("type") == "boolean":
        return WORDS.get(text.lower(), text)
    if schema.get("type") == "integer" and text.lstrip("-").isdigit():
        return int(text)
    return text


def _faults(where: str, validator: jsonschema_rs.Draft202012Validator, value: object) -> list[str]:
    return [
        f"{where}: {'/'.join(map(str, error.instance_path)) or 'all of it'}: {error.message[:500]}"
        for error in validator.iter_errors(value)
    ]
