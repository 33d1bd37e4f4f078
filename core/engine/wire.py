"""Frames between the chat process and an engine process. Imports no torch.

A frame is four bytes of length (big-endian), then msgpack of [class name, fields]. Both ends are the same program, so
the classes of core.engine.contract are the schema; pydantic turns plain values back into them and refuses others.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, BinaryIO, get_args

import msgpack
from pydantic import TypeAdapter

from core.engine.contract import EngineCommand, EngineConfig, EngineEvent

MAX_FRAME = 256 * 2**20  # bytes: an upright PNG of the largest picture that intake lets in, with room to spare
_LENGTH = struct.Struct(">I")

Message = EngineConfig | EngineCommand | EngineEvent


class FrameError(ValueError):
    """Raised for a frame that is too long or holds no message of the contract."""


def pack(message: Message) -> bytes:
    """The whole frame. Raises FrameError for a message above MAX_FRAME."""
    body: bytes = msgpack.packb([type(message).__name__, message], default=_plain)
    if len(body) > MAX_FRAME:
        raise FrameError(f"a {type(message).__name__} of {len(body)} bytes does not fit into a frame")
    return _LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> Message:
    """The message in a frame's body. Raises FrameError."""
    try:
        name, values = msgpack.unpackb(body)
        message: Message = _adapters()[name].validate_python(values)
    except (ValueError, TypeError, KeyError) as error:
        raise FrameError("a frame that is no message") from error
    return message


def read(stream: BinaryIO) -> Message | None:
    """Blocks for the next message; None when the other end is closed."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _checked(head)
    body = stream.read(length)
    return unpack(body) if len(body) == length else None


async def receive(stream: asyncio.StreamReader) -> Message | None:
    """Waits for the next message; None when the other end is closed."""
    try:
        length = _checked(await stream.readexactly(_LENGTH.size))
        return unpack(await stream.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _checked(head: bytes) -> int:
    length: int = _LENGTH.unpack(head)[0]
    if length > MAX_FRAME:
        raise FrameError(f"a frame of {length} bytes is announced")
    return length


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot travel")


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    return {kind.__name__: TypeAdapter(kind) for kind in get_args(Message)}
