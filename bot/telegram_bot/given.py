"""Pictures that people give on Telegram, and their bytes: photos, files, stickers, the first frame of a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from telegram import Animation, Document, ExternalReplyInfo, Message, PhotoSize, Sticker, Video, VideoNote
from telegram.error import BadRequest, TelegramError

from bot.chats.download import Downloads
from bot.telegram_bot.client import Bot
from core.domain.names import BlobId
from core.errors import InputError, NotFoundError, PictureError, RefusedError

HOME = "https://api.telegram.org"
_BYTES = 20 * 1024 * 1024  # what a bot may fetch there; a server of one's own gives any file
_UNKNOWN = "application/octet-stream"

Moving = Animation | Video | VideoNote


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A file by Telegram's own name, its `size` in bytes as declared; or a picture of ours that is stored already.

    `is_photo`: Telegram has made it anew, so nothing but pixels is left of it.
    """

    file: str = ""
    size: int = 0
    blob: BlobId | None = None
    is_photo: bool = False
    is_spoiler: bool = False

    @classmethod
    def of(cls, file: PhotoSize | Document | Sticker | Moving, *, is_spoiler: bool | None = None) -> Self:
        return cls(
            file=file.file_id,
            size=file.file_size or 0,
            is_photo=isinstance(file, PhotoSize),
            is_spoiler=bool(is_spoiler),
        )


def given_in(message: Message | ExternalReplyInfo) -> Given | None:
    """The picture that a message carries. What moves is its first frame; where it is too large, Telegram's still."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Given.of(largest, is_spoiler=message.has_media_spoiler)
    moving = message.animation or message.video or message.video_note
    if moving is not None:
        return _moving(moving)
    if (sticker := message.sticker) is not None:
        return _moving(sticker) if sticker.is_animated or sticker.is_video else Given.of(sticker)
    document = message.document
    if document is None:
        return None
    kind = document.mime_type or _UNKNOWN
    if kind.startswith("image/") or kind == _UNKNOWN:  # the bytes will tell
        return Given.of(document)
    return _moving(document) if kind.startswith("video/") else None


def _moving(file: Moving | Sticker | Document) -> Given | None:
    """Stickers drawn by Lottie are no videos, and their stills are what there is to see."""
    is_lottie = isinstance(file, Sticker) and file.is_animated
    fits = file.file_size is not None and file.file_size <= _BYTES
    if file.thumbnail is not None and (is_lottie or not fits):
        return Given.of(file.thumbnail)
    return None if is_lottie else Given.of(file)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetcher:
    """`endpoint` is where Telegram is: the only place that anything is fetched from."""

    bot: Bot
    downloads: Downloads
    endpoint: str

    def check(self, given: Given) -> None:
        """By what was declared, before anything is fetched. Raises PictureError."""
        if self.endpoint == HOME and given.size > _BYTES:
            raise PictureError("chat-limit", megabytes=f"{given.size / 1e6:.1f}", limit=f"{_BYTES / 1e6:.0f}")
        self.downloads.check(given.size)

    async def fetch(self, given: Given) -> bytes:
        """The bytes. Raises PictureError, NotFoundError("picture"), RefusedError("busy")."""
        self.check(given)
        return await self.downloads.get(await self._address(given))

    async def _address(self, given: Given) -> str:
        try:
            file = await self.bot.get_file(given.file)
        except BadRequest as error:
            if "too big" in error.message.lower():
                raise PictureError(
                    "chat-limit", megabytes=f"{given.size / 1e6:.1f}", limit=f"{_BYTES / 1e6:.0f}"
                ) from error
            raise NotFoundError("picture") from error
        except TelegramError as error:
            raise RefusedError("busy") from error
        address = file.file_path or ""
        if not address.startswith(f"{self.endpoint}/file/"):
            raise InputError("no-picture")
        return address
