"""What the bot is told: a queue that is read by long polling or sent to a webhook."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from itertools import count

import aiohttp
from yarl import URL

from tests.discord.fake.clock import MovableClock, News
from tests.telegram.fake import limits
from tests.telegram.fake.record import Record
from tests.telegram.fake.refusals import Json, conflict
from tests.telegram.fake.specification import Specification

USUALLY_LEFT_OUT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
OLD_SECONDS = 24 * 3600  # "updates are stored for 24 hours"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One try to bring an update to the webhook; status 0 where nobody answered."""

    update_id: int
    status: int


@dataclass(kw_only=True, slots=True, eq=False)
class Webhook:
    """Where updates go. `routes` maps a public origin ("https://bot.example") to where a test's server listens."""

    url: str = ""
    secret: str | None = None
    most: int = 40
    routes: dict[str, str] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    retry_seconds: float = 0.02
    last_error: str | None = None

    def target(self) -> str:
        url = URL(self.url)
        route = self.routes.get(str(url.origin()))
        return self.url if route is None else f"{route}{url.raw_path_qs}"


@dataclass(kw_only=True, slots=True, eq=False)
class Updates:
    """`pending` are updates that were not confirmed yet, oldest first; `told` all that ever were."""

    clock: MovableClock
    news: News
    record: Record
    specification: Specification | None
    pending: list[tuple[float, Json]] = field(default_factory=list)
    told: list[Json] = field(default_factory=list)
    allowed: frozenset[str] | None = None
    webhook: Webhook = field(default_factory=Webhook)
    polls: int = 0  # that wait for something right now
    _numbers: count[int] = field(default_factory=lambda: count(500_000_001))
    _newest_poll: object = None
    _repeated: set[int] = field(default_factory=set)

    def add(self, kind: str, payload: Json) -> Json | None:
        """Tell the bot something, unless it did not ask for this kind of update."""
        if not self._wants(kind):
            return None
        update: Json = {"update_id": next(self._numbers), kind: payload}
        if self.specification is not None:
            self.record.violation(self.specification.check_update(update))
        self.told.append(update)
        self.pending.append((self.clock.now(), update))
        self.news.tell()
        return update

    def repeat(self, update: Json) -> None:
        """Deliver the same update once more, whatever was confirmed: what a lost confirmation looks like."""
        self._repeated.add(update["update_id"])
        self.pending.append((self.clock.now(), update))
        self.news.tell()

    def allow(self, kinds: list[str] | None) -> None:
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def _wants(self, kind: str) -> bool:
        return kind not in USUALLY_LEFT_OUT if self.allowed is None else kind in self.allowed

    def drop(self) -> None:
        self.pending.clear()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """One getUpdates. A newer one, or a webhook, ends it with a Refusal."""
        self._refuse_beside_webhook()
        mine = self._newest_poll = object()
        self._confirm(offset)
        self.polls += 1
        self.news.tell()
        try:
            await self.news.until(
                lambda: self._newest_poll is not mine or bool(self.pending) or bool(self.webhook.url), seconds=seconds
            )
        finally:
            self.polls -= 1
        self._refuse_beside_webhook()
        if self._newest_poll is not mine:
            raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        return [update for _, update in self.pending[: min(max(limit, 1), limits.UPDATES_A_CALL)]]

    def _refuse_beside_webhook(self) -> None:
        if self.webhook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.pending = self.pending[offset:]
            return
        oldest = self.clock.now() - OLD_SECONDS
        kept = []
        for at, update in self.pending:
            number = update["update_id"]
            if number in self._repeated:  # given out once more, and then confirmed like any other
                self._repeated.discard(number)
                kept.append((at, update))
            elif number >= offset and at >= oldest:
                kept.append((at, update))
        self.pending = kept

    async def deliver(self) -> None:
        """Brings updates to the webhook, one after another, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                await self.news.until(lambda: bool(self.webhook.url and self.pending), seconds=3600)
                if not (self.webhook.url and self.pending):
                    continue
                _, update = self.pending[0]
                status = await self.push(session, update)
                self.webhook.deliveries.append(Delivery(update_id=update["update_id"], status=status))
                if 200 <= status < 300:
                    self.pending = [each for each in self.pending if each[1] is not update]
                    self.webhook.last_error = None
                else:
                    self.webhook.last_error = f"Wrong response from the webhook: {status}"
                    await asyncio.sleep(self.webhook.retry_seconds)
                self.news.tell()

    async def push(self, session: aiohttp.ClientSession, update: Json) -> int:
        headers = {} if self.webhook.secret is None else {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            timeout = aiohttp.ClientTimeout(total=10)
            async with session.post(self.webhook.target(), json=update, headers=headers, timeout=timeout) as answer:
                return answer.status
        return 0
