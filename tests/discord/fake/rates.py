"""Rate limits: a bucket per route and major parameter, and one for everything."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field

from tests.discord.fake import limits
from tests.discord.fake.clock import MovableClock

GLOBAL_FREE = ("/interactions/", "/webhooks/")  # answers to interactions do not count towards the 50 a second


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """`limit` requests in `seconds`. Discord publishes none: these are of the sizes seen in its headers."""

    limit: int
    seconds: float


DEFAULT = Rule(limit=50, seconds=1)
RENAMING = ("PATCH", "new name")
RULES = {
    ("POST", "/channels/{channel_id}/messages"): Rule(limit=5, seconds=5),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): Rule(limit=5, seconds=5),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): Rule(limit=5, seconds=1),
    ("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"): Rule(limit=1, seconds=0.25),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): Rule(limit=5, seconds=2),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original"): Rule(limit=5, seconds=2),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"): Rule(limit=5, seconds=2),
    ("PATCH", "/channels/{channel_id}"): Rule(limit=5, seconds=15),
    ("POST", "/channels/{channel_id}/threads"): Rule(limit=5, seconds=15),
    ("POST", "/users/@me/channels"): Rule(limit=10, seconds=10),
    ("PUT", "/applications/{application_id}/commands"): Rule(limit=5, seconds=20),
    RENAMING: Rule(limit=2, seconds=600),
}
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")


@dataclass(kw_only=True, slots=True)
class Bucket:
    rule: Rule
    used: int = 0
    resets: float = 0.0  # on the monotonic clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the limits say to one request: the headers of every answer, and for how long it has to wait, if so."""

    headers: dict[str, str]
    retry_after: float | None = None
    is_global: bool = False


@dataclass(kw_only=True, slots=True, eq=False)
class Rates:
    """Tests may change `rules` and `per_second`."""

    clock: MovableClock
    rules: dict[tuple[str, str], Rule] = field(default_factory=lambda: dict(RULES))
    per_second: int = limits.REQUESTS_A_SECOND
    limited: int = 0  # requests that were answered 429
    _buckets: dict[tuple[str, ...], Bucket] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)

    def hurry(self, factor: float) -> None:
        """Let every bucket fill up `factor` times faster, so that a test need not wait as long as people do."""
        self.rules = {
            route: Rule(limit=rule.limit, seconds=rule.seconds / factor) for route, rule in self.rules.items()
        }

    def judge(self, method: str, template: str, params: dict[str, str], *, renames: bool = False) -> Verdict:
        """Count one request."""
        wait = self._global_wait(template)
        if wait is not None:
            self.limited += 1
            headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global", "Retry-After": str(wait)}
            return Verdict(headers=headers, retry_after=wait, is_global=True)
        if template.startswith("/interactions/"):
            return Verdict(headers={})
        if renames:
            verdict = self._bucket_verdict(*RENAMING, params)
            if verdict.retry_after is not None:
                return verdict
        return self._bucket_verdict(method, template, params)

    def _global_wait(self, template: str) -> float | None:
        if template.startswith(GLOBAL_FREE):
            return None
        now = self.clock.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.per_second:
            return round(self._recent[0] + 1 - now + 0.001, 3)
        self._recent.append(now)
        return None

    def _bucket_verdict(self, method: str, template: str, params: dict[str, str]) -> Verdict:
        rule = self.rules.get((method, template), DEFAULT)
        major = [params[name] for name in MAJOR if name in params]
        bucket = self._buckets.setdefault((method, template, *major), Bucket(rule=rule))
        now = self.clock.monotonic()
        if now >= bucket.resets:
            bucket.used, bucket.resets = 0, now + rule.seconds
        left = round(bucket.resets - now, 3)
        full = bucket.used >= rule.limit
        bucket.used += not full
        headers = {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(rule.limit - bucket.used),
            "X-RateLimit-Reset": f"{self.clock.now() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(f"{method}{template}".encode()).hexdigest(),
        }
        if not full:
            return Verdict(headers=headers)
        self.limited += 1
        return Verdict(headers=headers | {"X-RateLimit-Scope": "user", "Retry-After": str(left)}, retry_after=left)
