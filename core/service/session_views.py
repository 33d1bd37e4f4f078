"""A session as it stands, and what it leaves behind: the labelled sheet, and all pictures in one file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.domain.session import Entry, Ranked, Room, Session, ranked, winners
from core.imaging.encode import ladder
from core.imaging.sheets import Cell, sheet

MOST_ON_SHEET = 48  # pictures: more would be too small to see; the gallery has them all
_SMALLEST_SHARE = 12_000  # bytes of one picture in the file of all


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """Everything that a header, a gallery or a result shows. `entries` are those with a picture, by number.

    `making` is how many more are on their way; `members` how many people take part.
    """

    session: Session
    entries: tuple[Entry, ...]
    making: int
    members: int
    rooms: tuple[Room, ...]

    @cached_property
    def ranked(self) -> tuple[Ranked, ...]:
        return ranked(self.entries)

    @cached_property
    def winners(self) -> tuple[Entry, ...]:
        """As far as it goes: nobody has won before the end."""
        return winners(self.entries)

    @property
    def tells_votes(self) -> bool:
        """Whether anybody may see how many votes each has: the host may keep that to the end."""
        return self.session.shows_board or self.session.is_ended

    @property
    def votes(self) -> int:
        return sum(entry.votes for entry in self.entries)


def contact_sheet(base: bytes, pictures: Sequence[tuple[str, bytes]], name: str) -> bytes:
    """A PNG of the character and its variations, each (label, PNG) as they come."""
    cells = [Cell(label=name, png=base), *(Cell(label=label, png=png) for label, png in pictures)]
    return sheet(cells)


def archive(base: bytes, pictures: Sequence[tuple[Ranked, bytes]], facts: dict[str, object], limit: int) -> bytes:
    """A ZIP of at most `limit` bytes: the base, every variation by its place, and what is known of them as JSON.

    As they were made where they fit, else smaller, all alike. Raises ValueError where not even thumbnails do.
    """
    listed = [
        {
            "place": one.place,
            "number": one.entry.number,
            "by": one.entry.author_name,
            "idea": one.entry.words,
            "votes": one.entry.votes,
        }
        for one, _ in pictures
    ]
    text = json.dumps(facts | {"variations": listed}, ensure_ascii=False, indent=1).encode()
    files = [("base", base), *((f"{one.place:03}-number-{one.entry.number}", png) for one, png in pictures)]
    room = limit - len(text) - 300 * (len(files) + 2)  # headers of the format
    shrink: Callable[[bytes], tuple[bytes, str]] = _as_it_is
    if sum(len(png) for _, png in files) > room:
        share = room // len(files)
        if share < _SMALLEST_SHARE:
            raise ValueError("too many pictures for so small a file")
        shrink = _within(share)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as into:
        for name, png in files:
            data, ending = shrink(png)
            into.writestr(f"{name}.{ending}", data)
        into.writestr("session.json", text)
    return packed.getvalue()


def _as_it_is(png: bytes) -> tuple[bytes, str]:
    return png, "png"


def _within(share: int) -> Callable[[bytes], tuple[bytes, str]]:
    def shrink(png: bytes) -> tuple[bytes, str]:
        file = ladder(png, share)
        return file.data, file.ending

    return shrink
