"""The file host: links are signed, say when they expire, and are refused afterwards."""

from __future__ import annotations

import hashlib
import hmac
import io
import mimetypes
from dataclasses import dataclass
from urllib.parse import quote

from PIL import Image
from yarl import URL

from tests.discord.fake import limits
from tests.discord.fake.clock import MovableClock, Snowflakes
from tests.discord.fake.world import Attachment, World

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
KEY = b"the file host's own key"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """What a person uploads. `declared_size` may lie about the bytes, `content_type` about the kind."""

    filename: str
    content: bytes
    content_type: str | None = None
    declared_size: int | None = None
    description: str | None = None
    spoiler: bool = False


class FileHost:
    """Keeps attachments and makes and checks their links."""

    def __init__(self, world: World, clock: MovableClock, ids: Snowflakes) -> None:
        self._world = world
        self._clock = clock
        self._ids = ids

    def keep(self, file: File, place: str) -> Attachment:
        width, height = _size(file.content)
        guessed = mimetypes.guess_type(file.filename)[0] or "application/octet-stream"
        attachment = Attachment(
            id=self._ids.next(),
            filename=file.filename.replace(" ", "_"),
            content=file.content,
            content_type=file.content_type or guessed,
            declared_size=len(file.content) if file.declared_size is None else file.declared_size,
            description=file.description,
            spoiler=file.spoiler or file.filename.startswith("SPOILER_"),
            width=width,
            height=height,
            place=place,
        )
        self._world.attachments[attachment.id] = attachment
        return attachment

    def link(self, attachment: Attachment, host: str = HOSTS[0]) -> str:
        """A fresh link that works for a day."""
        now = int(self._clock.now())
        path = f"/{attachment.place}/{attachment.id}/{quote(attachment.filename)}"
        expires, issued = f"{now + int(limits.LINK_SECONDS):x}", f"{now:x}"
        return f"https://{host}{path}?ex={expires}&is={issued}&hm={_signature(attachment.id, expires, issued)}&"

    def find(self, url: URL) -> Attachment | None:
        """The attachment behind a link, unless the link is forged or has expired or the file is gone."""
        parts = url.path.strip("/").split("/")
        if len(parts) != 4 or not parts[2].isdigit():
            return None
        attachment = self._world.attachments.get(int(parts[2]))
        if attachment is None or attachment.gone or parts[3] != attachment.filename:
            return None
        expires, issued = url.query.get("ex", ""), url.query.get("is", "")
        signed = hmac.compare_digest(url.query.get("hm", ""), _signature(attachment.id, expires, issued))
        return attachment if signed and int(expires, 16) > self._clock.now() else None


def _signature(attachment_id: int, expires: str, issued: str) -> str:
    return hmac.new(KEY, f"{attachment_id} {expires} {issued}".encode(), hashlib.sha256).hexdigest()


def _size(content: bytes) -> tuple[int | None, int | None]:
    """Width and height as the file host finds them: only the header is read."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None
