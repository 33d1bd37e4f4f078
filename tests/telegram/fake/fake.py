"""FakeTelegram: everything put together, and what tests do with it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from itertools import count
from types import TracebackType

import aiohttp

from tests.discord.fake.clock import MovableClock, News
from tests.telegram.fake.api import Api
from tests.telegram.fake.asks import Asks
from tests.telegram.fake.building import Building
from tests.telegram.fake.files import FileHost
from tests.telegram.fake.house import House
from tests.telegram.fake.incoming import Incoming
from tests.telegram.fake.methods.asking import Asking
from tests.telegram.fake.methods.chats import Chats
from tests.telegram.fake.methods.editing import Editing
from tests.telegram.fake.methods.outgoing import Outgoing
from tests.telegram.fake.methods.profile import Profile
from tests.telegram.fake.methods.sending import Sending
from tests.telegram.fake.rates import Rates
from tests.telegram.fake.record import Failure, Record
from tests.telegram.fake.refusals import Json
from tests.telegram.fake.specification import specification
from tests.telegram.fake.updates import Updates
from tests.telegram.fake.world import ANONYMOUS_ADMIN_ID, Chat, Message, User, World

PATIENCE = 60.0  # seconds of real time until a wait has failed
TOKEN = "123456789:AAfake-token_of_nobody-0123456789abc"
USERNAME = "restyle_bot"


class FakeTelegram(Building, Asks):
    """Telegram on loopback. `async with` starts and stops it; at its end violations of the specification fail the test.

    Parts that tests use: `world`, `clock`, `updates` (and `updates.webhook`), `rates`, `record`, `downloads`, `bot`,
    `profile` (commands and descriptions), `asking` (presses and inline queries).
    """

    def __init__(self, *, clock: MovableClock | None = None, token: str = TOKEN, reads_all: bool = False) -> None:
        self.token = token
        self.clock = clock or MovableClock()
        self.news = News()
        self.clock.on_move = self.news.tell
        self._ids = count(1001)
        bot = User(id=int(token.partition(":")[0]), name="Restyle", bot=True, username=USERNAME, has_started=True)
        group_bot = User(id=ANONYMOUS_ADMIN_ID, name="Group", bot=True, username="GroupAnonymousBot")
        users = {each.id: each for each in (bot, group_bot)}
        self.world = World(bot=bot, reads_all=reads_all, users=users)
        self.files = FileHost()
        self.rates = Rates(clock=self.clock)
        self.record = Record()
        self.updates = Updates(clock=self.clock, news=self.news, record=self.record, specification=specification())
        self.house = House(
            world=self.world,
            clock=self.clock,
            news=self.news,
            files=self.files,
            rates=self.rates,
            updates=self.updates,
        )
        self.incoming = Incoming(house=self.house)
        self.profile = Profile(house=self.house)
        self.asking = Asking(house=self.house)
        self.api = self._api()
        self.downloads = self.api.downloads
        self._delivery: asyncio.Task[None] | None = None

    def _api(self) -> Api:
        out = Outgoing(house=self.house)
        rooms = (Sending(out=out), Editing(out=out), Chats(house=self.house), self.profile, self.asking)
        return Api(
            token=self.token,
            clock=self.clock,
            news=self.news,
            files=self.files,
            record=self.record,
            specification=specification(),
            methods={name: method for room in rooms for name, method in room.methods.items()},
        )

    async def __aenter__(self) -> FakeTelegram:
        if self.api.specification is None:
            sys.stderr.write("The folder of specifications is absent: requests to Telegram are not checked.\n")
        await self.api.start()
        self._delivery = asyncio.create_task(self.updates.deliver(), name="webhook-delivery")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._delivery is not None, "__aenter__ ran"
        self._delivery.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._delivery
        await self.api.stop()
        if error is None:
            assert not self.record.violations, "\n".join(self.record.violations)

    @property
    def bot(self) -> User:
        return self.world.bot

    @property
    def origin(self) -> str:
        """Where it listens: what stands in place of https://api.telegram.org."""
        return f"http://127.0.0.1:{self.api.port}"

    @property
    def base_url(self) -> str:
        """For the client library's `base_url`."""
        return f"{self.origin}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.origin}/file/bot"

    @property
    def all_messages(self) -> list[Message]:
        """Every message ever made, in the order in which they were made, deleted ones too."""
        return list(self.world.made)

    def said(self, chat: Chat | None = None) -> list[Message]:
        """The bot's messages that are still there, in one chat or everywhere, oldest first."""
        return [
            message
            for message in self.world.made
            if message.sender is self.bot and not message.deleted and chat in (None, message.chat)
        ]

    def edits_per_minute(self, message: Message) -> int:
        """The most edits that fell into any one minute."""
        times = [version.at for version in message.history[1:]]
        return max((sum(start <= at < start + 60 for at in times) for start in times), default=0)

    def commands_for(self, user: User, chat: Chat) -> list[Json]:
        return self.profile.commands_for(user, chat)

    async def until(self, true: Callable[[], object], *, seconds: float = PATIENCE) -> None:
        """Wait until `true()`, be it about Telegram or about anything else. Raises AssertionError after `seconds`."""
        assert await self.news.until(lambda: bool(true()), seconds=seconds), "it did not come true in time"

    async def until_connected(self) -> None:
        """Until the bot polls, or has set a webhook."""
        await self.until(lambda: self.updates.polls or self.updates.webhook.url)

    async def until_read(self) -> None:
        """Until the bot has confirmed every update."""
        await self.until(lambda: not self.updates.pending)

    def advance(self, seconds: float) -> None:
        """Let time pass for flood limits, callbacks, links and old updates."""
        self.clock.advance(seconds)

    def hold(self) -> None:
        """Let every request wait until `release`: Telegram is slow."""
        self.api.open_for_answers.clear()

    def release(self) -> None:
        self.api.open_for_answers.set()

    def repeat(self, update: Json) -> None:
        """Deliver an update (of `updates.told`) once more."""
        self.updates.repeat(update)

    async def poll_elsewhere(self) -> Json:
        """A second program with the same token polls once: the first one is answered 409."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.base_url}{self.token}/getUpdates", data={"timeout": "0"}) as answer,
        ):
            told: Json = await answer.json()
        return told

    def fail(
        self,
        method: str,
        times: int = 1,
        *,
        status: int = 502,
        description: str = "",
        retry_after: int = 0,
        after: bool = False,
        hangs: bool = False,
        chat: Chat | None = None,
    ) -> Failure:
        """Let the next `times` calls of `method` fail ("sendPhoto"; "*" for all but getUpdates), in one `chat` or all.

        `status` 0 hangs up instead of answering, `hangs` never answers; with `after` the call takes effect and only
        its answer is lost. Returns the failure, whose `times` says how many are still to come.
        """
        failure = Failure(
            method=method,
            times=times,
            status=status,
            description=description,
            retry_after=retry_after,
            after=after,
            hangs=hangs,
            chat_id=None if chat is None else chat.id,
        )
        self.record.failures.append(failure)
        return failure
