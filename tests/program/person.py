"""A person at the page: one cookie, real HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

GONE = (aiohttp.ClientError, TimeoutError, ConnectionError)


@dataclass(slots=True)
class Person:
    """Talks to whatever address the program has now; the cookie survives its restarts."""

    address: str
    cards: list[str] = field(default_factory=list)  # accepted: the page said so
    picture: str = ""
    session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=60)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.session
        await self.session.close()

    async def get(self, path: str) -> Any:
        """A JSON answer; raises aiohttp.ClientResponseError for an error's status."""
        assert self.session
        async with self.session.get(self.address + path, raise_for_status=True) as response:
            return await response.json()

    async def fetch(self, path: str) -> bytes:
        assert self.session
        async with self.session.get(self.address + path, raise_for_status=True) as response:
            return await response.read()

    async def upload(self, data: bytes) -> dict[str, Any]:
        """Remembers the picture's id for the commands that follow."""
        assert self.session
        await self.fetch("/")  # the cookie
        headers = {"Origin": self.address}
        async with self.session.post(f"{self.address}/api/pictures", data=data, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
        self.picture = answer.get("id", "")
        return answer

    async def say(self, line: str, **more: str) -> dict[str, Any]:
        """Type a line; the answer is a reply, or {"error": ...}. An accepted card is remembered."""
        answer = await self._post("/api/commands", {"line": line, "picture": self.picture} | more)
        if answer.get("kind") == "card":
            self.cards.append(answer["card"]["id"])
        return answer

    async def press(self, button: str) -> dict[str, Any]:
        answer = await self._post("/api/buttons", {"id": button})
        if answer.get("kind") == "card" and answer["card"]["id"] not in self.cards:
            self.cards.append(answer["card"]["id"])
        return answer

    async def ended(self, card: str, seconds: float = 120) -> dict[str, Any]:
        """The card once nothing of it waits or runs."""
        async with asyncio.timeout(seconds):
            while True:
                state: dict[str, Any] = await self.get(f"/api/cards/{card}")
                if state["status"] in {"done", "failed", "cancelled"}:
                    return state
                await asyncio.sleep(0.1)

    async def history(self) -> list[dict[str, Any]]:
        """All cards, newest first."""
        cards: list[dict[str, Any]] = []
        more = True
        while more:
            answer = await self.get("/api/history" + (f"?before={cards[-1]['id']}" if cards else ""))
            cards += answer["cards"]
            more = answer["more"]
        return cards

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert self.session
        headers = {"Origin": self.address}
        async with self.session.post(self.address + path, json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            return answer
