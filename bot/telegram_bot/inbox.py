"""What people sent, from the moment it is written down until it is answered: in order for each, at once for all."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import telegram
from telegram.constants import MediaGroupLimit

from bot.chat_pace import Pace
from bot.telegram_bot.failures import where
from core.domain.clock import Clock
from core.service.deliveries import Arrived, UpdateStore

log = logging.getLogger(__name__)
Handle = Callable[[Sequence[telegram.Update], float], Awaitable[None]]
_Key = tuple[int | str, ...]

_MOST_WAITING = 1000  # updates that are handled or wait behind one; then Telegram keeps the rest
_PATIENCE = 5.0  # seconds at a stop for what is being handled
_TIDY = 3600.0  # seconds between two looks for what may be forgotten


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    id: str
    received_at: float
    update: telegram.Update


@dataclass(kw_only=True, slots=True, eq=False)
class _Parcel:
    """What is handled in one call: an update, or an album, whose pieces come one by one."""

    pieces: list[_Piece]
    album: _Key | None = None
    newest_at: float = 0.0  # of the monotonic clock

    @property
    def ids(self) -> list[str]:
        return [piece.id for piece in self.pieces]


class Inbox:
    """Each update is handled once, however often it is sent and however often the program is started.

    Messages of one person in one chat are handled one after the other; a press or an inline query waits for nobody.
    How many people are handled at once is not limited: most of the time a handler waits for its chat's flood limit.
    Only a kill between the end of handling and its row lets an update be handled again.
    """

    def __init__(
        self,
        store: UpdateStore,
        clock: Clock,
        handle: Handle,
        *,
        bot: telegram.Bot,
        pace: Pace,
        is_held: Callable[[], bool] = lambda: False,
    ) -> None:
        """While `is_held` messages are written down and left to the next start; presses are handled all the same."""
        self._store = store
        self._clock = clock
        self._handle = handle
        self._bot = bot
        self._pace = pace
        self._is_held = is_held
        self._lanes: dict[_Key, deque[_Parcel]] = {}
        self._albums: dict[_Key, _Parcel] = {}  # those that may still grow
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()  # those that handle something right now
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_closing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Begins with what a former start left open. At the end what is being handled gets some seconds."""
        tidy = asyncio.create_task(self._tidy(), name="telegram-tidy")
        try:
            for arrived in _in_order(await self._store.open()):
                if arrived.id.startswith(self._name("")):  # another bot's are not ours to answer
                    self._admit(arrived)
            yield
        finally:
            tidy.cancel()
            await self._stop()
            await asyncio.gather(tidy, return_exceptions=True)

    @property
    def is_full(self) -> bool:
        """So many wait that Telegram had better keep the next ones for a while."""
        return not self._has_room.is_set()

    async def room(self) -> None:
        """Returns as soon as there is room for more."""
        await self._has_room.wait()

    async def take(self, bodies: Sequence[dict[str, Any]]) -> None:
        """Write down what came, and begin to handle what is new of it. Raises what the database raises.

        Once this has returned Telegram may forget them.
        """
        new = await self._store.take({self._name(body["update_id"]): body for body in bodies})
        for arrived in new:
            self._admit(arrived)

    def _name(self, update: int | str) -> str:
        return f"{self._bot.id}:{update}"

    def _admit(self, arrived: Arrived) -> None:
        """Put it where it belongs. While going down it is left to the next start."""
        if self._is_closing:
            return
        self._waiting += 1
        self._look_for_room()
        update = self._read(arrived)
        if update is None:
            self._start(self._settle([arrived.id]))
            return
        piece = _Piece(id=arrived.id, received_at=arrived.received_at, update=update)
        album = _album_of(update)
        parcel = self._albums.get(album) if album else None
        if parcel is not None:
            parcel.pieces.append(piece)
            parcel.newest_at = self._clock.monotonic()
            return
        parcel = _Parcel(pieces=[piece], album=album, newest_at=self._clock.monotonic())
        if album:
            self._albums[album] = parcel
        self._line_up(parcel, _lane_of(update))

    def _line_up(self, parcel: _Parcel, key: _Key | None) -> None:
        if key is None:
            self._start(self._deal(parcel))
        elif key in self._lanes:
            self._lanes[key].append(parcel)
        else:
            self._lanes[key] = deque([parcel])
            self._start(self._walk(key))

    def _read(self, arrived: Arrived) -> telegram.Update | None:
        """None for what the library does not understand: nobody can answer it."""
        try:
            return telegram.Update.de_json(arrived.body, self._bot)
        except Exception as error:
            log.error("telegram.unreadable update=%s kind=%s: %s", arrived.id, _kind(arrived.body), where(error))
            return None

    async def _walk(self, key: _Key) -> None:
        """One lane, until it is empty."""
        lane = self._lanes[key]
        while lane:
            await self._gather(lane[0])
            if self._is_closing or self._is_held():
                return  # with its lane: what is behind it must not overtake
            await self._deal(lane[0])
            lane.popleft()
        del self._lanes[key]

    async def _gather(self, parcel: _Parcel) -> None:
        """The pieces of an album come by themselves: it is whole when none has come for a second."""
        if parcel.album is None:
            return
        while len(parcel.pieces) < MediaGroupLimit.MAX_MEDIA_LENGTH:
            left = parcel.newest_at + self._pace.second - self._clock.monotonic()
            if left <= 0:
                break
            await asyncio.sleep(left)
        del self._albums[parcel.album]

    async def _deal(self, parcel: _Parcel) -> None:
        """Handle one parcel, and write down that this was done, however it ended."""
        task = asyncio.current_task()
        assert task is not None, "it runs in one of `_tasks`"
        self._busy.add(task)
        try:
            await self._handle([piece.update for piece in parcel.pieces], parcel.pieces[0].received_at)
        except Exception as error:
            log.error("telegram.update-failed updates=%s: %s", ",".join(parcel.ids), where(error))
        finally:
            self._busy.discard(task)
        await self._settle(parcel.ids)

    async def _settle(self, ids: list[str]) -> None:
        """Not to be interrupted: it would all be handled once more."""
        writing = asyncio.ensure_future(self._store.done(*ids))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.gather(writing, return_exceptions=True)
            raise
        except Exception as error:
            log.error("telegram.not-settled updates=%s: %s", ",".join(ids), where(error))
        finally:
            self._waiting -= len(ids)
            self._look_for_room()

    def _look_for_room(self) -> None:
        if self._waiting < _MOST_WAITING:
            self._has_room.set()
        else:
            self._has_room.clear()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="telegram-update")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        """What has not begun is left to the next start."""
        self._is_closing = True
        for task in self._tasks - self._busy:
            task.cancel()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=_PATIENCE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tidy(self) -> None:
        while True:
            try:
                await self._store.forget()
            except Exception as error:
                log.error("telegram.not-tidied: %s", where(error))
            await asyncio.sleep(_TIDY)


def _in_order(opened: Iterable[Arrived]) -> list[Arrived]:
    """As they came; those of one batch have one time, and their numbers rise."""
    return sorted(opened, key=lambda one: (one.received_at, int(one.id.rpartition(":")[2])))


def _lane_of(update: telegram.Update) -> _Key | None:
    """Whose messages, and where; None for what must not wait behind anything."""
    if update.callback_query or update.inline_query or update.chosen_inline_result:
        return None
    chat, sender = update.effective_chat, update.effective_sender
    return (chat.id if chat else 0, sender.id if sender else 0)


def _album_of(update: telegram.Update) -> _Key | None:
    """An edited caption is no piece of it."""
    message = update.message or update.channel_post
    return (message.chat_id, message.media_group_id) if message and message.media_group_id else None


def _kind(body: dict[str, Any]) -> str:
    return ",".join(name for name in body if name != "update_id")[:60]
