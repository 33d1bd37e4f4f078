"""What was asked of the fake: every request, counts of them, and what a test told it to fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.telegram.fake.refusals import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request and how it was answered; status 0 where the connection was closed instead."""

    at: float
    method: str
    fields: dict[str, str]
    uploads: dict[str, int]  # bytes by the names of the form's files
    status: int
    description: str = ""
    parameters: Json = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Failure:
    """`times` further requests of `method` fail; see `FakeTelegram.fail`."""

    method: str
    times: int
    status: int
    description: str = ""
    retry_after: int = 0
    after: bool = False
    hangs: bool = False
    chat_id: int | None = None

    def matches(self, method: str, chat_id: str) -> bool:
        if self.times <= 0 or (self.chat_id is not None and str(self.chat_id) != chat_id):
            return False
        return self.method == method or (self.method == "*" and method != "getUpdates")


@dataclass(kw_only=True, slots=True, eq=False)
class Record:
    """Requests in the order of their answers, failures still to come, and violations found."""

    requests: list[Request] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def failure_for(self, method: str, chat_id: str) -> Failure | None:
        for failure in self.failures:
            if failure.matches(method, chat_id):
                failure.times -= 1
                return failure
        return None

    def violation(self, faults: list[str]) -> None:
        self.violations += [fault for fault in faults if fault not in self.violations]

    def by_method(self) -> Counter[str]:
        return Counter(request.method for request in self.requests)

    def of(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    @property
    def refused(self) -> list[Request]:
        return [request for request in self.requests if request.status >= 400]
