"""Requests to the API, taken apart, and which handler they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.discord.fake.message_form import Upload
from tests.discord.fake.refusals import Form, Json

PREFIX = "/api/v10"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request. `params` are the parts of the path by their names in the specification; `body` is its JSON."""

    method: str
    template: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    authorization: str | None = None
    body: Any = None
    uploads: list[Upload] = field(default_factory=list)

    @property
    def route(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def renames(self) -> bool:
        """Whether it gives a channel a new name, which Discord limits apart and does not tell in its headers."""
        return self.route == "PATCH /channels/{channel_id}" and bool(self.payload.get("name"))

    @property
    def payload(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}

    def id(self, name: str) -> int:
        value = self.params[name]
        if not value.isdigit():
            form = Form()
            form.fault((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            form.check()
        return int(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer in 2xx; no body is an answer of 204."""

    status: int = 200
    body: Any = None


Handler = Callable[[Call], Reply]
Routes = dict[str, Handler]
NO_CONTENT = Reply(status=204)


def match(path: str, templates: list[str]) -> tuple[str, dict[str, str]] | None:
    """The template that fits `path`, and its parameters; fixed words go before parameters."""
    parts = path.split("/")
    best: tuple[str, dict[str, str]] | None = None
    for template in templates:
        names = template.split("/")
        if len(names) != len(parts):
            continue
        pairs = list(zip(names, parts, strict=True))
        if all(name == part or name.startswith("{") for name, part in pairs):
            params = {name[1:-1]: part for name, part in pairs if name.startswith("{")}
            if best is None or len(params) < len(best[1]):
                best = template, params
    return best


async def read_body(request: web.Request) -> tuple[Any, list[Upload]]:
    """The JSON of a request, or of the `payload_json` in a multipart one, and the files beside it."""
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    data = await request.read()
    return (json.loads(data) if data else None), []


async def _read_multipart(request: web.Request) -> tuple[Any, list[Upload]]:
    body: Any = {}
    uploads: list[Upload] = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader), "Discord takes no nested multipart"
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(content)
        elif part.name is not None and part.name.startswith("files["):
            number = int(part.name.removeprefix("files[").removesuffix("]"))
            uploads.append(Upload(index=number, filename=part.filename or "unknown", content=content))
    return body, uploads
