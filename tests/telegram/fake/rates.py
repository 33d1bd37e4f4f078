"""Flood limits: one message a second in a chat, twenty a minute in a group, thirty a second overall."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from math import ceil

from tests.discord.fake.clock import MovableClock
from tests.telegram.fake.refusals import too_many


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """`limit` messages in `seconds`."""

    limit: int
    seconds: float


@dataclass(kw_only=True, slots=True, eq=False)
class Rates:
    """Sliding windows. New messages and edits count alike; an album counts each of its messages in a group.

    Telegram forgives short bursts within one chat; this does not, because it also says that they end in 429.
    """

    clock: MovableClock
    chat: Rule = Rule(limit=1, seconds=1)
    group: Rule = Rule(limit=20, seconds=60)
    overall: Rule = Rule(limit=30, seconds=1)
    enforced: bool = True
    limited: int = 0  # requests that were answered 429
    _sent: defaultdict[tuple[str, int], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _barred: dict[int, float] = field(default_factory=dict)

    def hurry(self, factor: float) -> None:
        """Let windows pass `factor` times faster; `retry_after` is then rounded down, so that nobody sleeps long."""
        rules = (self.chat, self.group, self.overall)
        self.chat, self.group, self.overall = (Rule(limit=rule.limit, seconds=rule.seconds / factor) for rule in rules)

    def off(self) -> None:
        self.enforced = False

    def bar(self, chat_id: int, seconds: float) -> None:
        """A flood ban of one chat: everything sent there is answered 429 until it is over."""
        self._barred[chat_id] = self.clock.monotonic() + seconds

    def count(self, chat_id: int | None, *, is_group: bool, messages: int = 1) -> None:
        """Count something sent; None is a message of inline mode. Raises the 429: then nothing was counted."""
        if not self.enforced:
            return
        now = self.clock.monotonic()
        asked = [("overall", 0, self.overall, messages)]
        if chat_id is not None:
            asked.append(("chat", chat_id, self.chat, 1))
        if chat_id is not None and is_group:
            asked.append(("group", chat_id, self.group, messages))
        waits = [self._wait(self._sent[name, key], rule, number, now) for name, key, rule, number in asked]
        wait = max(*waits, self._barred.get(chat_id or 0, 0.0) - now)
        if wait > 0:
            self.limited += 1
            raise too_many(ceil(wait) if self.chat.seconds >= 1 or wait >= 1 else 0)
        for name, key, _, number in asked:
            self._sent[name, key].extend([now] * number)

    def _wait(self, sent: deque[float], rule: Rule, number: int, now: float) -> float:
        while sent and sent[0] <= now - rule.seconds:
            sent.popleft()
        over = len(sent) + number - rule.limit
        if over <= 0:
            return 0.0
        return sent[min(over, len(sent)) - 1] + rule.seconds - now if sent else 0.0
