"""FakeDiscord: everything put together, and what tests do with it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import aiohttp

from bot.discord_bot.connecting import connector
from tests.discord.fake.building import Building
from tests.discord.fake.clock import MovableClock, News, Snowflakes
from tests.discord.fake.files import File, FileHost
from tests.discord.fake.gateway import Gateway
from tests.discord.fake.interactions import Interactions
from tests.discord.fake.messages import Messages
from tests.discord.fake.payloads import Payloads
from tests.discord.fake.permissions import permissions_in
from tests.discord.fake.rates import Rates
from tests.discord.fake.record import Failure, Record
from tests.discord.fake.rest.api import Api
from tests.discord.fake.rest.channels import ChannelRoutes
from tests.discord.fake.rest.commands import CommandRoutes
from tests.discord.fake.rest.guilds import GuildRoutes
from tests.discord.fake.rest.interactions import InteractionRoutes
from tests.discord.fake.rest.login import LoginRoutes
from tests.discord.fake.rest.pins import PinRoutes
from tests.discord.fake.rest.reach import Reach
from tests.discord.fake.rest.threads import ThreadRoutes
from tests.discord.fake.sending import Sender
from tests.discord.fake.server import Server
from tests.discord.fake.specification import specification
from tests.discord.fake.threads import Threads
from tests.discord.fake.world import Attachment, Channel, Message, User, World

PATIENCE = 20.0  # seconds of real time until a wait has failed
TOKEN = "MTA.fake.token"


class FakeDiscord(Building):
    """Discord on loopback. `async with` starts and stops it; at its end violations of the specification fail the test.

    Parts that tests use: `world`, `clock`, `gateway`, `rates`, `record`, `downloads`, `bot`.
    """

    def __init__(self, *, clock: MovableClock | None = None, token: str = TOKEN, shards: int = 1) -> None:
        self.token = token
        self.clock = clock or MovableClock()
        self.news = News()
        self.clock.on_move = self.news.tell
        self.ids = Snowflakes(self.clock)
        bot = User(id=self.ids.next(), name="Restyle", bot=True)
        owner = User(id=self.ids.next(), name="owner")
        self.world = World(app_id=bot.id, bot=bot, owner=owner, users={bot.id: bot, owner.id: owner})
        self.files = FileHost(self.world, self.clock, self.ids)
        self.payloads = Payloads(self.world, self.files)
        self.gateway = Gateway(world=self.world, clock=self.clock, news=self.news, token=token)
        self.rates = Rates(clock=self.clock)
        self.record = Record()
        self.messages = Messages(
            world=self.world,
            clock=self.clock,
            ids=self.ids,
            news=self.news,
            files=self.files,
            payloads=self.payloads,
            gateway=self.gateway,
        )
        self.threads = Threads(
            world=self.world,
            clock=self.clock,
            ids=self.ids,
            messages=self.messages,
            gateway=self.gateway,
            news=self.news,
        )
        self.interactions = Interactions(
            world=self.world, clock=self.clock, ids=self.ids, news=self.news, messages=self.messages
        )
        self.sender = Sender(
            world=self.world,
            interactions=self.interactions,
            payloads=self.payloads,
            gateway=self.gateway,
            news=self.news,
        )
        self.commands = CommandRoutes(world=self.world, ids=self.ids, news=self.news)
        self.api = self._api(shards)
        self.server = Server(api=self.api, gateway=self.gateway, files=self.files)
        self.downloads = self.server.downloads
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def _api(self, shards: int) -> Api:
        reach = Reach(world=self.world, threads=self.threads)
        channels = ChannelRoutes(
            world=self.world,
            reach=reach,
            messages=self.messages,
            payloads=self.payloads,
            gateway=self.gateway,
            news=self.news,
        )
        threads = ThreadRoutes(world=self.world, reach=reach, threads=self.threads)
        pins = PinRoutes(reach=reach, messages=self.messages, payloads=self.payloads)
        places = channels.routes | threads.routes | pins.routes | GuildRoutes(reach=reach).routes
        interactions = InteractionRoutes(interactions=self.interactions, payloads=self.payloads)
        login = LoginRoutes(world=self.world, ids=self.ids, shards=shards)
        return Api(
            token=self.token,
            clock=self.clock,
            news=self.news,
            rates=self.rates,
            record=self.record,
            specification=specification(),
            routes=login.routes | places | interactions.routes | self.commands.routes,
        )

    async def __aenter__(self) -> FakeDiscord:
        if self.api.specification is None:
            sys.stderr.write("The folder of specifications is absent: requests to Discord are not checked.\n")
        self._folder = tempfile.TemporaryDirectory(prefix="fake-discord-")
        self.server.write_ca(self.ca)
        await self.server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.stop()
        assert self._folder is not None, "__aenter__ ran"
        self._folder.cleanup()
        if error is None:
            assert not self.record.violations, "\n".join(self.record.violations)

    @property
    def bot(self) -> User:
        return self.world.bot

    @property
    def endpoint(self) -> str:
        """`host:port` of the server, for a program in its own process."""
        return f"127.0.0.1:{self.server.port}"

    @property
    def ca(self) -> Path:
        """The certificate (PEM) to trust, for a program in its own process."""
        assert self._folder is not None, "the fake runs only inside `async with`"
        return Path(self._folder.name) / "ca.pem"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point the real program here."""
        return {
            "RESTYLE_DISCORD_TOKEN": self.token,
            "RESTYLE_DISCORD_ENDPOINT": self.endpoint,
            "RESTYLE_DISCORD_CA": str(self.ca),
        }

    def connector(self) -> aiohttp.TCPConnector:
        """For a client in this process."""
        return connector(self.endpoint, self.ca)

    @property
    def all_messages(self) -> list[Message]:
        """Every message ever made, oldest first, deleted ones too."""
        return sorted(self.messages.made.values(), key=lambda message: message.id)

    def said(self, channel: Channel | None = None) -> list[Message]:
        """The app's messages that are still there, in one channel or everywhere, oldest first.

        What Discord itself writes on the app's behalf ("started a thread") is not among them.
        """
        return [
            message
            for message in self.all_messages
            if message.author is self.bot
            and not message.kind
            and not message.deleted
            and channel in (None, message.channel)
        ]

    @property
    def thinking(self) -> list[Message]:
        """Deferred answers that never came: they say "... is thinking" until their token dies."""
        return [message for message in self.all_messages if message.is_loading and not message.deleted]

    def edits_per_minute(self, message: Message) -> int:
        """The most edits that fell into any one minute."""
        times = [version.at for version in message.history[1:]]
        return max((sum(start <= at < start + 60 for at in times) for start in times), default=0)

    def permits(self, channel: Channel, user: User, wanted: int) -> bool:
        return permissions_in(channel, user) & wanted == wanted

    def keep_upload(self, file: File) -> Attachment:
        """What a person gave to a command or a form: such files are seen by the app alone."""
        return self.files.keep(file, f"ephemeral-attachments/{self.world.app_id}")

    async def until(self, true: Callable[[], object], *, seconds: float = PATIENCE) -> None:
        """Wait until `true()`, be it about Discord or about anything else. Raises AssertionError after `seconds`."""
        assert await self.news.until(lambda: bool(true()), seconds=seconds), "it did not come true in time"

    async def until_connected(self) -> None:
        await self.until(lambda: self.gateway.is_connected)

    def advance(self, seconds: float) -> None:
        """Let time pass for tokens, deadlines, links and rate limits."""
        self.clock.advance(seconds)

    def hold(self) -> None:
        """Let every request wait until `release`: Discord is slow."""
        self.api.open_for_answers.clear()

    def release(self) -> None:
        self.api.open_for_answers.set()

    def fail(
        self,
        route: str,
        times: int = 1,
        *,
        status: int = 500,
        code: int = 0,
        retry_after: float = 0.1,
        is_global: bool = False,
        after: bool = False,
        path: str = "",
    ) -> Failure:
        """Let the next `times` requests of `route` fail: "PATCH /channels/{channel_id}/messages/{message_id}", or "*".

        `status` 0 hangs up instead of answering; with `after` the request takes effect and only its answer is lost.
        With `path`, only those fail whose path has this in it, for instance a message's id.
        Returns the failure, whose `times` says how many are still to come.
        """
        failure = Failure(
            route=route,
            times=times,
            status=status,
            code=code,
            retry_after=retry_after,
            is_global=is_global,
            after=after,
            path=path,
        )
        self.record.failures.append(failure)
        return failure
