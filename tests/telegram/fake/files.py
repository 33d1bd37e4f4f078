"""Files as Telegram keeps them: photos made smaller and into JPEG, documents byte for byte."""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass, field
from itertools import count

from PIL import Image

from tests.telegram.fake import limits
from tests.telegram.fake.refusals import Json, bad

FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "sticker": "stickers",
    "video": "videos",
    "animation": "animations",
    "audio": "music",
    "voice": "voice",
}
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file to give away, by a person or by the bot."""

    content: bytes = field(repr=False)
    name: str = "file"
    mime: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """One size of a photo, or the thumbnail of something else."""

    file_id: str
    unique_id: str
    width: int
    height: int
    content: bytes = field(repr=False)


@dataclass(kw_only=True, slots=True, eq=False)
class File:
    """A file on Telegram's servers. A test may let `declared_size` differ from the bytes, or take it away (`gone`)."""

    kind: str
    file_id: str
    unique_id: str
    content: bytes = field(repr=False)
    name: str | None = None
    mime: str | None = None
    width: int = 0
    height: int = 0
    duration: int = 0
    sizes: list[Size] = field(default_factory=list)  # of a photo, small ones first
    thumbnail: Size | None = None
    extra: Json = field(default_factory=dict)
    declared_size: int | None = None
    gone: bool = False

    @property
    def size(self) -> int:
        return len(self.content) if self.declared_size is None else self.declared_size


class FileHost:
    """Keeps files, gives ids and paths to download."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.by_id: dict[str, File] = {}
        self._sizes: dict[str, Size] = {}
        self.paths: dict[str, tuple[File, bytes, float]] = {}

    def keep_photo(self, content: bytes) -> File:
        """A photo, as everybody will see it from now on. Raises Refusal for what Telegram would not take."""
        if len(content) > limits.PHOTO_BYTES:
            raise bad(f"file of size {len(content)} bytes is too big for a photo; the maximum size is 10485760 bytes")
        sizes = [self._size(width, height, data) for width, height, data in recompressed(content)]
        largest = sizes[-1]
        file = File(
            kind="photo",
            file_id=largest.file_id,
            unique_id=largest.unique_id,
            content=largest.content,
            width=largest.width,
            height=largest.height,
            sizes=sizes,
            mime="image/jpeg",
        )
        for size in sizes:
            self.by_id[size.file_id] = file
        return file

    def keep(self, kind: str, upload: Upload, *, duration: int = 0, extra: Json | None = None) -> File:
        """Any other file, byte for byte. `kind` is the message's field."""
        if len(upload.content) > limits.FILE_BYTES:
            raise bad("file is too big")
        return self.keep_larger(kind, upload, duration=duration, extra=extra)

    def keep_larger(self, kind: str, upload: Upload, *, duration: int = 0, extra: Json | None = None) -> File:
        """The same for people, who may give away up to 2 GB."""
        width, height = _measured(upload.content)
        file_id, unique_id = self._ids(kind)
        file = File(
            kind=kind,
            file_id=file_id,
            unique_id=unique_id,
            content=upload.content,
            name=upload.name,
            mime=upload.mime or _mime(upload),
            width=width,
            height=height,
            duration=duration,
            extra=extra or {},
        )
        self.by_id[file_id] = file
        if width and height and kind in ("document", "video", "animation"):
            file.thumbnail = self._thumbnail(upload.content)
        return file

    def find(self, file_id: str, kind: str | None = None) -> File:
        """By the id of the file, or of one size of a photo. Raises Refusal for a wrong one, or one of another kind."""
        file = self.by_id.get(file_id)
        if file is None or file.gone:
            raise bad("wrong file identifier/HTTP URL specified" if kind else "invalid file_id")
        if kind is not None and file.kind != kind:
            raise bad(f"can't use file of type {file.kind.title()} as {kind.title()}")
        return file

    def path_of(self, file_id: str, now: float) -> tuple[File | Size, str]:
        """What getFile answers: the file or size, and its path, which works for an hour."""
        file = self.find(file_id)
        size = self._sizes.get(file_id)
        content = file.content if size is None else size.content
        told = file.size if size is None else len(content)
        if told > limits.DOWNLOAD_BYTES:
            raise bad("file is too big")
        number = next(self._numbers)
        ending = ENDINGS.get(file.mime or "", (file.name or "").rpartition(".")[2] or "bin")
        path = f"{FOLDERS.get(file.kind, 'documents')}/file_{number}.{ending}"
        self.paths[path] = (file, content, now + limits.LINK_SECONDS)
        return size or file, path

    def content_at(self, path: str, now: float) -> bytes | None:
        file, content, until = self.paths.get(path, (None, b"", 0.0))
        return None if file is None or file.gone or until < now else content

    def _size(self, width: int, height: int, content: bytes) -> Size:
        file_id, unique_id = self._ids("photo")
        size = Size(file_id=file_id, unique_id=unique_id, width=width, height=height, content=content)
        self._sizes[file_id] = size
        return size

    def _thumbnail(self, content: bytes) -> Size | None:
        try:
            sizes = recompressed(content)
        except Exception:  # whatever is wrong with it, it then has no thumbnail
            return None
        size = self._size(*[each for each in sizes if max(each[:2]) <= limits.PHOTO_SIZES["m"]][-1:][0])
        self.by_id[size.file_id] = File(
            kind="thumbnail", file_id=size.file_id, unique_id=size.unique_id, content=size.content, mime="image/jpeg"
        )
        return size

    def _ids(self, kind: str) -> tuple[str, str]:
        number = next(self._numbers)
        seed = hashlib.blake2s(f"{kind} {number}".encode(), digest_size=24).hexdigest()
        return f"AgAC{kind[:1]}{seed}-{number}", f"AQAD{seed[:10]}{number}"


@functools.lru_cache(maxsize=64)
def recompressed(content: bytes) -> tuple[tuple[int, int, bytes], ...]:
    """Width, height and JPEG of each size that Telegram makes of a photo, small ones first."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            check_sides(*opened.size)
            opened.load()
            picture = _flat(opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    longest = min(max(picture.size), limits.PHOTO_LONGEST)
    sides = [side for side in limits.PHOTO_SIZES.values() if side < longest]
    return tuple(_made(picture, side) for side in [*sides, longest])


def check_sides(width: int, height: int) -> None:
    if width + height > limits.PHOTO_SIDES or max(width, height) > limits.PHOTO_RATIO * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def _flat(picture: Image.Image) -> Image.Image:
    """Without transparency: Telegram puts white behind it."""
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def _made(picture: Image.Image, side: int) -> tuple[int, int, bytes]:
    scale = side / max(picture.size)
    size = tuple(max(1, round(each * scale)) for each in picture.size)
    smaller = picture if size == picture.size else picture.resize((size[0], size[1]), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    smaller.save(file, "JPEG", quality=limits.PHOTO_QUALITY)
    return smaller.width, smaller.height, file.getvalue()


def _measured(content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return 0, 0


def _mime(upload: Upload) -> str:
    try:
        with Image.open(io.BytesIO(upload.content)) as picture:
            return Image.MIME.get(picture.format or "", "application/octet-stream")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "video/mp4" if upload.name.endswith(".mp4") else "application/octet-stream"
