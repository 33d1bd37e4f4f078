"""What was asked of the fake: every request, counts of them, and what a test told it to fail."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from tests.discord.fake.refusals import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request and how it was answered. `route` is `METHOD /template`, as in the specification."""

    at: float
    route: str
    path: str
    query: Json
    body: object
    status: int
    code: int = 0  # Discord's own code, where it refused

    @property
    def is_invalid(self) -> bool:
        """Whether it counts towards the 10,000 after which Discord bans an address."""
        return self.status in (401, 403, 429)


@dataclass(kw_only=True, slots=True)
class Failure:
    """`times` further requests to `route` are answered `status`; 0 closes the connection instead."""

    route: str
    times: int
    status: int
    code: int = 0
    retry_after: float = 0.1
    is_global: bool = False
    after: bool = False  # whether the request takes effect before its answer is lost
    path: str = ""  # only requests whose path has this in it

    def matches(self, route: str, path: str) -> bool:
        return self.times > 0 and self.route in ("*", route) and self.path in path


@dataclass(kw_only=True, slots=True, eq=False)
class Record:
    """Requests in the order of their answers, failures still to come, and violations found."""

    requests: list[Request] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _invalid_at: deque[float] = field(default_factory=deque)

    def note(self, request: Request) -> None:
        self.requests.append(request)
        if request.is_invalid:
            self._invalid_at.append(request.at)

    def failure_for(self, route: str, path: str) -> Failure | None:
        for failure in self.failures:
            if failure.matches(route, path):
                failure.times -= 1
                return failure
        return None

    def violation(self, faults: list[str]) -> None:
        self.violations += [fault for fault in faults if fault not in self.violations]

    def by_route(self) -> Counter[str]:
        return Counter(request.route for request in self.requests)

    def of(self, route: str) -> list[Request]:
        return [request for request in self.requests if request.route == route]

    def recently_invalid(self, now: float) -> int:
        """How many of the last ten minutes' requests were invalid."""
        while self._invalid_at and self._invalid_at[0] <= now - 600:
            self._invalid_at.popleft()
        return len(self._invalid_at)

    @property
    def invalid(self) -> list[Request]:
        return [request for request in self.requests if request.is_invalid]
