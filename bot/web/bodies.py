"""Reading what people send, never more than the limit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable
from typing import Any

from aiohttp import BodyPartReader, web

from core.errors import InputError, PictureError, RefusedError

MAX_JSON = 2_000_000  # bytes: 100,000 characters of emoji, escaped
_PATIENCE = 90.0  # seconds for one body: a slow sender must not keep a place for ever
_CHUNK = 64 * 1024


async def read_json(request: web.Request, limit: int = MAX_JSON) -> dict[str, Any]:
    """The object in the body, of at most `limit` bytes. Raises InputError."""
    try:
        body = await _collect(request.content.iter_chunked(_CHUNK), limit)
    except OverflowError as error:
        raise InputError("too-large") from error
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("malformed") from error
    if not isinstance(value, dict):
        raise InputError("malformed")
    return value


async def read_picture(request: web.Request, limit: int) -> bytes:
    """The picture's bytes, as the raw body or as the first file of a form. Raises PictureError, InputError."""
    if (request.content_length or 0) > limit + _CHUNK:  # a form's own lines come on top
        raise _too_many(request.content_length or 0, limit)
    try:
        if request.content_type == "multipart/form-data":
            return await _collect(await _first_file(request), limit)
        return await _collect(request.content.iter_chunked(_CHUNK), limit)
    except OverflowError as error:
        raise _too_many(int(error.args[0]), limit) from error


async def _first_file(request: web.Request) -> AsyncIterable[bytes]:
    try:
        reader = await request.multipart()
        while part := await reader.next():
            if isinstance(part, BodyPartReader) and (part.filename or part.name == "picture"):
                return _chunks(part)
    except (ValueError, AssertionError) as error:  # what aiohttp raises for a broken form
        raise InputError("malformed") from error
    raise InputError("no-picture")


async def _chunks(part: BodyPartReader) -> AsyncIterable[bytes]:
    while chunk := await part.read_chunk(_CHUNK):
        yield chunk


async def _collect(chunks: AsyncIterable[bytes], limit: int) -> bytes:
    """All of it in one piece; OverflowError with the bytes so far once it is more than `limit`."""
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in chunks:
                body += chunk
                if len(body) > limit:
                    raise OverflowError(len(body))
    except TimeoutError as error:
        raise RefusedError("busy") from error
    return bytes(body)


def _too_many(size: int, limit: int) -> PictureError:
    return PictureError("too-many-bytes", megabytes=f"{size / 1e6:.1f}", limit=f"{limit / 1e6:g}")
