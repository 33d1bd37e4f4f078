"""One call of the Bot API, read from its form, and how methods ask for its fields."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from tests.telegram.fake.files import Upload
from tests.telegram.fake.refusals import Json, bad

Answer = Json | bool | int | str | list[Json]
Method = Callable[["Call"], "Answer | Awaitable[Answer]"]
Methods = dict[str, Method]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """`fields` as they came, texts; `uploads` the form's files by their names."""

    method: str
    fields: dict[str, str]
    uploads: dict[str, Upload]

    def text(self, name: str) -> str | None:
        return self.fields.get(name)

    def needed(self, name: str) -> str:
        if not self.fields.get(name):
            raise bad(f'parameter "{name}" is required')
        return self.fields[name]

    def integer(self, name: str) -> int | None:
        text = self.fields.get(name)
        if text is None:
            return None
        try:
            return int(text)
        except ValueError:
            raise bad(f"can't parse {name}: must be an integer") from None

    def flag(self, name: str) -> bool:
        return self.fields.get(name, "false").lower() in ("true", "1")

    def json(self, name: str) -> Any:
        text = self.fields.get(name)
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None


async def read_call(request: web.Request, method: str) -> Call:
    """From the query, a form (with files or without), or JSON."""
    fields = dict(request.query)
    uploads: dict[str, Upload] = {}
    kind = request.content_type
    if kind == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader), "forms inside forms are not sent"
            content = bytes(await part.read())
            if part.filename is None:
                fields[part.name or ""] = content.decode()
            else:
                mime = part.headers.get("Content-Type")
                uploads[part.name or ""] = Upload(content=content, name=part.filename, mime=mime)
    elif kind == "application/json" and request.can_read_body:
        told = json.loads(await request.read())
        fields |= {name: each if isinstance(each, str) else json.dumps(each) for name, each in told.items()}
    elif request.can_read_body:
        fields |= {name: str(value) for name, value in (await request.post()).items()}
    return Call(method=method, fields=fields, uploads=uploads)
