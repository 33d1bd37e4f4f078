"""Files on messages and in commands, as Discord tells of them; the bytes come from `fetch`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord
from yarl import URL

from bot.discord_bot.connecting import FILE_HOSTS

_SPOILER = 1 << 3  # among the flags of an attachment


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """`size` in bytes is what was declared, 0 where nothing was. `kind` is the media type that Discord took it for."""

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


def pictures_of(message: discord.Message) -> list[Attached]:
    """What one sees on a message: attached or forwarded, in a gallery, in an embed. Each once.

    Discord lists a file that a component or an embed shows there alone: so do our own cards.
    """
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    found = [each for part in parts for each in _files_of(part)]
    pictures = {each.id: each for each in found if each.may_be_picture}
    return list(pictures.values())


def _files_of(part: discord.Message | discord.MessageSnapshot) -> Iterator[Attached]:
    yield from map(Attached.of, part.attachments)
    for media, is_spoiler in _shown(part.components):
        if _is_here(media.url):
            yield _linked(media.url, media.content_type, is_spoiler=is_spoiler)
    for embed in part.embeds:
        for url in filter(None, (embed.image.url, embed.thumbnail.url)):
            if _is_here(url):
                yield _linked(url, None, is_spoiler=False)


def _shown(components: Sequence[Any]) -> Iterable[tuple[discord.UnfurledMediaItem, bool]]:
    """Every picture in components, however deep, and whether it is hidden."""
    for each in components:
        inner = [*getattr(each, "children", ()), *filter(None, [getattr(each, "accessory", None)])]
        yield from _shown(inner)
        if isinstance(each, discord.MediaGalleryComponent):
            yield from ((item.media, item.spoiler) for item in each.items)
        elif isinstance(each, discord.ThumbnailComponent):
            yield each.media, each.spoiler


def _is_here(url: str) -> bool:
    """On Discord's own file hosts: other links are not followed (see `fetch`)."""
    return URL(url).host in FILE_HOSTS


def _linked(url: str, kind: str | None, *, is_spoiler: bool) -> Attached:
    """Known by its place on the file host, which stays when the link is signed anew."""
    place = URL(url).path
    number = hashlib.sha256(place.encode()).hexdigest()[:16]
    return Attached(id=number, url=url, size=0, filename=place.rpartition("/")[2], kind=kind, is_spoiler=is_spoiler)
