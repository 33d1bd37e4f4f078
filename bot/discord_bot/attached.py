"""A file that somebody attached, as Discord tells of it; the bytes come from `fetch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import discord

_SPOILER = 1 << 3  # among the flags of an attachment


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """`size` in bytes is what was declared. `kind` is the media type that Discord took it for, if any."""

    id: str
    url: str
    size: int
    filename: str
    kind: str | None = None
    is_spoiler: bool = False

    @classmethod
    def of(cls, attachment: discord.Attachment) -> Self:
        return cls(
            id=str(attachment.id),
            url=attachment.url,
            size=attachment.size,
            filename=attachment.filename,
            kind=attachment.content_type,
            is_spoiler=attachment.is_spoiler(),
        )

    @classmethod
    def told(cls, data: dict[str, Any]) -> Self:
        """From the API's own words, as the data of an interaction has them."""
        return cls(
            id=str(data["id"]),
            url=data["url"],
            size=data["size"],
            filename=data["filename"],
            kind=data.get("content_type"),
            is_spoiler=data["filename"].startswith("SPOILER_") or bool(data.get("flags", 0) & _SPOILER),
        )

    @property
    def may_be_picture(self) -> bool:
        """What Discord took for a picture or a video, or did not know; intake looks at the bytes."""
        kind = self.kind or "image/"
        return kind.startswith(("image/", "video/")) or kind == "application/octet-stream"
