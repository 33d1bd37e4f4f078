"""The page's calls, for a person without a browser: the same commands, buttons and pictures over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar

from bot.web.identity import Keys
from core.domain.names import PersonId
from core.errors import StartError

Plain = dict[str, Any]
_LOOK = 0.2  # seconds between looks at a card
_ENDED = {"done", "failed", "cancelled"}


class RefusedByPageError(Exception):
    """The page said no; its sentence is for the person."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class PageClient:
    """One person at a page. Methods raise RefusedByPageError, StartError("unreachable")."""

    session: ClientSession
    address: str  # without a slash at its end

    async def upload(self, data: bytes) -> str:
        """A ticket for the commands that follow."""
        return str((await self._json("POST", "/api/pictures", data=data))["id"])

    async def say(self, line: str, picture: str | None = None, job: str | None = None) -> Plain:
        return await self._json("POST", "/api/commands", json={"line": line, "picture": picture, "job": job})

    async def press(self, button: str) -> Plain:
        return await self._json("POST", "/api/buttons", json={"id": button})

    async def cards(self, card: str) -> AsyncIterator[Plain]:
        """As it changes, until it has ended."""
        while True:
            state = await self._json("GET", f"/api/cards/{card}")
            yield state
            if state["status"] in _ENDED:
                return
            await asyncio.sleep(_LOOK)

    async def fetch(self, path: str) -> tuple[bytes, str]:
        """A picture or a file, and its media type."""
        return await self._call("GET", path)

    async def _json(self, method: str, path: str, **options: Any) -> Plain:
        body, _ = await self._call(method, path, **options)
        answer: Plain = json.loads(body)
        return answer

    async def _call(self, method: str, path: str, **options: Any) -> tuple[bytes, str]:
        try:
            async with self.session.request(method, self.address + path, **options) as response:
                body = await response.read()
        except (ClientError, TimeoutError) as error:
            raise StartError("unreachable") from error
        if response.ok:
            return body, response.content_type
        try:
            sentence = str(json.loads(body)["error"]["sentence"])
        except (ValueError, KeyError, TypeError):
            sentence = body.decode(errors="replace").strip()[:300]
        raise RefusedByPageError(sentence, response.status)


@asynccontextmanager
async def open_client(address: str, keys: Keys, person: PersonId, language: str) -> AsyncIterator[PageClient]:
    """Whoever can read the key of a data folder may be anybody on its page."""
    address = address.rstrip("/")
    headers = {"Origin": address, "Accept-Language": language}
    if keys.token:
        headers["Authorization"] = f"Bearer {keys.token}"
    cookies = {keys.cookie: keys.sign_person(person)}
    jar, patience = CookieJar(unsafe=True), ClientTimeout(total=300)
    async with ClientSession(cookies=cookies, cookie_jar=jar, headers=headers, timeout=patience) as session:
        yield PageClient(session=session, address=address)
